"""A permutation test of Welch's t over all relabellings of two groups of stimuli, by scipy."""
from common import SPEC, report, uniform

import numpy as np
from scipy import stats

n, g, k = SPEC["stimuli"], SPEC["group"], SPEC["people"]
y = np.stack([uniform(1, n, np.float64) + uniform(2 + j, n, np.float64) for j in range(k + 1)])
answer = None


def welch(a, b, axis):
    d = a.mean(axis) - b.mean(axis)
    return np.abs(d) / np.sqrt(a.var(axis, ddof=1) / a.shape[axis] + b.var(axis, ddof=1) / b.shape[axis])


def work():
    global answer
    z = stats.zscore(y, axis=1)
    people = z[:k] / np.sqrt(np.corrcoef(y[:k])[np.triu_indices(k, 1)].mean())
    d = people[:, :g].mean(1) - people[:, g:2 * g].mean(1)
    e = z[k] - people.mean(0)
    p = stats.permutation_test((e[:g], e[g:2 * g]), welch, vectorized=True, n_resamples=np.inf, batch=20000, alternative="greater").pvalue
    answer = np.concatenate([d, [p, e[:g].mean() - e[g:2 * g].mean()]])


report(work, lambda: answer)
