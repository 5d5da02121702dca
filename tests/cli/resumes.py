# SPDX-License-Identifier: Apache-2.0
"""resumes.py same WANTED.gz FOUND.gz   cells, trials and their results are the same, but for times
resumes.py failed N WANTED.gz FOUND.gz   the same, but that N cells of FOUND failed
resumes.py alter IN.gz OUT.gz TYPE FIELD VALUE   a whole trace with another value in all records of the type
resumes.py kills|enqueues|random|full [--all]   runs that are killed, or whose disk is full, and resumed; counts are printed

Proves: wherever a run, or its resume, is killed (before each call that changes a file, in the middle of each
write, after each call, before each command for the device) and wherever the disk is full, nothing that was committed is lost or altered, and
resumes lead to what an uninterrupted run gives. Fails if a commit is not one, a resume cuts too much or leaves
too much, or a record is there twice. Works in the current folder; RB_PROGRAM, RB_KILL, RB_LAYER: the program, the
library of tests/layer/kill.c and the layer. --all: every place (tests/nightly), else some of them."""
import gzip
import hashlib
import json
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import time
import zlib

# What two runs of the same cells need not have in common: times, and what is found in caches.
TIMES = set("""time_ns times_ns samples_per_s gflops roof_fraction plausible target_met energy energy_j cold_ns compile_ns
n_compiled load_ns n_loaded phases clock resumed""".split())
MARKER = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
# The reference needs no device, so a run takes some milliseconds.
SWEEP = """parts:
  - {part: check, mode: check, backend: reference, d: 8, r: 2, m: 4, n1: 8, n2: 8, T: 1..4}
"""
CHECKS = """parts:
  - {part: check, mode: check, d: 8, r: 2, m: 4, n1: 8, n2: 8, T: 1..%d}
  - {part: learn, mode: learn, d: 16, r: 2, m: 8, n1: 16, n2: 16, T: [2, 3]}
"""
MIXED = CHECKS + """  - {part: needs, mode: complexity, d: [16, 24], r: 2, m: 12, T: 16, inputs: shared, n1: 24*d, n2: n1, task: parity,
     n: 128, target: 0.7, pretrainings: 2, trials: 60, source: [multitask, random]}
"""


def records(path):
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def settled(path):
    """What docs/TRACE.md tells other readers: the last record of each cell, and of each trial."""
    cells, trials = {}, {}
    for r in records(path):
        if r["type"] == "cell":
            key = (r["device"], r["part"], r["id"])
            assert key not in cells or cells[key]["status"] in ("failed", "interrupted"), f"twice: {key}"
            cells[key] = {k: v for k, v in r.items() if k not in TIMES}
        elif r["type"] == "trial":
            trials[r["cell"], r["part"], r["seed"], r["n"], r["m"]] = r
    return cells, trials


def compare(wanted, found):
    for a, b, what in zip(wanted, found, ("cells", "trials")):
        assert a.keys() == b.keys(), f"{what}: {len(a)} wanted, {len(b)} found; {set(a) ^ set(b)}"
        for key in a:
            differ = [k for k in a[key].keys() | b[key].keys() if a[key].get(k) != b[key].get(k)]
            assert not differ, f"{what} {key}: {[(k, a[key].get(k), b[key].get(k)) for k in differ]}"
    assert wanted[0]


def compare_but_failed(n, wanted, found):
    """N cells of found failed; what they lack is no difference."""
    failed = {key for key, cell in found[0].items() if cell["status"] == "failed"}
    assert len(failed) == n, f"{len(failed)} cells failed, not {n}"
    assert wanted[0].keys() == found[0].keys(), wanted[0].keys() ^ found[0].keys()
    others = ({key: cell for key, cell in side[0].items() if key not in failed} for side in (wanted, found))
    if len(failed) < len(wanted[0]):
        compare(*((cells, {}) for cells in others))


def blocks(lines):
    for line in lines:
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        data = deflate.compress(line) + deflate.flush()
        yield (MARKER[:16] + struct.pack("<H", len(data) + 25) + data
               + struct.pack("<II", zlib.crc32(line), len(line)))


