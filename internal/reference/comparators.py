"""Expected values of the comparators: Pearson, cosine, Spearman, rho-a, tau-a,
tau-b, whitened cosine and whitened Pearson; and of Nili's noise ceilings under
each. By rsatoolbox, scipy and numpy.

Run from the root of the repository, with the folder of the real data:

    FUSIFORM_DATA=... python internal/reference/comparators.py

It writes analysis/testdata/comparators.json (vectors, with and without ties)
and analysis/rsa/testdata/comparators.json (RDMs; ceilings of simulated people
and of kriegeskorte2008_hIT_92, of which only the results are kept).

rsatoolbox computes the whitened measures without sigma_k by a shortcut; the
values here are those of solving with V itself, and the script stops where the
two differ.
"""
import csv
import json
import os
import warnings
from importlib.metadata import version

import numpy as np
import scipy
from rsatoolbox.inference import boot_noise_ceiling
from rsatoolbox.rdm import RDMs, compare
from rsatoolbox.util.matrix import get_v
from scipy import stats

warnings.simplefilter("ignore")
SEED = 20261125
METHODS = ["corr", "cosine", "spearman", "rho-a", "tau-a", "tau-b", "cosine_cov", "corr_cov"]
rng = np.random.default_rng(SEED)
tools = f"rsatoolbox {version('rsatoolbox')}, scipy {scipy.__version__}, numpy {np.__version__}"


def whitened(a, b, centred):
    """aᵀV⁻¹b / √(aᵀV⁻¹a · bᵀV⁻¹b), by solving."""
    n = int((1 + np.sqrt(1 + 8 * len(a))) / 2)
    if centred:
        a, b = a - a.mean(), b - b.mean()
    v = np.asarray(get_v(n, None).todense(), float)
    va, vb = np.linalg.solve(v, np.c_[a, b]).T
    return float(a @ vb / np.sqrt((a @ va) * (b @ vb)))


def values(a, b):
    out = {m: float(compare(RDMs(a[None]), RDMs(b[None]), m)[0, 0]) for m in METHODS}
    for m, centred in [("cosine_cov", False), ("corr_cov", True)]:
        exact = whitened(a, b, centred)
        assert abs(exact - out[m]) < 1e-12, (m, exact, out[m])
        out[m] = exact
    assert abs(out["spearman"] - stats.spearmanr(a, b).statistic) < 1e-12
    assert abs(out["tau-b"] - stats.kendalltau(a, b).statistic) < 1e-12
    assert abs(out["corr"] - stats.pearsonr(a, b).statistic) < 1e-12
    return out


# Vectors of 45 values, an RDM of ten stimuli each.
k = 45
z = rng.standard_normal(k)
vectors = {
    "no ties": (z + 3, z + rng.standard_normal(k) + 2),
    "opposed": (z, -2 * z + .5 * rng.standard_normal(k)),
    "ties": (rng.integers(0, 5, k).astype(float), rng.integers(0, 4, k).astype(float)),
    "ties in one": (rng.integers(0, 3, k).astype(float), rng.standard_normal(k)),
    "categories": ((np.arange(k) % 3 == 0).astype(float), (np.arange(k) % 5 == 0).astype(float)),
    "many zeros": (np.maximum(z, 0), np.maximum(z + rng.standard_normal(k), 0)),
}
pairs = []
for name, (a, b) in vectors.items():
    a, b = a.round(4), b.round(4)
    pairs.append({"name": name, "x": a.tolist(), "y": b.tolist(), **values(a, b)})
json.dump({"made_by": f"internal/reference/comparators.py, seed {SEED}, {tools}", "pairs": pairs},
          open("analysis/testdata/comparators.json", "w"))


def upper(rows):
    return [r.round(4).tolist() for r in rows]


def ceilings(rdms):
    out = {m: [float(v) for v in boot_noise_ceiling(RDMs(rdms), method=m)] for m in METHODS}
    return out


def pdist(x):
    d = 1 - np.corrcoef(x)
    return d[np.triu_indices(len(x), 1)]


# RDMs of small and larger sets of stimuli; models with ties among them.
sizes = []
for n in (3, 4, 7, 12, 26):
    base = rng.standard_normal((n, 8))
    a = pdist(base + .7 * rng.standard_normal((n, 8))).round(4)
    models = [pdist(base + rng.standard_normal((n, 8))).round(4), (pdist(base) > 1).astype(float), np.round(pdist(base), 1)]
    models = [m for m in models if len(set(m)) > 1]
    sizes.append({"n": n, "data": a.tolist(), "models": upper(models), "values": [values(a, m.round(4)) for m in models]})

base = rng.standard_normal((14, 10))
people = np.stack([pdist(base + s * rng.standard_normal((14, 10))) for s in (.5, .8, 1, 1.2, 1.5)]).round(3)
simulated = {"people": people.tolist(), "ceilings": ceilings(people)}

# Draws of stimuli: how often each stands there, and two people compared on
# them. rsatoolbox leaves out the cells of a stimulus with itself.
draws = []
for _ in range(12):
    index = rng.integers(0, 14, 14)
    sample = RDMs(people[:2]).subsample_pattern("index", index)
    one, two = sample.subset("index", [0]), sample.subset("index", [1])
    draws.append({"counts": np.bincount(index, minlength=14).tolist(), "values": {m: float(compare(one, two, m)[0, 0]) for m in METHODS}})
simulated["draws"] = draws

# 92 images: four people, each the mean of two sessions; monkey and models.
folder = os.path.join(os.environ["FUSIFORM_DATA"], "brain/kriegeskorte2008_hIT_92")


def table(name):
    rows = list(csv.reader(open(os.path.join(folder, name))))
    v = np.array(rows[1:], float)
    return {h: v[:, i] for i, h in enumerate(rows[0])}


hit, model = table("hit_rdms_upper.csv"), table("model_rdms_upper.csv")
hit4 = np.stack([np.mean([hit[f"hIT_S{s}_ses{r}"] for r in (1, 2)], 0) for s in (1, 2, 3, 4)])
sources = {"mIT_674neurons": hit["mIT_674neurons"], **{m: model[m] for m in model if m not in "ij"}}
against = {s: {m: float(compare(RDMs(hit4), RDMs(v[None]), m).mean()) for m in METHODS} for s, v in sources.items()}
json.dump({"made_by": f"internal/reference/comparators.py, seed {SEED}, {tools}", "sizes": sizes, "simulated": simulated,
           "hIT": {"ceilings": ceilings(hit4), "against": against}},
          open("analysis/rsa/testdata/comparators.json", "w"))
print(json.dumps(ceilings(hit4), indent=1), json.dumps(against["mIT_674neurons"], indent=1))
