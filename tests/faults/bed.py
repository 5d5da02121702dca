# SPDX-License-Identifier: Apache-2.0
"""What the fault loops share: the program in a clean environment, its traces, the test layer's witness.

From the environment: RB_PROGRAM (relubench), RB_SOURCE_DIR, RB_BUILD_DIR and RB_WORK_DIR.
"""
import collections
import concurrent.futures
import gzip
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import threading
import time

PROGRAM = os.environ["RB_PROGRAM"]
SOURCE = os.environ["RB_SOURCE_DIR"]
WORK = os.environ["RB_WORK_DIR"]
# A run takes a fifth of a second; the limit only ends what hangs, and is long, as a machine may stop it for a while.
LIMIT_S = 1800
# What may differ between two runs of the same cells.
TIMES = {"compile_ns", "load_ns", "cold_ns", "n_compiled", "n_loaded", "time_ns", "times_ns", "phases", "resumed"}


def exit_codes():
    """The documented ones: those of the table in docs/CLI.md."""
    with open(os.path.join(SOURCE, "docs/CLI.md"), encoding="utf-8") as file:
        section = file.read().split("\n## Exit codes\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| ([\d, ]+) \|", section, flags=re.M)
    return {int(code) for cell in cells for code in cell.split(",")}


def environment(**more):
    """No variable of the caller's that the program, the loader, a driver or the layers read."""
    own = ("RELUBENCH_", "OPENCL_", "OCL_ICD_", "RUSTICL_", "RB_LAYER_", "RB_BREAK_", "LD_PRELOAD")
    env = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    env.update(LC_ALL="C", RELUBENCH_DEVICE="pocl", RELUBENCH_SUITES=os.path.join(SOURCE, "suites"),
               POCL_CACHE_DIR=os.path.join(os.environ["RB_BUILD_DIR"], "tests/cli/pocl-cache"),
               RELUBENCH_CACHE=os.path.join(WORK, "cache"))
    env.update(more)
    return env


class Run:
    """One run of the program: code, out, err."""

    def __init__(self, arguments, folder, **more):
        os.makedirs(folder, exist_ok=True)
        self.told = " ".join(f"{k}={v}" for k, v in more.items() if k.startswith("RB_")) + \
            " relubench " + " ".join(arguments)
        self.folder = folder
        try:
            done = subprocess.run([PROGRAM, *arguments], cwd=folder, env=environment(**more),
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S,
                                  check=False)
            self.code = done.returncode
            self.out, self.err = (t.decode("utf-8", "replace") for t in (done.stdout, done.stderr))
        except subprocess.TimeoutExpired:
            self.code, self.out, self.err = "timeout", "", ""


def witness(path):
    """{name: (calls, faults)} of sites and groups, {name: (made, released)} of objects (plan.h)."""
    with open(path, "rb") as file:
        return {name.rstrip(b"\0").decode(): (n, other)
                for name, n, other in struct.iter_unpack("=48sQQ", file.read())}


def leaks(seen):
    return [f"{made - released} {name}(s)" for name, (made, released) in seen.items()
            if not name.startswith(("cl", "RB_")) and made != released]


def records(path):
    with gzip.open(path, "rt", encoding="ascii") as file:
        return [json.loads(line) for line in file]


def results(trace):
    """{id: result} of the cells that are ok, without what times tell; and the reasons of the others. Of a
    cell that ran again the last counts."""
    cells = list({r["id"]: r for r in trace if r["type"] == "cell"}.values())
    good = {c["id"]: {k: v for k, v in c.items() if k not in TIMES} for c in cells if c["status"] == "ok"}
    return good, [str(c["reason"]) for c in cells if c["status"] != "ok"]


def resumed(path, clean):
    """What is wrong with the cells that a resume of this trace, without faults, ends with."""
    folder, name = os.path.split(path)
    run = Run(["run", "smoke", "-o", name, "--resume", "--quiet", "--format", "csv"], folder)
    if run.code != 0 or run.err:
        return f"its resume ends with {run.code}: {run.err[:300]}"
    return None if results(records(path))[0] == clean else "its resume ends with other cells"


class Loop:
    """Runs points on several threads, counts, and prints every finding; a point is a name and a function
    that returns what is wrong, or None."""

    def __init__(self, what, jobs):
        self.what, self.jobs = what, jobs
        self.lock = threading.Lock()
        self.n_done, self.n_wrong, self.began = 0, 0, time.monotonic()
        self.traces = []
        self.seen = collections.Counter()

    def is_new(self, shape):
        """Whether this is one of the first three of its shape."""
        with self.lock:
            self.seen[shape] += 1
            return self.seen[shape] <= 3

    def add_trace(self, path, told):
        """Takes over a finished trace; all of them are verified by the program, in batches."""
        with self.lock:
            kept = os.path.join(WORK, "kept", f"{self.n_done}-{len(self.traces)}-{threading.get_ident()}.gz")
            shutil.move(path, kept)
            shutil.move(path + ".manifest.json", kept + ".manifest.json")
            self.traces.append((kept, told))
            batch, self.traces = (self.traces, []) if len(self.traces) >= 64 else ([], self.traces)
        self.verify(batch)

    def verify(self, batch):
        if not batch:
            return
        if Run(["verify", *(path for path, _ in batch)], WORK).code != 0:
            for path, told in batch:
                one = Run(["verify", path], WORK)
                if one.code != 0:
                    self.wrong(told, f"verify ends with {one.code}: {one.out[:300]} {one.err[:300]}")
        for path, _ in batch:
            os.unlink(path)
            os.unlink(path + ".manifest.json")

    def wrong(self, told, why):
        with self.lock:
            self.n_wrong += 1
            print(f"WRONG: {told}\n  {why}", flush=True)

    def one(self, point):
        told, check = point
        why = check()
        if why:
            self.wrong(told, why)
        with self.lock:
            self.n_done += 1
            if self.n_done % 1000 == 0:
                print(f"{self.what}: {self.n_done} points, {self.n_wrong} wrong", flush=True)

    def go(self, points):
        """Exit code of the test."""
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(self.one, points))
        self.verify(self.traces)
        print(f"{self.what}: {self.n_done} points, {self.n_wrong} wrong, "
              f"{time.monotonic() - self.began:.0f} s" +
              (f"; traces of {len(self.seen)} shapes, each resumed up to 3 times" if self.seen else ""))
        return 1 if self.n_wrong or not self.n_done else 0


def worker_folder():
    return os.path.join(WORK, f"worker-{threading.get_ident()}")


def fresh_work():
    if os.path.basename(os.path.dirname(WORK)) not in ("faults", "nightly"):
        sys.exit(f"RB_WORK_DIR={WORK} is not .../faults/NAME or .../nightly/NAME")
    for name in os.listdir(WORK) if os.path.isdir(WORK) else []:
        path = os.path.join(WORK, name)
        if name != "cache":  # kernels stay compiled
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    os.makedirs(os.path.join(WORK, "kept"))
    os.makedirs(environment()["POCL_CACHE_DIR"], exist_ok=True)
