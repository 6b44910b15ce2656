"""Expected values of reliability from repeats and of bootstrap intervals, by numpy and scipy.

    python internal/reference/ceilings.py

Where FUSIFORM_DATA is set it also prints what real_test.go expects.
"""

import csv
import json
import os
from itertools import combinations
from pathlib import Path

import numpy as np
import scipy
from scipy import optimize, stats

SEED = 20261125
rng = np.random.default_rng(SEED)
tools = f"numpy {np.__version__}, scipy {scipy.__version__}"
root = Path(__file__).parents[2] / "analysis"


def show(stimuli, channels, gain, repeats):
    """repeats × stimuli × channels: a signal per channel and unit noise."""
    signal = rng.normal(0, 1, (stimuli, channels)) * gain
    return (signal + rng.normal(0, 1, (repeats, stimuli, channels)) + 3).round(4)


def zscore(x):
    flat = x.reshape(-1, x.shape[-1])
    return (x - flat.mean(0)) / flat.std(0, ddof=1)


def separate(showings):
    """Noise and signal of a list of (stimulus, response) as in NSD."""
    at = {}
    for i, v in showings:
        at.setdefault(i, []).append(v)
    noise = np.mean([np.var(v, axis=0, ddof=1) for v in at.values() if len(v) > 1], axis=0)
    total = np.var(np.array([v for _, v in showings]), axis=0, ddof=1)
    signal = np.maximum(0, total - noise)
    counts = np.array([len(v) for v in at.values()])
    ncsnr = np.sqrt(signal) / np.sqrt(noise)
    share = np.mean(1 / counts)
    return {"noise": np.sqrt(noise).tolist(), "signal": np.sqrt(signal).tolist(), "ncsnr": ncsnr.tolist(),
            "nc": (100 * ncsnr**2 / (ncsnr**2 + share)).tolist(), "nc3": (100 * ncsnr**2 / (ncsnr**2 + 1 / 3)).tolist()}


# All stimuli three times in one session: after z-scoring the total is 1, and
# signal = 1 − noise, as NSD has it.
gain = np.array([0, 0.3, 1, 2])
x = show(14, 4, gain, 3)
z = zscore(x)
noise = np.var(z, axis=0, ddof=1).mean(0)
ncsnr = np.sqrt(np.maximum(0, 1 - noise) / noise)
equal = {"values": x.tolist(), "z": z.tolist(), "noise": np.sqrt(noise).tolist(), "signal": np.sqrt(np.maximum(0, 1 - noise)).tolist(),
         "ncsnr": ncsnr.tolist(), "nc": (100 * ncsnr**2 / (ncsnr**2 + 1 / 3)).tolist()}

# Three sessions of their own mean and scale, in which stimuli are missing.
y = show(14, 4, gain, 3) * np.array([1, 2, 0.5])[:, None, None] + np.array([0, 5, -3])[:, None, None]
y = y.round(4)
shown = [list(range(14)), [i for i in range(14) if i % 3 != 0], [i for i in range(14) if i % 2 == 0][::-1]]
sessions = [y[k][s] for k, s in enumerate(shown)]
unequal = {"shown": shown, "values": [s.tolist() for s in sessions],
           **separate([(i, v) for s, ids in zip(map(zscore, sessions), shown) for i, v in zip(ids, s)])}


def horst(r, p, q, m):
    """Solves r² = 1/((1+ap)(1+aq)) for a by bracketing."""
    if r <= 0:
        return 0.0
    a = optimize.brentq(lambda a: 1 / np.sqrt((1 + a * p) * (1 + a * q)) - r, 0, 1e6, xtol=1e-15, rtol=1e-14)
    return 1 / (1 + a * m)


