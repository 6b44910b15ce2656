"""One RDM compared with many, by rsatoolbox (or scipy, one after the other)."""
from common import SPEC, report, sample, uniform

import warnings

import numpy as np

warnings.simplefilter("ignore")
n, models, method = SPEC["n"], SPEC["models"], SPEC["method"]
cells = n * (n - 1) // 2
data = uniform(1, cells, np.float64)
others = np.empty((models, cells))
for k in range(models):
    others[k] = 2 + (uniform(k + 2, cells, np.float64) + data)
data += 2
scores = None

if SPEC["peer"] == "scipy":
    from scipy import stats

    one = {"spearman": stats.spearmanr, "tau-b": stats.kendalltau}[method]

    def work():
        global scores
        scores = [one(data, m).statistic for m in others]
else:
    from rsatoolbox.rdm import RDMs, compare

    a, b = RDMs(data[None]), RDMs(others)

    def work():
        global scores
        scores = compare(a, b, method)

report(work, lambda: sample(scores))
