# SPDX-License-Identifier: Apache-2.0
"""comparetrace.py OUT.gz [KEY=VALUE]...: a trace of timed cells over m whose time is fixed + each * m,
as a run leaves it; keys with their defaults below. Plain gzip, which readers take too."""
import gzip
import json
import sys

given = dict(device="fake", driver="1", backend="native", fixed=2e4, each=1e3, seed=1, suite="speed", sizes=8,
             status="ok", verified=1, plausible=1, mode="time", rounds=1, first=8)
given.update(pair.split("=", 1) for pair in sys.argv[2:])
fixed, each = float(given["fixed"]), float(given["each"])
with gzip.open(sys.argv[1], "wt") as file:
    def write(**record):
        file.write(json.dumps(record) + "\n")

    write(type="run", schema="relubench-trace", schema_version=1, run_id="0" * 32, suite=given["suite"],
          suite_hash=given["suite"], tool_version="0", git_revision="0", n_cells=int(given["sizes"]))
    for i in range(int(given["sizes"])):
        m = int(given["first"]) << i
        ns = fixed + each * m
        eta_a = 1 / m
        write(type="cell", device=given["device"], device_name=given["device"], driver=given["driver"], part="width",
              mode=given["mode"], status=given["status"], reason="as planted", verified=bool(int(given["verified"])),
              plausible=bool(int(given["plausible"])), backend=given["backend"], seed=int(given["seed"]), d=256, r=3,
              T=16, m=m, n1=64, n2=64, rounds=int(given["rounds"]), sampler="direct", eta_a=eta_a,
              eta_w=6.283185307179586 * 7 / eta_a, decay=1, samples_per_s=2048e9 / ns, gflops=1.0,
              roof_fraction=0.5, clock="device", sin_theta=0.9 if i % 2 else 0.1,
              time_ns=dict(median=ns, lo=0.99 * ns, hi=1.01 * ns, n=12))
    write(type="end", exit_code=0)
