# SPDX-License-Identifier: Apache-2.0
"""pagetrace.py FROM.gz OUT.gz [KEY=VALUE]..: the records of a trace again and again, for tests of the page. Keys:
cells (how many, at other sizes and rates), evil=1 (a hostile text before every text of every record, but those that
a reader knows a record by), run (8 digits of its id), rounds (so many that each cell of mode learn was followed
for)."""
import copy
import gzip
import json
import sys

keys = dict(pair.split("=", 1) for pair in sys.argv[3:])
records = [json.loads(line) for line in gzip.open(sys.argv[1], "rt")]
EVIL = ('</title></style></svg><script>window.pwned=1</script><img src="http://evil.invalid/x" onerror="window.pwned=2">'
        "'\"><svg onload=window.pwned=3><a href=javascript:pwned()>\x1b[31m\u202e&amp;{{7*7}}<!-- ]]> \x07" + "W" * 300)
KEPT = {"type", "schema", "mode", "status", "run_id", "clock", "id", "backend", "source", "task", "quantity", "sampler",
        "law", "tasks", "inputs", "ablation", "cell", "head", "started", "finished", "load", "cpus"}


def spoil(value, key=None):
    if isinstance(value, dict):
        return {(EVIL + k if key in ("libraries", "device_facts", "expectations", "build_options") else k):
                spoil(v, k) for k, v in value.items()}
    if isinstance(value, str) and key not in KEPT:
        return EVIL + value
    return value


if "cells" in keys:
    wanted = int(keys["cells"])
    cells = [r for r in records if r["type"] == "cell"]
    rest = [r for r in records if r["type"] not in ("cell", "end")]
    ends = [r for r in records if r["type"] == "end"]
    made = []
    for i in range(wanted):
        cell = copy.deepcopy(cells[i % len(cells)])
        turn = i // len(cells)
        cell["id"] = f"{i:064x}"
        cell["T"] = cell["T"] + 7 * turn
        if cell.get("time_ns"):
            slow = 1 + 0.01 * turn
            for part in ("median", "lo", "hi"):
                cell["time_ns"][part] *= slow
            for rate in ("gflops", "samples_per_s", "roof_fraction"):
                cell[rate] = cell[rate] / slow if cell.get(rate) else cell.get(rate)
        made.append(cell)
    records = rest + made + ends
    records[0]["n_cells"] = wanted
for i, record in enumerate(r for r in records if "rounds" in keys and r.get("mode") == "learn"):
    n = record["rounds"] = int(keys["rounds"])
    record["sin_theta_rounds"] = [max(0.05, 1 - (k + 1) / n * (0.4 + 0.2 * (i % 3))) for k in range(n)]
if keys.get("evil"):
    records = [spoil(record) for record in records]
if "run" in keys:
    records[0]["run_id"] = keys["run"] + 24 * "0"
with gzip.open(sys.argv[2], "wt") as file:
    file.writelines(json.dumps(record) + "\n" for record in records)
