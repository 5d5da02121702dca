# SPDX-License-Identifier: Apache-2.0
"""The round in JAX: one compiled function, a scan over blocks of whole tasks. XLA fuses what lies
between products. Normals are threefry's without the partitionable layout, on a CPU the fastest of
the generators that JAX has."""
import os

os.environ["JAX_PLATFORMS"] = "cpu"  # read at import

import worker  # noqa: E402
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

jax.config.update("jax_threefry_partitionable", False)

BLOCK = 4096  # samples


class Peer:
    def __init__(self, p):
        self.p = p
        self.version = f"JAX {jax.__version__}"
        self.W, self.M, self.tables = map(jnp.asarray, (p.W, p.M, p.tables))
        # A scan's blocks are equal: the largest number of tasks that divides T and fits.
        tasks = max(t for t in range(1, p.T + 1)
                    if p.T % t == 0 and (t == 1 or t * p.n <= BLOCK))
        shape = (p.T // tasks, tasks, p.n)
        self.X = [jnp.asarray(X.reshape(*shape, p.d)) for X in p.X]
        self.y = [jnp.asarray(y.reshape(shape)) for y in p.y]
        self.by_block = self.tables.reshape(*shape[:2], -1)
        self.resident_round = jax.jit(self.on_given)
        self.pipeline_round = jax.jit(self.on_fresh)
        self.key = jax.random.key(1, impl="threefry2x32")

    def forward(self, W, X):
        return X.reshape(-1, self.p.d) @ W.T

    def head(self, W, X, y):
        """The block's heads (tasks,m)."""
        Z = jax.nn.relu(self.forward(W, X)).reshape(*y.shape, self.p.m)
        return self.p.head_scale * jnp.einsum("ti,tim->tm", y, Z)

    def gradient(self, W, G, X, y, a):
        Z = self.forward(W, X).reshape(*y.shape, self.p.m)
        D = jnp.where(Z > 0, y[:, :, None] * a[:, None, :], 0).reshape(-1, self.p.m)
        return G + D.T @ X.reshape(-1, self.p.d)

    def update(self, W, G):
        return self.p.kept * W + self.p.step_scale * G

    def on_given(self, W, X1, y1, X2, y2):
        _, A = jax.lax.scan(lambda _, s: (None, self.head(W, *s)), None, (X1, y1))
        G, _ = jax.lax.scan(lambda G, s: (self.gradient(W, G, *s), None), jnp.zeros_like(W),
                            (X2, y2, A))
        return self.update(W, G)

    def samples(self, key, tables, M):
        """A block's inputs (tasks,n,d) and labels (tasks,n)."""
        tasks, p = len(tables), self.p
        X = jax.random.normal(key, (tasks, p.n, p.d), jnp.float32)
        bits = X.reshape(-1, p.d) @ M.T >= 0
        pattern = (bits * (1 << jnp.arange(p.r))).sum(1).reshape(tasks, p.n)
        return X, jnp.take_along_axis(tables, pattern, axis=1)

    def on_fresh(self, W, key, tables, M):
        keys = jax.random.split(key, (2, len(tables)))
        _, A = jax.lax.scan(
            lambda _, s: (None, self.head(W, *self.samples(s[0], s[1], M))), None,
            (keys[0], tables))
        G, _ = jax.lax.scan(
            lambda G, s: (self.gradient(W, G, *self.samples(s[0], s[1], M), s[2]), None),
            jnp.zeros_like(W), (keys[1], tables, A))
        return self.update(W, G)

    def resident(self):
        args = self.X[0], self.y[0], self.X[1], self.y[1]
        return self.resident_round(self.W, *args).block_until_ready()

    def pipeline(self):
        self.key = jax.random.fold_in(self.key, 1)
        return self.pipeline_round(self.W, self.key, self.by_block, self.M).block_until_ready()

    def draw(self):
        X, y = jax.jit(self.samples)(self.key, self.by_block[0], self.M)
        return X.reshape(-1, self.p.d), y.reshape(-1)


worker.serve(Peer)
