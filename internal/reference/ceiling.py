"""Expected values of analysis/ceiling, by rsatoolbox, numpy and scipy.

    python internal/reference/ceiling.py > analysis/ceiling/testdata/reference.json
"""

import json
import sys
from importlib.metadata import version

import numpy as np
import scipy
from rsatoolbox.inference import boot_noise_ceiling
from rsatoolbox.rdm import RDMs
from scipy import stats

SEED = 20260103
rng = np.random.default_rng(SEED)

people, n = 6, 9
cells = n * (n - 1) // 2
truth = rng.gamma(2, 1, cells)
rdms = (truth + rng.normal(0, 0.8, (people, cells)) * np.arange(1, people + 1)[:, None] / 3).round(4)


def leave_one_out(x, r):
    """Lower and upper bound, each per row, with the plain mean as the group."""
    lo = [r(x[k], np.delete(x, k, 0).mean(0)).statistic for k in range(len(x))]
    hi = [r(x[k], x.mean(0)).statistic for k in range(len(x))]
    return {"lo": lo, "hi": hi, "mean_lo": np.mean(lo), "mean_hi": np.mean(hi)}


pool = RDMs(rdms)
nili = {m: [float(v) for v in boot_noise_ceiling(pool, method=m)] for m in ("corr", "spearman", "cosine")}

# A model against each person; the interval over people is Student's.
model = (truth + rng.normal(0, 1, cells)).round(4)
each = [stats.pearsonr(x, model).statistic for x in rdms]
half = stats.t.ppf(0.975, people - 1) * stats.sem(each)
against = {"mean": np.mean(each), "lo": np.mean(each) - half, "hi": np.mean(each) + half}

# Profiles measured twice, with their split-half reliabilities, and the
# correction of every pair of people for them.
signal = rng.normal(0, 1, 40)
odd, even = (signal + rng.normal(0, 0.9, (2, people, 40))).round(4)
half = np.array([stats.pearsonr(odd[k], even[k]).statistic for k in range(people)])
reliability = 2 * half / (1 + half)
whole = (odd + even) / 2
corrected = np.corrcoef(whole) / np.sqrt(np.outer(reliability, reliability))
others = [float(np.median(np.delete(corrected[k], k))) for k in range(people)]

json.dump({
    "tools": f"rsatoolbox {version('rsatoolbox')}, numpy {np.__version__}, scipy {scipy.__version__}", "seed": SEED,
    "stimuli": n, "rdms": rdms.tolist(),
    "pearson": leave_one_out(rdms, stats.pearsonr), "spearman": leave_one_out(rdms, stats.spearmanr),
    "nili": nili, "model": model.tolist(), "against": against,
    "odd": odd.tolist(), "even": even.tolist(), "halves": half.tolist(), "reliability": reliability.tolist(),
    "corrected": corrected.tolist(), "median_others": others,
}, sys.stdout, indent=1)
