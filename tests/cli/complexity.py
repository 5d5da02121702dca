# SPDX-License-Identifier: Apache-2.0
"""complexity.py OUT.gz EXPONENT [SOURCE...]: a trace of complexity cells with a planted n* = 95
(d/724)^EXPONENT of multitask features, as a run of such a suite leaves it: 6 values of d, 300 trials
each near n*, the sources named (all four by default). Plain gzip, which readers take too."""
import gzip
import json
import math
import random
import sys

out, exponent = sys.argv[1], float(sys.argv[2])
sources = sys.argv[3:] or ["multitask", "single", "random", "true"]
rnd = random.Random(7)
cap, scale, n_trials = 1024, 0.27, 300
learned = {"multitask": 2, "single": 1, "random": 0, "true": 2}
values = [128, 256, 512, 1024, 2048, 4096]


def star(source, d):
    middle = math.sqrt(values[0] * values[-1])
    return {"multitask": 95 * (d / middle) ** exponent, "single": 1e6,
            "random": 400 * (d / 128) ** 0.8, "true": 20}[source]


with gzip.open(out, "wt") as file:
    def write(**record):
        file.write(json.dumps(record) + "\n")

    write(type="run", schema="relubench-trace", schema_version=1, run_id="0" * 32,
          suite="d-independence", n_cells=len(sources) * len(values))
    for source in sources:
        for d in values:
            same = dict(device="fake", part="samples", source=source, task="parity", quantity="n",
                        sampler="direct", d=d, r=2, m=64)
            cell = f"{rnd.getrandbits(256):064x}"
            for i in range(n_trials):
                near = math.log(min(star(source, d), cap)) + scale * rnd.uniform(-1.5, 1.5)
                n = max(1, min(cap, round(math.exp(near))))
                p = 1 / (1 + math.exp(-(math.log(n) - math.log(star(source, d))) / scale))
                won = rnd.random() < p
                write(type="trial", cell=cell, seed=rnd.getrandbits(40), n=n, pretraining=i % 8,
                      accuracy=0.85 if won else 0.75, success=won, **same)
            write(type="cell", id=cell, mode="complexity", status="ok", verified=True, seed=1,
                  T=1 if source == "single" else 64, n1=48 * d, n2=48 * d, n=cap, target=0.8,
                  margin=1.25, alignment=0.9, features_learned=learned[source], n_trials=n_trials,
                  samples=96.0 * d, time_ns=dict(median=1e3 * d * d, lo=9e2 * d * d,
                                                 hi=1.1e3 * d * d, n=8), **same)
    write(type="end", exit_code=0)
