# SPDX-License-Identifier: Apache-2.0
"""exporttrace.py OUT.gz [KEY=VALUE ...]: a trace with a cell of every outcome and measure, for the tests of
`export`. Keys: name (of suite, device, part and reason: any text), slow (factor on times), run (8 digits of
its id), cut=1 (two planned cells and the end record missing), device (identity), empty=1 (no cells)."""
import gzip
import json
import sys

out = sys.argv[1]
keys = dict(pair.split("=", 1) for pair in sys.argv[2:])
name, slow = keys.get("name", "plain"), float(keys.get("slow", 1))
device = dict(device=keys.get("device", "id " + name), device_name=name, platform=name, driver="3." + name)
records = [dict(type="run", schema="relubench-trace", schema_version=1, run_id=keys.get("run", "12345678") + 24 * "0",
                tool_version="0.1.0", git_revision="abc", command="relubench run " + name,
                started="2026-01-31T12:34:56Z", suite=name, suite_hash="f" * 64,
                host=dict(cpus="2", load="0.5 1.5 2.5 1/2 3", governor="powersave"))]


def cell(part, mode, status, seed=1, **more):
    eta_a = 1 / 64
    records.append({**dict(type="cell", id=f"{len(records):064x}", suite=name, part=part, mode=mode, status=status,
                           verified=status in ("ok", "outside"), backend="native", variant="vector16", tile=64,
                           sampler="direct", law="gaussian", tasks="balanced", inputs="per-task", ablation="none",
                           seed=seed, d=50, r=3, m=64, T=4, n1=500, n2=500, rounds=1, eta_a=eta_a,
                           eta_w=6.283185307179586 * 7 / eta_a, decay=1, peak_device_bytes=1 << 20), **device, **more})


def timed(rate, plausible=True, n=12, **more):
    times = [slow * 1e6 * (1 + 0.01 * i) for i in range(n)]
    median = sum(sorted(times)[n // 2 - 1 : n // 2 + 1]) / 2
    return dict(time_ns=dict(median=median, lo=times[2], hi=times[-3], n=n), times_ns=times, plausible=plausible,
                samples_per_s=4000 / median * 1e9, gflops=rate / slow, roof_fraction=rate / slow / 200,
                samples=4000.0, flop=rate * 1e6, clock="device", target_met=True, **more)


if not keys.get("empty"):
    cell("speed", "time", "ok", **timed(50))
    cell("speed", "time", "ok", seed=2, **{**timed(60), "roof_fraction": None})
    cell("speed", "time", "outside", seed=3, **timed(40, reason="|net| " + name))
    cell("speed", "time", "ok", seed=4, **timed(400, plausible=False))
    cell("speed", "time", "wrong", seed=5, **timed(70, reason="differs: " + name))
    cell("speed", "time", "failed", seed=6, reason="CL_OUT_OF_RESOURCES " + name)
    cell("speed", "time", "interrupted", seed=7)
    cell(name, "learn", "ok", alignment=0.9, ratio=0.25, sin_theta=0.125, features_learned=3.0, law="rademacher")
    star = dict(source="multitask", task="parity", quantity="n", head="ridge", n=1024, target=0.8)
    cell("samples", "complexity", "ok", star=dict(median=100.0, lo=90.0, hi=110.0, n=50), censored=False, **star)
    cell("samples", "complexity", "ok", star=dict(median=None, lo=900.0, hi=None, n=50), censored=True,
         **{**star, "source": "random"})
    cell("samples", "complexity", "ok", star=dict(median=9.0, lo=8.0, hi=10.0, n=50), censored=False,
         **{**star, "quantity": "m", "n": 64})
n_cells = len(records) - 1
records[0]["n_cells"] = n_cells + (2 if keys.get("cut") else 0)
if not keys.get("cut"):
    records.append(dict(type="end", exit_code=4, finished="2026-01-31T12:40:00Z", n_done=n_cells))
with gzip.open(out, "wt") as file:
    file.writelines(json.dumps(record) + "\n" for record in records)
