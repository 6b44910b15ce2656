"""Localizers by scipy, and by numpy from moments: five categories, each
against the others, with Benjamini-Hochberg's q."""
from common import SPEC, report, sample, uniform

import numpy as np
from scipy import stats

n, channels = SPEC["stimuli"], SPEC["channels"]
x = uniform(1, n * channels, np.float64).reshape(n, channels)
x[:n // 5, :channels // 100] += 0.5
label = 5 * np.arange(n) // n
found = []


def moments():
    """t and q of every category from sums about the overall mean, in blocks of
    channels, as products with the 0/1 matrix of the categories."""
    member = (label[None, :] == np.arange(5)[:, None]).astype(np.float64)
    of = member.sum(1)
    mean = x.mean(0)
    s, q, block = np.empty((5, channels)), np.empty((5, channels)), 4096
    for j in range(0, channels, block):
        z = x[:, j:j + block] - mean[j:j + block]
        s[:, j:j + block] = member @ z
        q[:, j:j + block] = member @ (z * z)
    for k in range(5):
        n1, n0 = of[k], n - of[k]
        s1, s0, q1, q0 = s[k], s.sum(0) - s[k], q[k], q.sum(0) - q[k]
        a, b = (q1 - s1 * s1 / n1) / (n1 - 1) / n1, (q0 - s0 * s0 / n0) / (n0 - 1) / n0
        t = (s1 / n1 - s0 / n0) / np.sqrt(a + b)
        df = (a + b) ** 2 / (a * a / (n1 - 1) + b * b / (n0 - 1))
        yield t, stats.false_discovery_control(2 * stats.t.sf(np.abs(t), df))


def one_by_one():
    for k in range(5):
        a, b = x[label == k], x[label != k]
        if SPEC["what"] == "welch-bh":
            t, p = stats.ttest_ind(a, b, axis=0, equal_var=False)
            yield t, stats.false_discovery_control(p)
        else:
            u, p = stats.mannwhitneyu(a, b, axis=0, method="asymptotic")
            yield u / (len(a) * len(b)), stats.false_discovery_control(p)


def work():
    global found
    found = []
    found = list(moments() if SPEC["peer"] == "numpy" else one_by_one())


report(work, lambda: np.concatenate([sample([f[0] for f in found]), sample([f[1] for f in found])]))
