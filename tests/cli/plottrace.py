# SPDX-License-Identifier: Apache-2.0
"""plottrace.py IN.gz OUT.gz DEVICE [TASK]: a trace of complexity.py, of another device name and task,
and everything in it a second time with n and m exchanged: as m* of part neurons."""
import gzip
import json
import sys

path, out, device = sys.argv[1:4]
records = [json.loads(line) for line in gzip.open(path, "rt")]
for record in records[1:-1]:
    record["task"] = sys.argv[4] if len(sys.argv) > 4 else record["task"]
    if record["type"] == "cell":
        record["device_name"] = device
swapped = [dict(r, part="neurons", quantity="m", n=r["m"], m=r["n"]) for r in records[1:-1]]
for record in swapped:
    name = "cell" if record["type"] == "trial" else "id"
    record[name] = record[name][::-1]
with gzip.open(out, "wt") as file:
    file.writelines(json.dumps(record) + "\n" for record in records[:-1] + swapped + records[-1:])
