"""Expected values of analysis/localizer, from scipy.

Run from the root of the repository:

    python internal/reference/localizer.py

It writes analysis/localizer/testdata/localizer.json: responses of 44 stimuli
(five categories, two subcategories each, unequal numbers, and scrambled ones)
in 30 channels of very different scale, offset and sparsity, four of them
dead, and what scipy makes of them.
"""
import json

import numpy as np
import scipy
from scipy import stats

SEED = 20260529
rng = np.random.default_rng(SEED)

counts = {
    ("face", "adult"): 5, ("face", "child"): 4, ("body", "body"): 5, ("body", "limb"): 2,
    ("scene", "corridor"): 3, ("scene", "house"): 6, ("object", "car"): 3, ("object", "instrument"): 4,
    ("character", "word"): 2, ("character", "number"): 5, ("scrambled", ""): 5,
}
labels = [k for k, n in counts.items() for _ in range(n)]
order = rng.permutation(len(labels))
labels = [labels[i] for i in order]
category = np.array([c for c, _ in labels])
subcategory = np.array([s for _, s in labels])

n, channels = len(labels), 30
x = rng.standard_normal((n, channels))
x[category == "face", 0:6] += np.array([0.5, 1, 2, 4, 8, 16])  # planted face channels
x[category == "body", 6:9] += 3
x[subcategory == "child", 9] += 5
x[:, 10:14] = np.maximum(x[:, 10:14], 0)  # rectified, sparse
x[:, 14] = x[:, 14] * 1e-8
x[:, 15] = x[:, 15] * 1e8
x[:, 16] += 1e4  # raw scanner units: a large mean
x[:, 17] = -1000 + 30 * x[:, 17]
x[:, 18] = x[:, 18] * (1 + 9 * (category == "face"))  # unequal variances
x[:, 19] = np.round(x[:, 19])  # ties
dead = [20, 21, 22, 23]
x[:, 20] = 0
x[:, 21] = 7
x[:, 22] = -0.1
x[:, 23] = np.where(category == "scrambled", 5, 0)  # varies over scrambled stimuli only
alive = np.array([j for j in range(channels) if j not in dead])


def test(a, b, pooled):
    """t, p, BH q and BY q over the living channels; 0 and 1 where dead."""
    t, p, bh, by = np.zeros(channels), np.ones(channels), np.ones(channels), np.ones(channels)
    t[alive], p[alive] = stats.ttest_ind(x[a][:, alive], x[b][:, alive], equal_var=pooled)
    bh[alive] = stats.false_discovery_control(p[alive], method="bh")
    by[alive] = stats.false_discovery_control(p[alive], method="by")
    return t, p, bh, by


def case(name, prefer, over, each, pooled):
    if each:
        results = [test(prefer, o, pooled) for o in over]
        t = np.min([r[0] for r in results], axis=0)
        p, bh, by = (np.max([r[k] for r in results], axis=0) for k in (1, 2, 3))
    else:
        t, p, bh, by = test(prefer, np.any(over, axis=0), pooled)
    return {"contrast": name, "pooled": pooled, "conjunction": each,
            "t": t.tolist(), "p": p.tolist(), "bh": bh.tolist(), "by": by.tolist()}


domains = ["face", "body", "scene", "object", "character"]
cases = []
for pooled in (False, True):
    for each in (False, True):
        for d, name in (("face", "faces"), ("body", "bodies")):
            cases.append(case(name, category == d, [category == o for o in domains if o != d], each, pooled))
    cases.append(case("child", subcategory == "child",
                      [(category == o) & (subcategory != "child") for o in domains], False, pooled))

grid_t = [1e-4, 0.1, 0.5, 1, 1.5, 1.7, 1.8, 2, 3, 5, 7, 12, 20, 40, 100]
grid_df = [1, 1.5, 2, 3, 4.7, 10, 31.9, 32.1, 57.3, 190.2, 500.3, 998, 1500.5]
student = [[t, df, 2 * stats.t.sf(t, df)] for t in grid_t for df in grid_df]

json.dump({
    "made_by": f"internal/reference/localizer.py, seed {SEED}, numpy {np.__version__}, scipy {scipy.__version__}",
    "category": category.tolist(), "subcategory": subcategory.tolist(), "dead": dead,
    "responses": x.tolist(), "cases": cases,
    "student": [s for s in student if s[2] > 1e-290],
}, open("analysis/localizer/testdata/localizer.json", "w"), indent=None)
