"""Expected values of analysis/tuning, by numpy and scipy.

    python internal/reference/tuning.py > analysis/tuning/testdata/reference.json
"""

import json
import sys

import numpy as np
import scipy
from scipy import stats

SEED = 20260101
rng = np.random.default_rng(SEED)

n, c = 23, 7
names = ["face", "body", "scene", "object"]
categories = [names[i] for i in rng.integers(0, len(names), n)]
a = rng.normal(1, 2, (n, c)).round(3)
b = (0.5 * a[:, :5] + rng.normal(0, 1, (n, 5))).round(3)
a[4] = a[11]  # two stimuli of equal mean
va, vb = a.mean(1), b.mean(1)

order = list(dict.fromkeys(categories))
groups = [va[[k == name for k in categories]] for name in order]
scores = {}
for name, f in ("pearson", stats.pearsonr), ("spearman", stats.spearmanr):
    scores[name] = f(va, vb).statistic
ci = stats.pearsonr(va, vb).confidence_interval(0.95)

json.dump({
    "tools": f"numpy {np.__version__}, scipy {scipy.__version__}", "seed": SEED,
    "categories": categories, "a": a.tolist(), "b": b.tolist(),
    "profile": va.tolist(), "zscored": stats.zscore(va).tolist(),
    "ranked": np.argsort(-va, kind="stable").tolist(),
    "bars": [{"Category": k, "Mean": g.mean(), "SEM": stats.sem(g), "N": len(g)} for k, g in zip(order, groups)],
    "mean": ((va + vb) / 2).tolist(),
    "pearson": scores["pearson"], "pearson_ci": [ci.low, ci.high], "spearman": scores["spearman"],
}, sys.stdout, indent=1)