def halves(w):
    """Mean correlation per channel over all divisions, and the reliability."""
    k = len(w)
    rs = []
    for first in combinations(range(k), (k + 1) // 2):
        if k % 2 == 0 and 0 not in first:
            continue
        a, b = w[list(first)].mean(0), w[[i for i in range(k) if i not in first]].mean(0)
        rs.append([stats.pearsonr(a[:, j], b[:, j]).statistic for j in range(w.shape[2])])
    r = np.mean(rs, axis=0)
    return {"values": w.tolist(), "divisions": len(rs), "r": r.tolist(),
            "reliability": [horst(v, 1 / ((k + 1) // 2), 1 / (k // 2), 1 / k) for v in r]}


splits = [halves(show(20, 3, np.array([0.3, 1, 2]), k)) for k in (2, 3, 4, 5)]

# Odd against even where stimuli were shown two to four times.
counts = [2 + i % 3 for i in range(20)]
u = show(20, 2, np.array([1, 2]), 4)
odd = np.array([u[0:n:2, i].mean(0) for i, n in enumerate(counts)])
even = np.array([u[1:n:2, i].mean(0) for i, n in enumerate(counts)])
p, q, m = (np.mean([1 / f(n) for n in counts]) for f in (lambda n: (n + 1) // 2, lambda n: n // 2, lambda n: n))
ragged = {"counts": counts, "values": u.tolist(),
          "reliability": [horst(stats.pearsonr(odd[:, j], even[:, j]).statistic, p, q, m) for j in range(2)]}

# The matrix of three people with three repeats each and a network, from the
# mean over two channels and from correlation distances between eight.
people = [show(16, 8, 1.5, 3) for _ in range(3)]
common = rng.normal(0, 1.5, (16, 8)) + rng.normal(0, 1.5, (16, 1))
people = [(v + common).round(4) for v in people]
network = (common + rng.normal(0, 1, (16, 8))).round(4)


def profile(v):
    return v.mean(1)


def rdm(v):
    return 1 - np.corrcoef(v)[np.triu_indices(16, 1)]


def matrix(of):
    items = [of(v.mean(0)) for v in people] + [of(network)]
    rel = [horst(np.corrcoef(of(v[[0, 2]].mean(0)), of(v[1]))[0, 1], 1 / 2, 1, 1 / 3) for v in people] + [1]
    return (np.corrcoef(items) / np.sqrt(np.outer(rel, rel))).tolist()


matrices = {"people": [v.tolist() for v in people], "network": network.tolist(), "univariate": matrix(profile), "multivariate": matrix(rdm)}

with open(root / "ceiling/testdata/repeats.json", "w") as f:
    json.dump({"tools": tools, "seed": SEED, "equal": equal, "unequal": unequal, "splits": splits, "ragged": ragged, "matrix": matrices}, f)

# The expanded percentile interval; gonum's LinInterp is numpy's
# interpolated_inverted_cdf.
draws = (rng.normal(0.5, 0.1, 200) ** 2).round(6)
cases = []
for n in (6, 8, 20, 185, 2, 5):
    wide = stats.t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1))
    se = draws.std(ddof=1)
    if n <= 5:
        lo, hi = 0.25 - wide * se, 0.25 + wide * se
    else:
        level = stats.norm.sf(wide)
        lo, hi = np.quantile(draws, [level, 1 - level], method="interpolated_inverted_cdf")
    cases.append({"n": n, "lo": lo, "hi": hi, "se": se})
with open(root / "testdata/bootstrap.json", "w") as f:
    json.dump({"tools": tools, "seed": SEED, "draws": draws.tolist(), "value": 0.25, "cases": cases}, f)


def vpnl(voxels):
    """The 45 cells of each person's right lateral VTC, sessions averaged."""
    people = {}
    with open(Path(os.environ["FUSIFORM_DATA"]) / f"brain/vpnl_floc_rsms/floc_rsm_{voxels}.csv") as f:
        for row in csv.DictReader(f):
            names = list(dict.fromkeys(k.split("|")[0] for k in row if "|" in k))
            m = np.array([[float(row[f"{a}|{b}"]) for b in names] for a in names])
            if row["roi"] == "rh_vtc_lateral" and not np.isnan(m).all():
                people.setdefault(row["subject"], []).append(m[np.triu_indices(10, 1)])
    return {p: np.mean(v, axis=0) for p, v in people.items()}


def across(one, other):
    return np.mean([np.corrcoef(v, np.mean([w for q, w in other.items() if q != p], axis=0))[0, 1] for p, v in one.items()])


if "FUSIFORM_DATA" in os.environ:
    selective, rest = vpnl("selective_latmed"), vpnl("nonselective_latmed")
    print(f"{len(selective)} people; selective {across(selective, selective):.6f}, rest {across(rest, rest):.6f}, "
          f"selective with rest {across(selective, rest):.6f}, rest with selective {across(rest, selective):.6f}")
