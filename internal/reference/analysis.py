"""Expected values of the measures of package analysis, from scipy.

Run from the root of the repository:

    python internal/reference/analysis.py

It writes analysis/testdata/measures.json: pairs of vectors (few and many
values, ties, a large mean, tiny and huge scale) with Pearson's r, its 95 %
interval, Spearman's rho, its Bonett-Wright interval, and the ranks of x.
"""
import json

import numpy as np
import scipy
from scipy import stats

SEED = 20260529
rng = np.random.default_rng(SEED)


def pair(name, x, y):
    x, y = np.asarray(x, float), np.asarray(y, float)
    n = len(x)
    out = {"name": name, "x": x.tolist(), "y": y.tolist(), "ranks": stats.rankdata(x).tolist(),
           "pearson": stats.pearsonr(x, y).statistic, "spearman": stats.spearmanr(x, y).statistic}
    if n >= 4:
        out["pearson_ci"] = list(stats.pearsonr(x, y).confidence_interval(0.95))
        rho = out["spearman"]
        half = stats.norm.ppf(0.975) * np.sqrt((1 + rho**2 / 2) / (n - 3))
        out["spearman_ci"] = np.tanh(np.arctanh(rho) + np.array([-half, half])).tolist()
    return out


x, y = rng.standard_normal((2, 60))
pairs = [
    pair("independent", x, y),
    pair("related", x, 2 * x + 0.1 * y),
    pair("opposed", x, -x + y),
    pair("large mean", 1e6 + x, 1e6 + x + y),
    pair("tiny", 1e-150 * x, 1e-150 * (x + y)),
    pair("huge", 1e150 * x, 1e150 * (x - y)),
    pair("ties", rng.integers(0, 4, 40), rng.integers(0, 3, 40)),
    pair("ties and zeros", np.maximum(x[:30], 0), np.maximum(y[:30], 0)),
    pair("four", [3, 1, 4, 1], [2, 7, 1, 8]),
    pair("three", [1, 2, 4], [1, 3, 2]),
]
json.dump({
    "made_by": f"internal/reference/analysis.py, seed {SEED}, numpy {np.__version__}, scipy {scipy.__version__}",
    "pairs": pairs,
}, open("analysis/testdata/measures.json", "w"))
