# SPDX-License-Identifier: Apache-2.0
"""checks.py WHAT FILE...: what Python's own readers make of the program's output. Ends with 1 and a
message if it is not what docs/CLI.md and docs/TRACE.md say."""
import csv
import gzip
import json
import os
import pty
import re
import sys
import xml.etree.ElementTree


def trace(path):
    """Every line is JSON; as many as the manifest counts; to zcat's output on standard input alike."""
    data = gzip.open(path).read()
    records = [json.loads(line) for line in data.decode("ascii").splitlines()]
    manifest = json.load(open(path + ".manifest.json"))
    assert len(records) == manifest["rows"] > 2, (len(records), manifest)
    assert records[0]["type"] == "run" and records[-1]["type"] == "end"
    assert data == sys.stdin.buffer.read(), "another reader unpacks other bytes"


def show(path_json, path_csv, path_md):
    """The three formats for programs hold the same rows, and the same numbers."""
    whole = json.load(open(path_json))
    assert set(whole) == {"run", "cells"}, whole.keys()
    rows = list(csv.DictReader(open(path_csv, newline="")))
    assert len(rows) == len(whole["cells"]) > 0
    n_numbers = 0
    for row, cell in zip(rows, whole["cells"]):
        assert list(row) == list(cell), "columns differ"
        for name, value in cell.items():
            if value is None:
                assert row[name] == "", (name, row[name])
            elif isinstance(value, bool):
                assert row[name] == str(value).lower(), name
            elif isinstance(value, (int, float)):
                assert float(row[name]) == value, (name, row[name], value)
                n_numbers += 1
            else:
                assert row[name] == value, (name, row[name], value)
    assert n_numbers > len(rows), "hardly any number was compared"
    lines = [line for line in open(path_md) if line.startswith("|")]
    widths = {len(re.split(r"(?<!\\)\|", line.strip())) for line in lines}
    assert len(widths) == 1 and len(lines) >= 2 + len(rows), (widths, len(lines))
    assert re.fullmatch(r"[|:\- ]+", lines[1].strip()), lines[1]


def listing(path_json, path_csv, path_docs):
    """`list` has exactly the fields that docs/CLI.md names, in its order."""
    devices = json.load(open(path_json))
    prose = re.search(r"have every fact: (.*?)\.\n", open(path_docs).read(), re.S).group(1)
    fields = [name for name in re.findall(r"`([^`]+)`", prose) if name != "-d"]
    assert devices, "no device"
    for device in devices:
        assert list(device) == fields, set(device) ^ set(fields)
        assert re.fullmatch(r"\d+:\d+", device["device"]) and device["kind"] in ("gpu", "cpu", "accelerator")
        assert isinstance(device["global_bytes"], int) and device["global_bytes"] > 0
    rows = list(csv.DictReader(open(path_csv, newline="")))
    assert [row["identity"] for row in rows] == [device["identity"] for device in devices]


def dry_run(path):
    cells = json.load(open(path))
    assert cells and all(re.fullmatch("[0-9a-f]{64}", cell["id"]) for cell in cells)
    assert all(isinstance(cell["seed"], int) and cell["flop"] > 0 for cell in cells)


def hashes(*paths):
    """Equal seeds train equal weights, other seeds others: the last path is of another seed."""
    found = []
    for path in paths:
        cells = [r for r in map(json.loads, gzip.open(path, "rt")) if r["type"] == "cell"]
        assert cells and all(re.fullmatch("[0-9a-f]{64}", c["weights_hash"]) for c in cells)
        found.append([c["weights_hash"] for c in cells])
    assert all(one == found[0] for one in found[:-1]), found
    assert found[-1] != found[0], "another seed gives the same weights"


def terminal(*command):
    """Standard error is a terminal, output a file: the line of progress, and nothing of it left."""
    read, write = os.pipe()
    child, master = pty.fork()
    if child == 0:
        os.dup2(write, 1)
        os.execv(command[0], command)
    os.close(write)
    talk = b""
    while True:
        try:
            some = os.read(master, 65536)
        except OSError:  # how Linux says that the last writer is gone
            break
        if not some:
            break
        talk += some
    output = b""
    while some := os.read(read, 65536):
        output += some
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, talk
    lines = talk.split(b"\r\x1b[K")
    assert len(lines) >= 3, talk
    for line in lines[1:-1]:
        assert re.match(rb"\[\d+/\d+\] +\d+ %, about (\?|[\d:]+) left, (verifying|timing|measuring roofs)", line), line
        assert len(line) < 80, line
    assert any(b" left, timing" in line and b"about ?" not in line for line in lines), talk
    assert not re.search(rb"\[\d+/\d+\]", lines[-1]), "the line was not cleared: %r" % lines[-1]
    assert b"\x1b" not in output and output


def roofs(path):
    """A rate is at least its median, that lies in its interval, and the ridge is one over the other."""
    (roof,) = json.load(open(path))
    for rate in ("gflops", "gb_per_s"):
        best, median = roof[f"roof_{rate}"], roof[f"median_{rate}"]
        assert 0 < roof[f"median_{rate}_lo"] <= median <= roof[f"median_{rate}_hi"] <= best, roof
    assert abs(roof["ridge_flop_per_byte"] * roof["roof_gb_per_s"] / roof["roof_gflops"] - 1) < 1e-9
    assert roof["launches"] == 40 and roof["clock"] in ("device", "host"), roof
    assert "chains of" in roof["fma"] and "iB" in roof["copy"] and roof["device"] and roof["identity"]


def figures(*paths):
    """SVG is well-formed XML with text and curves, PNG a large picture, PDF one page."""
    for path in paths:
        data = open(path, "rb").read()
        if path.endswith(".svg"):
            tags = [element.tag.split("}")[1] for element in xml.etree.ElementTree.fromstring(data).iter()]
            assert tags[0] == "svg" and tags.count("text") > 20 and tags.count("path") > 20, path
        elif path.endswith(".png"):
            assert data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xae\x42\x60\x82"), path
            assert min(int.from_bytes(data[i : i + 4], "big") for i in (16, 20)) > 800, path
        else:
            assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF"), path


if __name__ == "__main__":
    commands = [figures, trace, show, listing, dry_run, hashes, terminal, roofs]
    {c.__name__: c for c in commands}[sys.argv[1]](*sys.argv[2:])
