# SPDX-License-Identifier: Apache-2.0
"""The round in NumPy. NumPy's own loops use one thread, so blocks of samples go to as many Python
threads as there are cores, each with a single-threaded BLAS: NumPy releases the lock in products,
loops and generators. Everything is written in place."""
import os

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"  # read at import

import worker  # noqa: E402
import numpy as np  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402

BLOCK = 2048  # samples


class Scratch:
    """What one thread owns."""

    def __init__(self, p, size, seed):
        self.X = np.empty((size, p.d), np.float32)
        self.Z = np.empty((size, p.m), np.float32)
        self.G = np.empty((p.m, p.d), np.float32)
        self.product = np.empty((p.m, p.d), np.float32)
        self.random = np.random.Generator(np.random.SFC64(seed))  # the fastest bit generator


class Peer:
    def __init__(self, p):
        self.p = p
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        self.version = f"NumPy {np.__version__}, {blas['name']} {blas['version']}"
        size = max(min(BLOCK, p.T * p.n // (4 * p.threads)), 1)
        self.blocks = p.blocks(size)
        size = max((t1 - t0) * (i1 - i0) for t0, t1, i0, i1 in self.blocks)
        self.scratch = [Scratch(p, size, seed) for seed in range(p.threads)]
        self.pool = ThreadPoolExecutor(p.threads)
        self.powers = np.array([1 << k for k in range(p.r)], np.float32)
        self.W_next = np.empty_like(p.W)

    def samples(self, s, step, fresh, block):
        """X (rows,d) and y (tasks, rows of each)."""
        t0, t1, i0, i1 = block
        if not fresh:
            return self.p.X[step][t0:t1, i0:i1].reshape(-1, self.p.d), self.p.y[step][t0:t1, i0:i1]
        X = s.X[:(t1 - t0) * (i1 - i0)]
        s.random.standard_normal(out=X, dtype=np.float32)
        pattern = ((X @ self.p.M.T >= 0) @ self.powers).astype(np.intp).reshape(t1 - t0, -1)
        return X, np.take_along_axis(self.p.tables[t0:t1], pattern, axis=1)

    def head_share(self, k, fresh):
        s, A = self.scratch[k], np.zeros((self.p.T, self.p.m), np.float32)
        for block in self.blocks[k::self.p.threads]:
            X, y = self.samples(s, 0, fresh, block)
            Z = s.Z[:len(X)]
            np.matmul(X, self.p.W.T, out=Z)
            np.maximum(Z, 0, out=Z)
            A[block[0]:block[1]] += (y[:, None, :] @ Z.reshape(*y.shape, -1))[:, 0]
        return A

    def gradient_share(self, k, fresh, A):
        s = self.scratch[k]
        s.G[:] = 0
        for block in self.blocks[k::self.p.threads]:
            X, y = self.samples(s, 1, fresh, block)
            Z = s.Z[:len(X)]
            np.matmul(X, self.p.W.T, out=Z)
            np.greater(Z, 0, out=Z, casting="unsafe")
            D = Z.reshape(*y.shape, -1)
            D *= y[:, :, None]
            D *= A[block[0]:block[1], None, :]
            np.matmul(Z.T, X, out=s.product)
            s.G += s.product

    def run(self, fresh):
        p, threads = self.p, range(self.p.threads)
        A = sum(self.pool.map(lambda k: self.head_share(k, fresh), threads))
        A *= p.head_scale
        list(self.pool.map(lambda k: self.gradient_share(k, fresh, A), threads))
        np.multiply(p.W, p.kept, out=self.W_next)
        for s in self.scratch:
            s.G *= p.step_scale
            self.W_next += s.G
        return self.W_next

    def resident(self):
        return self.run(fresh=False)

    def pipeline(self):
        return self.run(fresh=True)

    def draw(self):
        X, y = self.samples(self.scratch[0], 0, True, self.blocks[0])
        return X, y.reshape(-1)


worker.serve(Peer)
