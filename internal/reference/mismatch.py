"""Expected values of analysis/mismatch, by numpy and scipy.

    python internal/reference/mismatch.py > analysis/mismatch/testdata/reference.json
"""

import itertools
import json
import sys

import numpy as np
import scipy
from scipy import stats

SEED = 20261125
rng = np.random.default_rng(SEED)

K, M, N = 6, 3, 24
A, B = np.arange(0, 7), np.arange(7, 12)  # groups; the rest is compared with nothing
shared = rng.normal(0, 1, N)
shared[A] += 0.8
people = (rng.uniform(0.5, 2, (K, 1)) * (shared + rng.normal(0, 0.55, (K, N))) + rng.normal(0, 3, (K, 1))).round(3)
models = (shared * 0.7 + rng.normal(0, 0.6, (M, N)))
models[:, B] -= 0.9
models = models.round(3)

z = stats.zscore(people, axis=1)
zm = stats.zscore(models, axis=1)
agreement = np.corrcoef(people)[np.triu_indices(K, 1)].mean()
brain = z / np.sqrt(agreement)


def diff(x):
    return x[..., A].mean(-1) - x[..., B].mean(-1)


def cohen(x):
    a, b = x[A], x[B]
    pooled = ((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / (len(a) + len(b) - 2)
    return (a.mean() - b.mean()) / np.sqrt(pooled)


# Residuals of each stimulus over people, for the mean of the networks and for each.
mean_model = zm.mean(0)
e = mean_model - brain.mean(0)
p = stats.ttest_1samp(brain, mean_model, axis=0).pvalue
each_q = [stats.false_discovery_control(stats.ttest_1samp(brain, m, axis=0).pvalue) for m in zm]
wrong = [int(sum(q[i] < 0.05 and (m - brain.mean(0))[i] * e[i] > 0 for q, m in zip(each_q, zm))) for i in range(N)]
same = [int(((mean_model[i] - brain[:, i]) * e[i] > 0).sum()) for i in range(N)]

# The contrast, with the first network.
residual = zm[0] - brain.mean(0)
d = diff(brain)


def welch(a, b, axis):
    return np.abs(stats.ttest_ind(a, b, axis=axis, equal_var=False).statistic)


exact = stats.permutation_test((residual[A], residual[B]), welch, vectorized=True, n_resamples=np.inf, alternative="greater")
pool = np.concatenate([residual[A][:1], residual[B]])  # a group of one: all six choices
alone = np.abs(pool - (pool.sum() - pool) / len(B))
plain = float(np.mean(alone >= alone[0] - 1e-12))
others = (d.sum() - d) / (K - 1)
spread = np.sqrt(((d - others) ** 2).mean())

# Variances over stimuli, people and both, by resampling rows and columns themselves.
DRAWS = 30000


def draw(n):
    return rng.integers(0, n, n - 1)


def value(y, x, cols, rows):
    """Effects after resampling: cols are three lists of stimuli (A, B, rest), rows people."""
    # Each stratum of n has n-1 draws; repeat them so that the strata keep their shares.
    sizes = [len(A), len(B), N - len(A) - len(B)]
    weight = np.concatenate([np.full(len(c), s / len(c)) for c, s in zip(cols, sizes)])
    at = np.concatenate(cols)

    def effect(v):
        v = v[..., at]
        m = np.average(v, axis=-1, weights=weight)[..., None]
        s = np.sqrt(np.average((v - m) ** 2, axis=-1, weights=weight))[..., None]
        u = (v - m) / s
        na, nb = len(cols[0]), len(cols[1])
        return u[..., :na].mean(-1) - u[..., na:na + nb].mean(-1), u

    dk, u = effect(y[rows])
    c = (u * weight) @ u.T / weight.sum()
    different = rows[:, None] != rows[None, :]
    if not different.any():
        _, u = effect(y)
        c = (u * weight) @ u.T / weight.sum()
        different = ~np.eye(len(y), dtype=bool)
    agree = c[different].mean()
    if agree < 0.01:  # no scale: the draw is left out
        return None
    h = dk.mean() / np.sqrt(agree)
    m = effect(x)[0]
    return np.array([h, m, m - h])


groups = [A, B, np.arange(12, N)]
every = np.arange(K)
out = {"stimuli": [], "sources": [], "both": []}
for _ in range(DRAWS):
    cols, rows = [g[draw(len(g))] for g in groups], draw(K)
    three = [value(people, models[0], cols, every), value(people, models[0], groups, rows), value(people, models[0], cols, rows)]
    if all(x is not None for x in three):
        for k, x in zip(out, three):
            out[k].append(x)
v = {k: np.var(x, axis=0, ddof=1) for k, x in out.items()}
inter = np.maximum(0, v["both"] - v["stimuli"] - v["sources"])
total = np.maximum(np.maximum(v["stimuli"], v["sources"]), np.minimum(v["both"], v["stimuli"] + v["sources"] - inter))

# scipy's own bootstrap of one profile whose three strata have 12 each: n of n, so that its variance is 11/12 of ours.
one = np.round(np.concatenate([rng.normal(1, 1, 12), rng.normal(0, 2, 12), rng.normal(0, 1, 12)]), 3)


def one_effect(a, b, c, axis):
    all3 = np.concatenate([a, b, c], axis=axis)
    return (a.mean(axis) - b.mean(axis)) / all3.std(axis)


boot = stats.bootstrap((one[:12], one[12:24], one[24:]), one_effect, vectorized=True, n_resamples=30000, rng=rng)

# Stimuli as they are, several networks: Welch's t between networks and people.
between = stats.ttest_ind(zm[:, A[0]] - zm[:, B[0]], z[:, A[0]] - z[:, B[0]], equal_var=False)

# Sign flips, leaving one person out.
mismatches = diff(mean_model) - d


def holds(x):
    return int((x * (x.sum() - x) > 0).sum())


flips = [holds(mismatches * np.array(s)) for s in itertools.product([1, -1], repeat=K)]

# A property, and an exact test of all its orders.
prop = (0.5 * e + rng.normal(0, 1, N)).round(3)
small = (residual[:7].round(3), rng.normal(0, 1, 7).round(3))
pair = stats.permutation_test((small[1],), lambda y, axis=-1: np.abs(np.array([stats.pearsonr(small[0], r).statistic for r in np.atleast_2d(y)])).reshape(np.shape(y)[:-1]),
                              permutation_type="pairings", n_resamples=np.inf, alternative="greater", vectorized=True)

json.dump({
    "tools": f"numpy {np.__version__}, scipy {scipy.__version__}", "seed": SEED,
    "people": people.tolist(), "models": models.tolist(), "a": A.tolist(), "b": B.tolist(),
    "agreement": agreement, "ranked": np.argsort(-np.abs(zm[0] - z[0]), kind="stable").tolist(), "e": (zm[0] - z[0]).tolist(),
    "items": {"e": e.tolist(), "se": stats.sem(brain, axis=0).tolist(), "p": p.tolist(), "q": stats.false_discovery_control(p).tolist(), "wrong": wrong, "same": same},
    "effect": {"people": d.tolist(), "brain": d.mean(), "model": diff(zm[0]), "mismatch": diff(zm[0]) - d.mean(),
               "d": [cohen(brain.mean(0)), cohen(zm[0]), cohen(residual)], "p": exact.pvalue, "count": len(exact.null_distribution),
               "one_p": plain, "spread": spread, "band": spread * stats.norm.ppf(0.975)},
    "se": np.sqrt(total).tolist(),
    "scipy": {"profile": one.tolist(), "se": boot.standard_error * np.sqrt(12 / 11)},
    "pairs": {"t": stats.ttest_1samp(z[:, A[0]] - z[:, B[0]], zm[0][A[0]] - zm[0][B[0]]).pvalue,
              "interval": list(stats.ttest_1samp(zm[0][A[0]] - zm[0][B[0]] - (z[:, A[0]] - z[:, B[0]]), 0).confidence_interval())},
    "between": {"p": between.pvalue, "df": between.df, "interval": list(between.confidence_interval())},
    "flips": {"holds": holds(mismatches), "p": float(np.mean(np.array(flips) >= holds(mismatches)))},
    "property": prop.tolist(), "regression": {"r": stats.linregress(prop, e).rvalue, "slope": stats.linregress(prop, e).slope, "p": stats.linregress(prop, e).pvalue},
    "orders": {"x": small[0].tolist(), "y": small[1].tolist(), "p": float(pair.pvalue)},
}, sys.stdout, indent=None)
