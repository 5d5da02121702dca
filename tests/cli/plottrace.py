# SPDX-License-Identifier: Apache-2.0
"""plottrace.py FILE DEVICE [TASK]: a small trace of complexity cells, made up: n* (m*) is 90 at every
d with multitask and true features, and with random ones it rises beyond what is tried."""
import gzip
import json
import math
import random
import sys

path, device, task = sys.argv[1], sys.argv[2], (sys.argv[3:] + ["parity"])[0]
draw = random.Random(1)
records = [{"type": "run", "schema": "relubench-trace", "schema_version": 1, "run_id": "0" * 32}]
for quantity, other, part in (("n", "m", "samples"), ("m", "n", "neurons")):
    for source in ("multitask", "random", "true"):
        for d in (64, 128, 256, 512, 1024):
            star = 90 if source != "random" else 3 * d
            same = {"part": part, "source": source, "task": task, "quantity": quantity,
                    "sampler": "direct", "d": d, "r": 2, "device": "uuid:0"}
            name = "%064x" % draw.getrandbits(256)
            for i in range(150):
                x = min(math.log(1000), math.log(star) + draw.gauss(0, 0.4))
                n = round(math.exp(x))
                success = draw.random() < 1 / (1 + math.exp(-(math.log(n / star)) / 0.3))
                accuracy = draw.uniform(0.8, 0.9) if success else draw.uniform(0.6, 0.79)
                records.append({"type": "trial", "cell": name, **same, quantity: n, other: 1000,
                                "pretraining": i % 8, "accuracy": accuracy, "success": success})
            records.append({"type": "cell", "id": name, "mode": "complexity", "status": "ok",
                            "verified": True, "device_name": device, **same, "n": 1000, "m": 1000,
                            "T": 64, "seed": 1, "n_trials": 150, "target": 0.8, "margin": 1.25})
records.append({"type": "end", "exit_code": 0})
with gzip.open(path, "wt") as out:
    out.writelines(json.dumps(record) + "\n" for record in records)
