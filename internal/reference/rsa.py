"""Expected values of analysis/rsa, by rsatoolbox, numpy and scipy, and the
simulation behind the interval that rsa.Compare gives.

    python internal/reference/rsa.py > analysis/rsa/testdata/reference.json
"""

import json
import sys
from importlib.metadata import version

import numpy as np
import scipy
from rsatoolbox.data import Dataset
from rsatoolbox.rdm import calc_rdm, compare
from scipy import stats

SEED = 20260102
rng = np.random.default_rng(SEED)

n, c = 14, 31
signal = rng.normal(0, 1, (n, c))
a = (3 + signal + rng.normal(0, 1, (n, c))).round(3)
b = (signal[:, :20] + rng.normal(0, 1, (n, 20))).round(1)  # ties for Spearman
b[:, 3] = 0.7  # a dead channel, which counts
rdms = [calc_rdm(Dataset(x), method="correlation") for x in (a, b)]

upper = np.triu_indices(n, 1)
spearman = stats.spearmanr(b, axis=1).statistic
ra, rb = rdms[0].get_vectors()[0], rdms[1].get_vectors()[0]


def coverage(draw, n, repeats=1000):
    """How often the 95 % Fisher interval of `values` values, taken around r of
    two RDMs of n drawn stimuli, holds r of very many stimuli."""
    true = np.mean([draw(1500) for _ in range(3)])
    r = np.array([draw(n) for _ in range(repeats)])
    out = {"n": n, "true": true}
    for name, values in ("stimuli", n), ("cells", n * (n - 1) // 2):
        half = stats.norm.ppf(0.975) / np.sqrt(values - 3)
        out[name] = float(np.mean(np.abs(np.arctanh(r) - np.arctanh(true)) < half))
    return out


def cells(x):
    return 1 - np.corrcoef(x)[np.triu_indices(len(x), 1)]


def patterns(latent, noise):
    """Two sources that answer the same stimuli, latent(n), each with noise."""
    def draw(n):
        s = latent(n)
        return np.corrcoef(cells(s + noise * rng.normal(size=s.shape)), cells(s + noise * rng.normal(size=s.shape)))[0, 1]
    return draw


def additive(n):
    """Dissimilarities that are sums of how odd either stimulus is."""
    t = rng.normal(size=n)
    u, v = t + rng.normal(size=n), t + rng.normal(size=n)
    k = np.triu_indices(n, 1)
    return np.corrcoef(np.add.outer(u, u)[k], np.add.outer(v, v)[k])[0, 1]


axes, three, two = rng.normal(size=(2, 20)), rng.normal(size=(3, 20)), 2 * rng.normal(size=(2, 20))
worlds = {
    "additive": additive,
    "unstructured": patterns(lambda n: rng.normal(size=(n, 20)), 1),
    "three categories": patterns(lambda n: three[rng.integers(0, 3, n)], 1),
    "two categories": patterns(lambda n: two[rng.integers(0, 2, n)], 1),
    "two dimensions": patterns(lambda n: rng.normal(size=(n, 2)) @ axes, 0.5),
    "rare category": patterns(lambda n: two[(rng.random(n) < 0.15).astype(int)], 1),
}
covered = {name: [coverage(f, k) for k in (10, 20, 60)] for name, f in worlds.items()}

json.dump({
    "tools": f"rsatoolbox {version('rsatoolbox')}, numpy {np.__version__}, scipy {scipy.__version__}", "seed": SEED,
    "a": a.tolist(), "b": b.tolist(),
    "pearson_a": np.corrcoef(a).tolist(), "spearman_b": spearman.tolist(),
    "rdm_a": ra.tolist(), "rdm_b": rb.tolist(),
    "rdm_mean": ((ra + rb) / 2).tolist(),
    "compare_pearson": float(compare(rdms[0], rdms[1], "corr")[0, 0]),
    "compare_spearman": float(compare(rdms[0], rdms[1], "spearman")[0, 0]),
    "compare_scipy": float(stats.pearsonr(ra, rb).statistic),
    "coverage": covered,
}, sys.stdout, indent=1)
