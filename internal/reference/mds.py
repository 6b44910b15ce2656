"""Expected values of MDS in analysis/rsa, by scikit-learn (SMACOF from the same
start, and the best of 200 random starts) and numpy (classical scaling).

    python internal/reference/mds.py > analysis/rsa/testdata/mds.json
"""

import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.manifold import smacof

warnings.simplefilter("ignore")
SEED = 20261125
rng = np.random.default_rng(SEED)


def classical(d):
    n = len(d)
    j = np.eye(n) - 1 / n
    w, v = np.linalg.eigh(-j @ (d**2) @ j / 2)
    return v[:, [-1, -2]] * np.sqrt(np.maximum(w[[-1, -2]], 0))


def distances(x):
    return np.linalg.norm(x[:, None] - x[None], axis=2)


def case(name, d):
    d = (d + d.T) / 2
    np.fill_diagonal(d, 0)
    start = classical(d)
    kw = dict(metric=True, n_components=2, max_iter=50_000, eps=1e-15, normalized_stress=True)
    points, stress = smacof(d, init=start, n_init=1, **kw)
    best = smacof(d, n_init=200, random_state=SEED, metric=True, n_components=2, max_iter=2000, eps=1e-9, normalized_stress=True)[1]
    up = np.triu_indices(len(d), 1)
    return dict(name=name, n=len(d), d=d[up].tolist(), classical=distances(start)[up].tolist(),
                stress=float(stress), distances=distances(points)[up].tolist(),
                r=float(np.corrcoef(d[up], distances(points)[up])[0, 1]), best=float(best))


def patterns(n, c, groups):
    centre = rng.normal(0, 1, (groups, c))
    return centre[np.arange(n) % groups] + rng.normal(0, 0.8, (n, c))


plane = rng.normal(0, 1, (12, 2)) * [3, 1]
out = dict(
    seed=SEED, sklearn=sklearn.__version__, numpy=np.__version__,
    cases=[
        case("1 - r, four groups", 1 - np.corrcoef(patterns(24, 40, 4))),
        case("1 - r, noise", 1 - np.corrcoef(rng.normal(0, 1, (15, 30)))),
        case("Euclidean", distances(patterns(30, 12, 3))),
        case("in a plane", distances(plane)),
    ],
)
json.dump(out, sys.stdout, indent=1)
