# SPDX-License-Identifier: Apache-2.0
"""gatetrace.py OUT.gz [KEY=VALUE]...: a trace of three timed cells and a checked one, as a run of a suite
leaves it. Plain gzip, which readers take too. Keys: runs (0: OUT.gz itself; else so many, OUT1.gz ..),
seed (of the noise), noise (0.003 a run), slower (factor of the time of cell `a`), roof (factor of the roof, and of
every rate with it), load (more time of every cell that the roof does not show, in bursts), device, driver,
suite, n (cells), status (of cell `b`), reason (of it), extra (launches more in cell `c`), variant, average (load average
when it began), clock, hosts (share of cells whose clock is the host's)."""
import gzip
import json
import math
import random
import sys

told = dict(seed="1", slower="1", roof="1", load="0", device="fake", driver="1.0", suite="gate", n="4", status="ok",
            extra="0", variant="vector8", average="0.1", runs="0",
            noise="0.003", reason="planted", clock="device", hosts="0")
for item in sys.argv[2:]:
    key, value = item.split("=", 1)
    assert key in told, key
    told[key] = value


def write_trace(out, seed):
    noise = random.Random(seed)
    run = math.exp(noise.gauss(0, float(told["noise"])))
    roof = 100 * float(told["roof"])

    with gzip.open(out, "wt") as file:
        def write(**record):
            file.write(json.dumps(record) + "\n")

        write(type="run", schema="relubench-trace", schema_version=1, run_id=f"{noise.getrandbits(128):032x}",
              suite=told["suite"], suite_hash=told["suite"], host={"cpus": "2", "load": told["average"] + " 0 0"},
              n_cells=4)
        for when in ("before", "after"):
            write(type="roof", device=told["device"], device_name=told["device"], roof_gflops=roof, roof_gb_per_s=9,
                  when=when)
        for i, part in list(enumerate("abcd"))[: int(told["n"])]:
            shape = dict(d=64 << i, r=3, m=64, T=4, n1=32, n2=32)
            flop = 1e6 * 2**i
            ns = flop / 50 * run / float(told["roof"]) * (float(told["slower"]) if part == "a" else 1)
            burst = float(told["load"])
            times = [ns * (1 + 0.002 * noise.random() + (burst * noise.random() if k % 3 else 0)) for k in range(12)]
            times.sort()
            status = told["status"] if part == "b" else "ok"
            cell = dict(type="cell", id=f"{i + 7 * len(told['suite']):064x}",
                        suite=told["suite"], device=told["device"], device_name=told["device"], driver=told["driver"],
                        part=part, mode="check" if part == "d" else "time", workload="multitask", backend="native",
                        variant=told["variant"], tile=128, chunk=4, seed=1, rounds=1, sampler="direct", decay=1,
                        status=status, verified=status == "ok", flop=flop, peak_device_bytes=4096,
                        reason=None if status == "ok" else told["reason"], **shape)
            if part != "d" and status == "ok":
                median = (times[5] + times[6]) / 2
                gflops = flop / median
                cell.update(time_ns=dict(median=median, lo=times[2], hi=times[9], n=12), times_ns=times, gflops=gflops,
                            roof_fraction=gflops / roof, plausible=gflops <= roof,
                            clock="host: planted" if noise.random() < float(told["hosts"]) else told["clock"],
                            launches={"head/product": 2 + (int(told["extra"]) if part == "c" else 0)})
            write(**cell)
        write(type="end", exit_code=0)


runs = int(told["runs"])
for i in range(1, runs + 1):
    write_trace(f"{sys.argv[1][: -len('.gz')]}{i}.gz", int(told["seed"]) + i)
if runs == 0:
    write_trace(sys.argv[1], int(told["seed"]))
