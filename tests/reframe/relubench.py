# SPDX-License-Identifier: Apache-2.0
"""A ReFrame test (ReFrame 4): runs a suite, wants every cell verified, and takes the rates of the timed
cells as performance variables in GFLOP/s, with the roofs of the same run beside them. docs/CI.md."""
import json
import os

import reframe as rfm
import reframe.utility.sanity as sn
from reframe.core.builtins import run_after, run_before, sanity_function, variable


@rfm.simple_test
class RelubenchTest(rfm.RunOnlyRegressionTest):
    descr = "multitask ReLU pretraining, verified and timed by relubench"
    valid_systems = ["*"]
    valid_prog_environs = ["*"]
    program = variable(str, value=os.environ.get("RELUBENCH", "relubench"))
    suite = variable(str, value="quick")
    device = variable(str, value="")
    options = variable(str, value="")

    @run_after("init")
    def set_command(self):
        self.executable = self.program
        chosen = ["-d", self.device] if self.device else []
        self.executable_opts = ["run", self.suite, *chosen, *self.options.split(), "-o", "run.jsonl.gz", "--quiet",
                                "--json", ">run.json"]
        self.postrun_cmds = [f"{self.program} verify run.jsonl.gz"]
        self.keep_files = ["run.json", "run.jsonl.gz", "run.jsonl.gz.manifest.json"]

    @sn.deferrable
    def load(self):
        with open(os.path.join(self.stagedir, "run.json"), encoding="utf-8") as file:
            return json.load(file)

    @sanity_function
    def every_cell_is_verified(self):
        shown = self.load()
        run = shown["run"]
        return sn.all([
            sn.assert_found(r"intact, sealed", self.stdout, "the trace is not whole"),
            sn.assert_eq(run["n_verified"], run["n_cells"], "{0} of {1} cells are verified"),
            sn.assert_eq(run["exit_code"], 0, "the run ended with exit code {0}"),
        ])

    @run_before("performance")
    def set_performance_variables(self):
        shown = self.load().evaluate()
        variables = {}
        for cell in shown["cells"]:
            if cell["mode"] == "time" and cell["gflops"] is not None:
                name = f"{cell['part']}_{cell['backend']}_d{cell['d']}_m{cell['m']}_T{cell['T']}"
                variables[name] = sn.make_performance_function(self.value(cell["gflops"]), "GFLOP/s")
        roofs = [device["roof_gflops"] for device in shown["run"]["devices"] if device["roof_gflops"]]
        if roofs:
            variables["roof"] = sn.make_performance_function(self.value(max(roofs)), "GFLOP/s")
        self.perf_variables = variables

    @sn.deferrable
    def value(self, number):
        return number
