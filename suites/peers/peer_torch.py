# SPDX-License-Identifier: Apache-2.0
"""The round in PyTorch, without autograd: blocks of samples, in-place and out= operations with all
threads. The forward product has two ways, MKL's sgemm (torch.mm) and oneDNN's linear layer, which
torch.compile chooses for frozen weights; the faster one is taken, as measured on the shape. One
generator fills a tensor in one thread, so each thread has its own. With "cuda" as second argument
all of it is on the first CUDA device, in strict single precision: no tf32, no reduced sums."""
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

os.environ["THP_MEM_ALLOC_ENABLE"] = "1"  # huge pages, which NumPy asks for unasked; read at import

import worker  # noqa: E402
import torch  # noqa: E402

BLOCK = {"cpu": 4096, "cuda": 32768}  # samples


class Peer:
    def __init__(self, p):
        torch.set_grad_enabled(False)
        torch.set_num_threads(p.threads)
        self.p = p
        self.device = sys.argv[2] if len(sys.argv) > 2 else "cpu"
        if self.device == "cuda":
            if not torch.cuda.is_available():
                raise ModuleNotFoundError(name="torch with a CUDA device")
            torch.backends.cuda.matmul.allow_tf32 = False
            torch.backends.cudnn.allow_tf32 = False
        self.W, self.M, self.tables = map(self.there, (p.W, p.M, p.tables))
        self.WT = self.W.t().contiguous()
        self.X, self.y = list(map(self.there, p.X)), list(map(self.there, p.y))
        self.blocks = p.blocks(BLOCK[self.device])
        size = max((t1 - t0) * (i1 - i0) for t0, t1, i0, i1 in self.blocks)
        self.fresh_X, self.Z = self.empty(size, p.d), self.empty(size, p.m)
        self.A, self.G = self.empty(p.T, p.m), self.empty(p.m, p.d)
        self.generators = [torch.Generator().manual_seed(k) for k in range(p.threads)]
        self.pool = ThreadPoolExecutor(p.threads)
        self.powers = torch.tensor([1 << k for k in range(p.r)], device=self.device)
        if self.device == "cuda":
            torch.cuda.manual_seed(1)
            self.forward, way = self.forward_mm, torch.cuda.get_device_name()
        else:
            self.forward, way = self.fastest_forward(size)
        self.version = f"PyTorch {torch.__version__}, {way}"

    def there(self, array):
        return torch.from_numpy(array).to(self.device)

    def empty(self, *shape):
        return torch.empty(*shape, device=self.device)

    def forward_mm(self, X):
        return torch.mm(X, self.WT, out=self.Z[:len(X)])

    def forward_linear(self, X):
        return torch.ops.mkldnn._linear_pointwise(X, self.W, None, "none", [], "")

    def fastest_forward(self, size):
        ways = {"MKL": self.forward_mm, "oneDNN": self.forward_linear}
        X, best = torch.randn(size, self.p.d), {}
        for name, way in ways.items():
            try:
                for _ in range(5):
                    start = time.perf_counter()
                    way(X)
                    best[name] = min(best.get(name, 1e9), time.perf_counter() - start)
            except (RuntimeError, AttributeError):  # built without it
                best.pop(name, None)
        name = min(best, key=best.get)
        return ways[name], name

    def samples(self, step, fresh, block):
        """X (rows,d) and y (tasks, rows of each)."""
        t0, t1, i0, i1 = block
        if not fresh:
            return self.X[step][t0:t1, i0:i1].view(-1, self.p.d), self.y[step][t0:t1, i0:i1]
        X = self.fresh_X[:(t1 - t0) * (i1 - i0)]
        if self.device == "cuda":
            X.normal_()
        else:
            parts = X.tensor_split(self.p.threads)
            list(self.pool.map(lambda part, g: part.normal_(generator=g), parts, self.generators))
        pattern = ((torch.mm(X, self.M.t()) >= 0) * self.powers).sum(1).view(t1 - t0, -1)
        return X, self.tables[t0:t1].gather(1, pattern)

    def run(self, fresh):
        p, A, G = self.p, self.A.zero_(), self.G.zero_()
        for block in self.blocks:
            X, y = self.samples(0, fresh, block)
            Z = self.forward(X).relu_().view(*y.shape, p.m)
            A[block[0]:block[1]] += torch.bmm(y.unsqueeze(1), Z).squeeze(1)
        A *= p.head_scale
        for block in self.blocks:
            X, y = self.samples(1, fresh, block)
            Z = self.forward(X).gt_(0)
            Z.view(*y.shape, p.m).mul_(y.unsqueeze(2)).mul_(A[block[0]:block[1]].unsqueeze(1))
            G.addmm_(Z.t(), X)
        W = torch.mul(self.W, p.kept).add_(G, alpha=p.step_scale)
        if self.device == "cuda":
            torch.cuda.synchronize()
        return W

    def resident(self):
        return self.run(fresh=False)

    def pipeline(self):
        return self.run(fresh=True)

    def draw(self):
        X, y = self.samples(0, True, self.blocks[0])
        return X.cpu(), y.reshape(-1).cpu()

    def on_host(self, W):
        return W.cpu()


worker.serve(Peer)
