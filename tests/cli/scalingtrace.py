# SPDX-License-Identifier: Apache-2.0
"""scalingtrace.py OUT.gz [CLIFF [SIZES]]: a trace of timed cells with planted costs along each axis, as
a run of suite `scaling` leaves it: time = fixed + each * size, times CLIFF (default 1) from the middle
size on; SIZES (default 12) powers of two. Plain gzip, which readers take too."""
import gzip
import json
import sys

out = sys.argv[1]
cliff = float(sys.argv[2]) if len(sys.argv) > 2 else 1
n_sizes = int(sys.argv[3]) if len(sys.argv) > 3 else 12
usual = dict(d=256, T=16, m=256, n1=64, n2=64)
axes = {"samples": ("n1", "n2"), "tasks": ("T",), "width": ("m",), "dimension": ("d",)}
least = 8  # above r; the fixed cost is that of 20 units

with gzip.open(out, "wt") as file:
    def write(**record):
        file.write(json.dumps(record) + "\n")

    write(type="run", schema="relubench-trace", schema_version=1, run_id="0" * 32, suite="scaling",
          n_cells=len(axes) * n_sizes)
    for part, names in axes.items():
        for i in range(n_sizes):
            size = least << i
            shape = {**usual, **{name: size for name in names}}
            ns = (2e4 + 1e3 * size) * (cliff if i >= n_sizes // 2 else 1)
            eta_a = 1 / shape["m"]
            write(type="cell", id=f"{hash((part, i)) & (1 << 64) - 1:064x}", device="fake", part=part,
                  mode="time", status="ok", verified=True, plausible=True, backend="native", seed=1,
                  r=3, rounds=1, sampler="direct", eta_a=eta_a, eta_w=6.283185307179586 * 7 / eta_a,
                  decay=1, roof_fraction=0.5, peak_device_bytes=1 << 20, clock="device",
                  time_ns=dict(median=ns, lo=0.99 * ns, hi=1.01 * ns, n=12), **shape)
    write(type="end", exit_code=0)
