#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves: whichever allocation or file call of a command fails, once or from then on, with whatever error
it may answer, the command ends with a documented exit code and says so in one line (or in the reasons of
cells that failed); interrupted calls and short ones change nothing at all; what was committed to a trace
stays, and a page or export is whole or not there.
Fails if an error is not looked at or is told wrongly, a loop over a short write is wrong, an error path
crashes, a temporary file is left, or the breaker (tests/layer/breaker.c) was not loaded.

Usage: host.py [--sample N] [--jobs N] [--only PATTERN]  (no N: every point; PATTERN: of "COMMAND CALL NUMBER ERROR")
From the environment: what bed.py reads, and RB_BREAKER, the library to preload, and RB_LAYER.
"""
import argparse
import errno
import gzip
import hashlib
import json
import os
import re
import shutil
import sys
import bed

BREAKER = os.environ["RB_BREAKER"]
LAYER = os.environ["RB_LAYER"]
E = errno
# What a call may answer; "short" does a half.
ERRORS = {
    "memory": [E.ENOMEM],
    "open": [E.EMFILE, E.EACCES, E.ENOSPC, E.EINTR], "fopen": [E.EMFILE, E.EACCES],
    "mkstemp": [E.ENOSPC, E.EACCES], "fdopen": [E.ENOMEM], "opendir": [E.EMFILE],
    "read": [E.EIO, E.EINTR, "short"], "write": [E.ENOSPC, E.EIO, E.EDQUOT, E.EINTR, "short"],
    "close": [E.EIO, E.EINTR], "fsync": [E.EIO, E.ENOSPC], "ftruncate": [E.EIO, E.EINTR],
    "flock": [E.ENOLCK], "fchmod": [E.EPERM], "rename": [E.EIO, E.EACCES, E.ENOSPC],
    "link": [E.EPERM, E.EIO], "unlink": [E.EACCES, E.EIO], "mkdir": [E.ENOSPC, E.EACCES],
    "stat": [E.EIO, E.EACCES], "lstat": [E.EIO, E.EACCES], "fstat": [E.EIO],
}
UNNOTICED = {E.EINTR, "short"}
# name: (arguments, file that it writes or None). old.gz is a trace without faults; new.gz is there before, and so is
# failed.gz, some of whose cells have failed.
COMMANDS = {
    "run": (["run", "smoke", "-o", "t.gz", "--quiet", "--format", "csv"], None),
    "worker": (["run", "smoke", "-o", "t.gz", "--quiet", "--format", "csv"], None), # of that run
    "direct": (["run", "smoke", "-o", "t.gz", "--quiet", "--format", "csv", "--no-supervisor"], None),
    "resume": (["run", "smoke", "-o", "failed.gz", "--resume", "--quiet", "--format", "csv"], None),
    "again": (["run", "smoke", "-o", "new.gz", "--force", "--quiet", "--format", "csv", "-b", "reference"], None),
    "show": (["show", "old.gz"], None),
    "verify": (["verify", "old.gz"], None),
    "compare": (["compare", "old.gz", "old2.gz", "--format", "json"], None),
    "export": (["export", "old.gz", "--to", "junit", "-o", "out"], "out"),
    "report": (["report", "old.gz", "-o", "out"], "out"),
}
TRIES, TIMES = 5, 3
CODES = bed.exit_codes() & {0, 2, 3, 5, 6}


def run(command, folder, **more):
    if command == "worker":
        more["RB_BREAK_WORKER"] = "1"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(os.path.join(bed.WORK, "inputs"), folder)
    return bed.Run(COMMANDS[command][0], folder, LD_PRELOAD=BREAKER, RB_BREAK_LOG=os.path.join(folder, "log"),
                   **more)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def first_broken(log):
    """Name of the first call that failed on purpose, or None."""
    if not os.path.exists(log):
        return None
    broken = next((line for line in content(log).splitlines() if line.endswith(b" broken")), None)
    return broken.split()[0].decode() if broken else None


def committed(path, before):
    """What is wrong with a trace that need not be whole: every byte that its manifest counts is there, and
    the good cells that a resume found in it."""
    if not os.path.exists(path + ".manifest.json"):
        return "a trace without its manifest"
    manifest = json.loads(content(path + ".manifest.json"))
    kept = content(path)[:manifest["bytes"]]
    if len(kept) != manifest["bytes"] or hashlib.sha256(kept).hexdigest() != manifest["sha256"]:
        return "the trace lacks bytes that its manifest counts"
    good = bed.results([json.loads(line) for line in gzip.decompress(kept).splitlines()])[0]
    lost = [name for name, cell in before.items() if good.get(name) != cell]
    return f"the resume lost {lost}" if lost else None


class Clean:
    """A command without faults: what it says, writes and calls. Of three times that with the fewest calls: one
    that takes a second longer commits once more, and no other has the calls of that place."""

    def __init__(self, command):
        folder = os.path.join(bed.WORK, "clean")
        least = None
        for _ in range(TIMES):
            first = run(command, folder)
            calls = content(os.path.join(folder, "log")).decode().split()
            if least is None or len(calls) < least:
                least = len(calls)
                self.take(command, folder, first, calls)

    def take(self, command, folder, first, calls):
        self.code, self.out, self.written = first.code, first.out, COMMANDS[command][1]
        self.files, self.calls = set(os.listdir(folder)), calls
        if self.written:
            self.bytes = content(os.path.join(folder, self.written))
        self.trace = next((f for f in ("t.gz", "new.gz", "failed.gz") if f in COMMANDS[command][0]), None)
        self.before = bed.results(bed.records(os.path.join(bed.WORK, "inputs/failed.gz")))[0] \
            if command == "resume" else {}
        if self.trace:
            self.good = bed.results(bed.records(os.path.join(folder, self.trace)))[0]
        if first.code not in (0, 6):
            sys.exit(f"{command} without faults ends with {first.code}: {first.err}")


def check(loop, clean, command, call, k, later, what):
    folder = bed.worker_folder()
    rule = f"{k}{'+' if later else ''}" + ("" if call == "memory" else f":{what}")
    # A run with a worker beside it makes a few calls more or fewer each time: until the k-th is of that kind.
    for _ in range(TRIES):
        done = run(command, folder, **{"RB_BREAK_MEMORY" if call == "memory" else "RB_BREAK_FILE": rule})
        first = first_broken(os.path.join(folder, "log"))
        if first == call:
            break
    else:
        return f"the fault did not happen in {TRIES} runs; the last broke {first or 'nothing'}"
    if done.code not in CODES:
        return f"exit code {done.code}: {done.err[-300:]}"
    if what in UNNOTICED and not later and done.code != clean.code:
        return f"exit code {done.code} after what changes nothing: {done.err[-300:]}"
    lines = done.err.splitlines()
    reasons = []
    if clean.trace:
        path = os.path.join(folder, clean.trace)
        if os.path.exists(path):
            wrong = committed(path, clean.before)
            # A trace that is overwritten gives up its manifest first; what cannot be removed stays.
            if wrong and not (done.code and (command == "again" or call == "unlink" or later)):
                return wrong
            if done.code == 0 or not lines:
                trace = bed.records(path)
                good, reasons = bed.results(trace)
                if any(clean.good.get(name) != cell for name, cell in good.items()):
                    return "a good cell differs"
                if len(good) + len(reasons) != len(clean.good) or trace[-1]["type"] != "end":
                    return f"{len(good)} good cells and {len(reasons)} others"
                loop.add_trace(path, done.told)
    elif clean.written:
        there = os.path.exists(os.path.join(folder, clean.written))
        if there and content(os.path.join(folder, clean.written)) != clean.bytes:
            return f"{clean.written} is not whole"
        if done.code == clean.code and not there:
            return f"{clean.written} is not there"
    if done.code == clean.code:
        if lines and not clean.trace and "cache" not in done.err:
            return f"exit code {done.code} and {lines[:2]}"
        return None if done.out == clean.out or clean.trace else "other output"
    if reasons and not lines:
        return None
    if command == "verify" and not lines:
        lines = [done.out]  # why a trace is not intact is its data
    if len(lines) != 1:
        return f"{len(lines)} lines: {done.err[:400]}"
    said = "memory" if call == "memory" else os.strerror(what) if what != "short" else ""
    if said not in "".join(lines) and "memory" not in "".join(lines):
        return f"not said: {lines[0][:300]}"
    left = set(os.listdir(folder)) - clean.files
    return f"left behind: {left}" if left and not (later or call == "unlink") else None


def all_points(calls):
    """(call, its number in its rule, once or later, error)"""
    points, n_memory, n_files = [], 0, 0
    for call in calls:
        n_memory, n_files = n_memory + (call == "memory"), n_files + (call != "memory")
        k = n_memory if call == "memory" else n_files
        # An error of a signal or a short call that never ends would be waited for for ever.
        points += [(call, k, later, what) for what in ERRORS[call] for later in (False, True)
                   if not (later and what in UNNOTICED)]
    return points


def sample(points, n):
    """Every command with each of its calls and errors first, then others at equal distances."""
    chosen = {}
    for p in points:
        chosen.setdefault((p[0], p[1], p[4]), p)
    rest = [p for p in points if p not in set(chosen.values())]
    step = max(1, len(rest) // max(1, n - len(chosen)))
    return list(chosen.values()) + rest[step // 2::step]


def make_inputs():
    inputs = os.path.join(bed.WORK, "inputs")
    for name in ("old.gz", "old2.gz", "new.gz"):
        if bed.Run(["run", "smoke", "-o", name, "--quiet"], inputs).code != 0:
            sys.exit(f"cannot make {name}")
    done = bed.Run(["run", "smoke", "-o", "failed.gz", "--quiet"], inputs, OPENCL_LAYERS=LAYER,
                       RB_LAYER_MARKER=os.path.join(bed.WORK, "witness"), RB_LAYER_ENQUEUE="60+:-5")
    good, reasons = bed.results(bed.records(os.path.join(inputs, "failed.gz")))
    if not good or not reasons:
        sys.exit(f"{len(good)} good cells and {len(reasons)} others to resume: {done.err}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sample", type=int)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    bed.fresh_work()
    if bed.Run(["list"], bed.WORK).code != 0:
        print("SKIPPED: no PoCL device, so nothing of this test was done")
        sys.exit(77)
    make_inputs()
    clean = {command: Clean(command) for command in COMMANDS}
    points = [(command, *p) for command, one in clean.items() for p in all_points(one.calls)]
    points = [p for p in points if re.search(options.only, f"{p[0]} {p[1]} {p[2]} {p[4]}")]
    if options.sample:
        points = sample(points, options.sample)
    print(", ".join(f"{c} makes {len(one.calls)} calls" for c, one in clean.items()) + f"; {len(points)} points",
          flush=True)
    loop = bed.Loop("allocations and files", options.jobs)
    sys.exit(loop.go([(f"{command}: {call} {k}{'+' if later else ''} answers "
                       f"{what if what == 'short' else os.strerror(what)}",
                       lambda m=command, c=call, k=k, l=later, w=what: check(loop, clean[m], m, c, k, l, w))
                      for command, call, k, later, what in points]))


main()