def alter(source, out, kind, field, value):
    """Sealed if the source is."""
    rows = records(source)
    for r in rows:
        if r["type"] == kind:
            r[field] = value
    data = b"".join(blocks(json.dumps(r).encode() + b"\n" for r in rows))
    sealed = open(source, "rb").read().endswith(MARKER)
    data += MARKER if sealed else b""
    manifest = dict(run_id=rows[0]["run_id"], rows=len(rows), blocks=len(rows), bytes=len(data),
                    sha256=hashlib.sha256(data).hexdigest(), sealed=sealed, schema_version=1)
    open(out, "wb").write(data)
    json.dump(manifest, open(out + ".manifest.json", "w"))


# ---- runs ----

class Sweep:
    """A suite, its trace, and what an uninterrupted run gives."""

    def __init__(self, name, text):
        self.suite, self.trace = name + ".yaml", name + ".gz"
        open(self.suite, "w").write(f"suite: {name}\n{text}")
        self.run_whole()
        self.wanted = settled(self.trace)
        self.calls = open("count").read().splitlines()
        self.n_bytes = os.path.getsize(self.trace)

    def start(self, *more, kill="0", limit=None, clock=True, **more_env):
        env = dict(os.environ, **more_env, LD_PRELOAD=os.environ["RB_KILL"], RB_KILL_FILE=self.trace, RB_KILL_AT=kill)
        if clock:
            env["RB_KILL_CLOCK"] = "1"
        if kill == "0":
            env["RB_KILL_COUNT"] = "count"
        small = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None
        return subprocess.Popen([os.environ["RB_PROGRAM"], "run", self.suite, "-o", self.trace, "--quiet", *more], env=env,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=small)

    def run(self, *more, **how):
        if os.path.exists("count"):
            os.remove("count")
        process = self.start(*more, **how)
        error = process.communicate()[1].decode()
        return process.returncode, error

    def run_whole(self):
        self.forget()
        code, error = self.run()
        assert code == 0 and os.path.exists("count"), error

    def forget(self):
        for name in os.listdir("."):
            if name.startswith(self.trace):
                os.remove(name)

    def committed(self):
        """The bytes that the manifest counts; they must be in the file, as they were."""
        try:
            manifest = json.load(open(self.trace + ".manifest.json"))
        except FileNotFoundError:
            return b""
        data = open(self.trace, "rb").read()[: manifest["bytes"]]
        assert hashlib.sha256(data).hexdigest() == manifest["sha256"], "the file lacks what its manifest counts"
        return data[: -len(MARKER)] if manifest["sealed"] else data

    def expect_kept(self, before):
        now = open(self.trace, "rb").read() if os.path.exists(self.trace) else b""
        assert now.startswith(before), "a committed byte is lost or altered"

    def finish(self, before):
        """Resumes, and compares with the uninterrupted run."""
        code, error = self.run("--resume")
        assert code == 0, error
        self.expect_kept(before)
        verify = subprocess.run([os.environ["RB_PROGRAM"], "verify", self.trace], capture_output=True, text=True)
        assert verify.returncode == 0, verify.stdout
        compare(self.wanted, settled(self.trace))


def places(n, all_of_them, some):
    """Of the calls 1..n: all, or so many, another set in every run."""
    chosen = range(1, n + 1) if all_of_them else sorted(random.sample(range(1, n + 1), min(some, n)))
    return [f"{k}{where}" for k in chosen for where in ("", ":half")]


def kill_at(sweep, kill, *more):
    code, error = sweep.run(*more, kill=kill)
    assert code == -signal.SIGKILL, f"killed at {kill}: exit code {code}: {error}"
    return sweep.committed()


def kills(everywhere):
    sweep = Sweep("sweep", SWEEP)
    kinds = {call.split()[0] for call in sweep.calls}
    assert kinds >= {"write", "fsync", "rename", "create", "unlink"}, kinds
    n = n_both = 0
    for kill in places(len(sweep.calls), everywhere, 8):
        sweep.forget()
        sweep.finish(kill_at(sweep, kill))
        n += 1
    print(f"kills: {n} of a run, of 2 x {len(sweep.calls)} places ({', '.join(sorted(kinds))})")
    # A run that is killed, a resume that is killed, and one that is not; all pairs would take hours.
    for first in places(len(sweep.calls), everywhere, 1):
        sweep.forget()
        kill_at(sweep, first)
        saved = {name: open(name, "rb").read() for name in os.listdir(".") if name.startswith(sweep.trace)}
        code, error = sweep.run("--resume")
        assert code == 0, error
        calls = open("count").read().splitlines()
        for second in places(len(calls), False, 2):
            sweep.forget()
            for name, data in saved.items():
                open(name, "wb").write(data)
            before = sweep.committed()
            after = kill_at(sweep, second, "--resume")
            assert len(after) >= len(before)
            sweep.expect_kept(before)
            sweep.finish(after)
            n_both += 1
    print(f"kills: {n_both} of a run and then of its resume")
    sweep = Sweep("mixed", MIXED % 2)
    n = 0
    for kill in places(len(sweep.calls), everywhere, 2):
        sweep.forget()
        sweep.finish(kill_at(sweep, kill))
        n += 1
    print(f"kills: {n} of a run with devices and trials, of 2 x {len(sweep.calls)} places")


