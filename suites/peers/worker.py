# SPDX-License-Identifier: Apache-2.0
"""What the peers in Python share: the problem's files, blocks of samples, and the protocol.

A peer is a process that scripts/peers starts with the folder that rb_peer_data filled. It says
`ready THREADS VERSION` once everything is loaded, then answers commands, one line each:

    check FILE         one round on the given inputs; W+ to FILE            done
    draw FILE          up to 256 samples of its own to FILE, labels FILE.y  done
    time resident N    one round, then N timed ones, on the given inputs    done SECONDS...
    time pipeline N    the same, inputs and labels generated in each round  done SECONDS...

`missing PACKAGE` and `error TEXT` end it. peer_c.c speaks the same. A peer module has a class with
version, resident() and pipeline(), which return W+ once it is there, and draw(), which returns
inputs (count,d) and labels (count) of the first samples; where W+ is not in the host's memory,
on_host(W) brings it there.
Letters and shapes as in host/model/problem.h; the two steps have n samples per task each."""
import os
import sys
import time



def explain(kind, problem, _):
    """Whatever a library throws, also while it is imported, is one line for the driver."""
    if issubclass(kind, ModuleNotFoundError):
        print("missing", problem.name, flush=True)
    else:
        print("error", " ".join(f"{kind.__name__}: {problem}".split())[:300], flush=True)


sys.excepthook = explain

import numpy as np  # noqa: E402

DRAWN = 256


class Problem:
    """Arrays as they come from the files, float32; X (T,n,d), y (T,n) per step."""

    def __init__(self, folder):
        with open(os.path.join(folder, "problem"), encoding="ascii") as file:
            words = file.read().split()
        self.d, self.m, self.r, self.T, self.n = map(int, words[:5])
        self.eta_a, self.eta_w, self.decay = map(float, words[5:8])

        def load(name, *shape):
            return np.fromfile(os.path.join(folder, name), np.float32).reshape(shape)

        self.W = load("W.f32", self.m, self.d)
        self.M = load("M.f32", self.r, self.d)
        self.tables = load("tables.f32", self.T, 2**self.r)
        self.X = [load(f"X{step}.f32", self.T, self.n, self.d) for step in (1, 2)]
        self.y = [load(f"y{step}.f32", self.T, self.n) for step in (1, 2)]
        self.head_scale = self.eta_a / self.n
        self.step_scale = self.eta_w / (self.T * self.n)
        self.kept = 1 - self.decay
        self.threads = len(os.sched_getaffinity(0))

    def blocks(self, size):
        """(t0, t1, i0, i1): whole tasks, or part of one, of about `size` samples: what lies there
        is one contiguous matrix."""
        if self.n >= size:
            return [(t, t + 1, i, min(i + size, self.n))
                    for t in range(self.T) for i in range(0, self.n, size)]
        tasks = size // self.n
        return [(t, min(t + tasks, self.T), 0, self.n) for t in range(0, self.T, tasks)]


def answer(peer, line):
    command, _, rest = line.strip().partition(" ")
    if command == "check":
        W, on_host = peer.resident(), getattr(peer, "on_host", lambda array: array)
        np.ascontiguousarray(on_host(W), np.float32).tofile(rest)
        return "done"
    if command == "draw":
        X, y = peer.draw()
        np.ascontiguousarray(X[:DRAWN], np.float32).tofile(rest)
        np.ascontiguousarray(y[:DRAWN], np.float32).tofile(rest + ".y")
        return "done"
    if command == "time":
        mode, count = rest.split()
        run = {"resident": peer.resident, "pipeline": peer.pipeline}[mode]
        run()
        times = []
        for _ in range(int(count)):
            start = time.perf_counter()
            run()
            times.append(f"{time.perf_counter() - start:.9f}")
        return " ".join(["done"] + times)
    raise ValueError(f"unknown command {command!r}")


def serve(make):
    """Runs the peer that make(problem) gives until standard input ends."""
    problem = Problem(sys.argv[1])
    peer = make(problem)
    print("ready", problem.threads, peer.version, flush=True)
    for line in sys.stdin:
        print(answer(peer, line), flush=True)
