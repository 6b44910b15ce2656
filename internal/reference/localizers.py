"""Expected values of the localizers besides the t-test, of overlaps, and of
far tails, from scipy, numpy and mpmath.

Run from the root of the repository:

    python internal/reference/localizers.py

It reads the responses in analysis/localizer/testdata/localizer.json (made by
internal/reference/localizer.py) and writes localizers.json beside it.
"""
import json

import mpmath
import numpy as np
import scipy
from mpmath import mp, mpf
from scipy import stats

mp.dps = 60
base = json.load(open("analysis/localizer/testdata/localizer.json"))
x = np.array(base["responses"])
category, subcategory = np.array(base["category"]), np.array(base["subcategory"])
n, channels = x.shape
alive = np.array([j for j in range(channels) if j not in base["dead"]])
domains = ["face", "body", "scene", "object", "character"]
shown = category != "scrambled"


def sides(name):
    """The preferred and the other stimuli of a category or subcategory."""
    prefer = (category == name) | (subcategory == name)
    return prefer, shown & ~prefer


def fdr(p):
    bh, by = np.ones(channels), np.ones(channels)
    bh[alive] = stats.false_discovery_control(p[alive], method="bh")
    by[alive] = stats.false_discovery_control(p[alive], method="by")
    return bh, by


# Rank sums, channel by channel, since "auto" looks at all of its input for ties.
ranksum = []
for name in ("face", "body", "child", "limb", "word", "scene"):
    a, b = sides(name)
    auc, p = np.zeros(channels), np.ones(channels)
    for j in alive:
        r = stats.mannwhitneyu(x[a, j], x[b, j], method="auto", use_continuity=True)
        auc[j], p[j] = r.statistic / (a.sum() * b.sum()), r.pvalue
    bh, by = fdr(p)
    ranksum.append({"contrast": name, "auc": auc.tolist(), "p": p.tolist(), "bh": bh.tolist(), "by": by.tolist()})
exact = [[n1, n0, k, float(stats.mannwhitneyu(
    # a sample with U = n1·n0 − k for the first: it stands above the others but for k of the pairs
    *(lambda up: (up, np.setdiff1d(np.arange(n1 + n0), up)))(
        np.arange(n0, n0 + n1) - np.array([min(n0, max(0, k - n0 * i)) for i in range(n1)])),
    method="exact").pvalue)]
    for n1, n0 in ((1, 1), (1, 5), (2, 2), (3, 4), (8, 8), (8, 40), (2, 200), (5, 60))
    for k in sorted({0, 1, 2, 3, n1 * n0 // 4, n1 * n0 // 2}) if k <= n1 * n0]

# Effect sizes by their definitions; indices behind a ReLU.
relu = np.maximum(x, 0)
effects = []
for name in ("face", "body", "child"):
    a, b = sides(name)
    d, si, ratio = np.zeros(channels), np.zeros(channels), np.zeros(channels)
    m1, m0 = x[a].mean(0), x[b].mean(0)
    d[alive] = (m1 - m0)[alive] / np.sqrt((x[a].var(0, ddof=1) + x[b].var(0, ddof=1)) / 2)[alive]
    lives = [j for j in range(channels) if np.ptp(relu[a | b, j]) > 0]
    m1, m0 = relu[a].mean(0), relu[b].mean(0)
    si[lives] = (m1[lives] - m0[lives]) / (m1[lives] + m0[lives])
    others = np.max([relu[(category == o) & b].mean(0) for o in domains if ((category == o) & b).any()], axis=0)
    for j in lives:
        ratio[j] = 0 if m1[j] <= 0 else 2.0 ** 52 if others[j] <= 0 else m1[j] / others[j]
    effects.append({"contrast": name, "d": d.tolist(), "si": si.tolist(), "ratio": ratio.tolist()})

# Prince et al. (2024): pooled t against each other category, as the slope of a
# least-squares fit on a 0/1 regressor, its p by mpmath, Benjamini–Yekutieli
# by counting, and all must hold.
def slope(y, g):
    design = np.column_stack([np.ones(len(y)), g])
    beta, rss, _, _ = np.linalg.lstsq(design, y, rcond=None)
    df = len(y) - 2
    t = beta[1] / np.sqrt(rss[0] / df * np.linalg.inv(design.T @ design)[1, 1])
    return t, float(student(t, df))


def student(t, df):
    t, df = mpf(float(t)), mpf(float(df))
    if t * t > df / 10:
        return mpmath.betainc(df / 2, mpf(1) / 2, 0, df / (df + t * t), regularized=True)
    with mp.workdps(800):  # the other side converges; 1 − it has 480 digits left at 1e-320
        return 1 - mpmath.betainc(mpf(1) / 2, df / 2, 0, t * t / (df + t * t), regularized=True)


prince = []
for name in ("face", "body"):
    keep = np.ones(channels, bool)
    keep[base["dead"]] = False
    for other in domains:
        if other == name:
            continue
        rows = (category == name) | (category == other)
        g = (category == name)[rows].astype(float)
        # centred first: lstsq would lose the small differences of large means
        t, p = np.array([slope(x[rows, j] - x[rows, j].mean(), g) for j in alive]).T
        m = len(p)
        factor = sum(1 / k for k in range(1, m + 1))
        q = np.array([min(1, min(v * m * factor / np.sum(p <= v) for v in p[p >= u])) for u in p])
        keep[alive] &= (t > 0) & (q < 0.05)
    prince.append({"contrast": name, "keep": np.flatnonzero(keep).tolist()})

# Student's t where it is hard: many degrees of freedom, far tails, the border
# between two expansions.
tails = []
for df in (1, 2.5, 7, 31.9, 32, 33.3, 60, 150.7, 418.2, 998, 5000.5, 1e5, 1e7):
    for t in (1e-6, 0.01, 0.3, 1, 1.96, 2.7, 4, 7, 7.4, 11, 16, 22, 30, 36, 60, 200):
        p = student(t, df)
        if p > mpf(10) ** -300:
            tails.append([t, df, float(p)])

# The upper tail of the hypergeometric distribution, exactly.
hypergeometric = []
for N, K, m in ((10, 3, 4), (100, 20, 30), (1000, 1, 1), (1000, 999, 500), (5000, 250, 300), (100000, 1000, 1200), (100000, 40000, 50000), (1000000, 900, 40)):
    least, most = max(0, m + K - N), min(m, K)
    mean = m * K // N
    for k in sorted({least, least + 1, mean, mean + 1, int(mean * 1.1) + 2, mean + 40, (mean + most) // 2, most}):
        if not least <= k <= most:
            continue
        term = mp.binomial(K, k) * mp.binomial(N - K, m - k) / mp.binomial(N, m)
        total, i = mpf(0), k
        while i <= most:
            total += term
            if term < total * mpf(10) ** -40 and i > mean:
                break
            term *= mpf(K - i) * (m - i) / (mpf(i + 1) * (N - K - m + i + 1))
            i += 1
        if total > mpf(10) ** -300:
            assert abs(stats.hypergeom.sf(k - 1, N, K, m) / float(total) - 1) < 1e-7 or total < mpf(10) ** -200
            hypergeometric.append([k, N, K, m, float(total)])

json.dump({
    "made_by": f"internal/reference/localizers.py, numpy {np.__version__}, scipy {scipy.__version__}, mpmath {mpmath.__version__}",
    "ranksum": ranksum, "exact": exact, "effects": effects, "prince": prince, "tails": tails, "hypergeometric": hypergeometric,
}, open("analysis/localizer/testdata/localizers.json", "w"), indent=None)