def enqueues(everywhere):
    """The device's commands, counted by name in the layer's log; a kill shows that the layer was there."""
    sweep = Sweep("checks", CHECKS % 2)
    if os.path.exists("calls"):
        os.remove("calls")
    layer = {"OPENCL_LAYERS": os.environ["RB_LAYER"]}
    alone = "--no-supervisor" # else the kill is one of a worker: tests/cli/watchdog.sh
    code, error = sweep.run("--force", alone, RB_LAYER_LOG="calls", **layer)
    assert code == 0, error
    kinds = ["clEnqueue" + what for what in ("NDRangeKernel", "FillBuffer", "CopyBuffer", "ReadBuffer", "WriteBuffer")]
    with open("calls") as calls:
        n = sum(call.strip() in kinds for call in calls)
    chosen = range(1, n + 1) if everywhere else random.sample(range(1, n + 1), 4)
    for k in chosen:
        sweep.forget()
        code, error = sweep.run(alone, RB_LAYER_ENQUEUE=f"{k}:kill", **layer)
        assert code == -signal.SIGKILL, f"killed at command {k}: exit code {code}: {error}"
        sweep.finish(sweep.committed())
    print(f"enqueues: {len(chosen)} kills, of {n} commands")


def random_kills(everywhere):
    sweep = Sweep("long", MIXED % 40)
    began = time.monotonic()
    sweep.run_whole()
    whole, n, n_runs = time.monotonic() - began, 0, 0
    while n < (200 if everywhere else 10):
        sweep.forget()
        before = b""
        for _ in range(random.randint(1, 4)):
            process = sweep.start("--resume", clock=False)
            time.sleep(random.uniform(0, whole))
            process.kill()
            process.communicate()
            n += process.returncode == -signal.SIGKILL
            sweep.expect_kept(before)
            before = sweep.committed()
        sweep.finish(before)
        n_runs += 1
    print(f"random: {n} kills in {n_runs} runs of {whole:.1f} s")


def full(everywhere):
    sweep = Sweep("sweep", SWEEP)
    header = len(next(blocks([b"x" * 2000]))) + 400  # the manifest has some 300 bytes
    n = n_resumes = 0
    step = 29 if everywhere else 499
    for limit in range(header, sweep.n_bytes, step):
        sweep.forget()
        code, error = sweep.run(limit=limit)
        if not os.path.exists(sweep.trace):
            assert code == 5, error
            continue
        assert code == 5 and error.count("\n") == 1 and sweep.trace in error and "File too large" in error, error
        before = sweep.committed()
        n += 1
        for more in range(limit + 31, sweep.n_bytes + 500, 211 if everywhere else 997):
            code, error = sweep.run("--resume", limit=more)
            assert code in (0, 5) and (code == 0 or error.count("\n") == 1), error
            sweep.expect_kept(before)
            before = sweep.committed()
            n_resumes += 1
        sweep.finish(before)
    assert n > 3
    print(f"full: {n} runs and {n_resumes} resumes that met a limit")


def or_say(comparison, *rest):
    """What differs in one line, which a caller's log has room for."""
    try:
        comparison(*rest)
    except AssertionError as difference:
        sys.exit(str(difference))


if __name__ == "__main__":
    what, rest = sys.argv[1], sys.argv[2:]
    if what == "same":
        or_say(compare, settled(rest[0]), settled(rest[1]))
    elif what == "failed":
        or_say(compare_but_failed, int(rest[0]), settled(rest[1]), settled(rest[2]))
    elif what == "alter":
        alter(*rest)
    else:
        seed = int(os.environ.get("RB_KILL_SEED", time.time_ns() % 2**32))
        print(f"{what}: seed {seed} (RB_KILL_SEED)")
        random.seed(seed)
        {"kills": kills, "enqueues": enqueues, "random": random_kills, "full": full}[what]("--all" in rest)
