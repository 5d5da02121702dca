# SPDX-License-Identifier: Apache-2.0
"""publishtrace.py IN.gz OUT.gz [FAULT]: a copy of a trace with one fault planted, sealed anew so that only the
fault tells: blocks, end marker, manifest with the new hash. Without FAULT what the machine that runs the tests may
spoil (revision, load, roofs, clocks) is set to what a good run has; every fault is planted into that. FAULT is a
name below, or KIND.FIELD=JSON: that field of the header (run), the end, the first roof or the last timed cell
(cell); JSON may be missing to drop the field."""
import gzip
import hashlib
import json
import struct
import sys
import zlib

source, target = sys.argv[1:3]
fault = sys.argv[3] if len(sys.argv) > 3 else ""
records = [json.loads(line) for line in gzip.open(source)]
run, end = records[0], records[-1]
roofs = [r for r in records if r["type"] == "roof"]
cells = [r for r in records if r["type"] == "cell"]
timed = [c for c in cells if c["mode"] == "time"]
first, last = timed[0], timed[-1]


def done(cell):
    """GFLOP/s of what was done of the cell's flop."""
    return cell["gflops"] * (cell.get("operations") or cell["flop"]) / cell["flop"]


def clean():
    best = max(r["roof_gflops"] for r in roofs)
    run.update(git_revision="0123456789ab", layers=None)
    run["host"]["load"] = "0.10 0.10 0.10 1/100 1"
    for roof in roofs:
        roof["roof_gflops"] = best
    for cell in timed:
        cell.update(clock="device", roof_fraction=done(cell) / best, plausible=True)


def scaled(cell, factor):
    """Other times, with all that follows from them."""
    cell["times_ns"] = [ns * factor for ns in cell["times_ns"]]
    for name in ("median", "lo", "hi"):
        cell["time_ns"][name] *= factor
    for name in ("gflops", "samples_per_s", "roof_fraction"):
        cell[name] /= factor


def drop(*these):
    for record in these:
        records.remove(record)


def fewer():
    """Cut by hand: the counts agree among each other, the suite knows better."""
    drop(last)
    run["n_cells"] = end["n_done"] = len(cells) - 1


def above():
    for roof in roofs:
        roof["roof_gflops"] = done(last) * 0.9
    for cell in timed:
        cell.update(roof_fraction=done(cell) / roofs[0]["roof_gflops"], plausible=True)


FAULTS = {
    "": lambda: None,
    "unsealed": lambda: None,
    "no-end": lambda: drop(end),
    "fewer": fewer,
    "uncounted": lambda: drop(last),
    "twice": lambda: records.insert(-1, dict(last)),
    "extra": lambda: records.insert(-1, dict(last, id="0" * 64)),
    "two-runs": lambda: records.extend(list(records)),
    "two-devices": lambda: last.update(device="another"),
    "two-drivers": lambda: last.update(driver="another"),
    "few": lambda: last.update(times_ns=last["times_ns"][:9], time_ns=None) or last.update(
        time_ns=dict(n=9, median=sorted(last["times_ns"])[4], lo=sorted(last["times_ns"])[1],
                     hi=sorted(last["times_ns"])[7])),
    "still": lambda: last["times_ns"].__setitem__(0, 0.0),
    "median": lambda: last["time_ns"].update(median=last["time_ns"]["median"] * 0.9),
    "faster": lambda: last.update(gflops=last["gflops"] * 1.1),
    "spared": lambda: last.update(operations=last["flop"] * 0.1),
    "overdone": lambda: last.update(operations=last["flop"] * 1.01),
    "fraction": lambda: last.update(roof_fraction=last["roof_fraction"] * 1.1),
    "above": above,
    "no-before": lambda: drop(*[r for r in roofs if r["when"] == "before"]),
    "no-roofs": lambda: drop(*roofs),
    "scatter": lambda: roofs[0].update(roof_gflops=roofs[0]["roof_gflops"] * 0.8),
    "host-clock": lambda: [c.update(clock="host: the device's stood still") for c in timed],
    "phases": lambda: last.update(phases={"head/product": last["time_ns"]["median"] * 2}),
    "backwards": lambda: end.update(finished="1999-01-01T00:00:00Z"),
    "slow": lambda: scaled(last, 1e6),
    "load": lambda: run["host"].update(load="1.9 1 1 1/1 1", cpus="2"),
    "no-load": lambda: run["host"].pop("load"),
    "checked": lambda: run.update(command="relubench run publish --che -o x"),
    "hostile": lambda: last.update(status="failed", reason="\x1b[31mred"),
}
clean()
if "=" in fault:
    where, value = fault.split("=", 1)
    kind, field = where.split(".")
    record = dict(run=run, end=end, roof=roofs[0], cell=last)[kind]
    if value:
        record[field] = json.loads(value)
    else:
        del record[field]
else:
    FAULTS[fault]()


def block(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    head = bytes.fromhex("1f8b08040000000000ff0600424302 00".replace(" ", ""))
    return head + struct.pack("<H", len(packed) + 25) + packed + struct.pack("<II", zlib.crc32(data), len(data))


sealed = fault != "unsealed"
blocks = [block(json.dumps(r, separators=(",", ":")).encode() + b"\n") for r in records]
data = b"".join(blocks)
if sealed:
    data += bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
open(target, "wb").write(data)
json.dump(dict(run_id=run.get("run_id", ""), rows=len(records), blocks=len(blocks), bytes=len(data),
               sha256=hashlib.sha256(data).hexdigest(), sealed=sealed, schema_version=1),
          open(target + ".manifest.json", "w"))
