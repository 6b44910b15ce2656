"""Expected values for analysis/encoding's ridge regression: penalties by folds
(himalaya, scikit-learn) and by leaving one stimulus out (scikit-learn).

    python internal/reference/ridge.py > analysis/encoding/testdata/ridge.json
"""
import hashlib
import json
import sys
import warnings

import himalaya
import numpy as np
import sklearn
from himalaya.ridge import RidgeCV as HimalayaCV
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import GridSearchCV, LeaveOneOut, PredefinedSplit, cross_val_score

warnings.simplefilter("error")
SEED = 20261125
CATEGORIES = ["face", "body", "scene"]


def deal(ids, categories, k, seed):
    """Fold of each stimulus: sort by hashed category, then hashed ID; deal in turn."""
    key = lambda name: hashlib.sha256(seed.to_bytes(8, "little") + name.encode()).digest()
    order = sorted(range(len(ids)), key=lambda i: (key(categories[i] + "\0"), key(ids[i])))
    fold = np.zeros(len(ids), int)
    for turn, i in enumerate(order):
        fold[i] = turn % k
    return fold


def case(name, rng, n, p, rank, t, noise, lambdas, folds, seed):
    x = rng.standard_normal((n, rank)) * rng.uniform(0.2, 3, rank)
    if rank < min(n, p):  # features that are whole multiples of others: exactly of that rank
        x = np.round(x, 3)[:, rng.integers(0, rank, p)] * rng.integers(1, 4, p)
    x = np.round(x[:, :p] + np.round(rng.uniform(-2, 5, p), 3), 3)
    y = np.round(x @ rng.standard_normal((p, t)) * rng.uniform(0, 1, t) / np.sqrt(p) + noise * rng.standard_normal((n, t)), 3)
    ids = [f"set/{i:03d}" for i in range(n)]
    cats = [CATEGORIES[i % 3] for i in range(n)]
    fold = deal(ids, cats, folds, seed)
    cv = PredefinedSplit(fold)

    h = HimalayaCV(alphas=lambdas, fit_intercept=True, cv=cv, solver_params=dict(warn=False)).fit(x, y)
    searches = [
        GridSearchCV(Ridge(solver="cholesky"), {"alpha": lambdas}, scoring="neg_mean_squared_error", cv=cv).fit(x, y[:, j])
        for j in range(t)
    ]
    best = [s.best_params_["alpha"] for s in searches]
    assert np.allclose(h.best_alphas_, best), (name, h.best_alphas_, best)
    coef = np.stack([Ridge(alpha=a, solver="svd").fit(x, y[:, j]).coef_ for j, a in enumerate(best)], 1)
    assert np.allclose(h.coef_, coef, rtol=0, atol=1e-8 * abs(coef).max()), name

    loo = RidgeCV(alphas=lambdas, alpha_per_target=True).fit(x, y)
    for j in range(t):  # the closed form, against leaving out each
        slow = cross_val_score(Ridge(alpha=loo.alpha_[j], solver="svd"), x, y[:, j], scoring="neg_mean_squared_error", cv=LeaveOneOut()).mean()
        assert np.isclose(slow, loo.best_score_[j], rtol=1e-7), (name, slow, loo.best_score_[j])
    significant = lambda a: [[float(f"{v:.12g}") for v in row] for row in np.atleast_2d(a)]
    return dict(
        Name=name, IDs=ids, Categories=cats, X=x.tolist(), Y=y.tolist(), Lambdas=list(lambdas), Folds=folds, Seed=seed,
        BestLambda=best, BestWeights=significant(coef), BestError=[-s.best_score_ for s in searches],
        Himalaya=significant(h.coef_),
        LOOLambda=loo.alpha_.tolist(), LOOWeights=significant(loo.coef_.T), LOOIntercept=significant(loo.intercept_)[0], LOOError=(-loo.best_score_).tolist(),
    )


rng = np.random.default_rng(SEED)
decades = [float(10.0**k) for k in range(-3, 7)]
fine = [float(f"{10.0 ** (k / 4):.6g}") for k in range(-16, 41)]
json.dump(
    dict(
        Made=f"internal/reference/ridge.py, seed {SEED}",
        Versions=dict(numpy=np.__version__, sklearn=sklearn.__version__, himalaya=himalaya.__version__),
        Cases=[
            case("n > p", rng, 60, 9, 9, 4, 1.0, decades, 5, 0),
            case("n < p", rng, 32, 70, 70, 4, 0.7, decades, 4, 3),
            case("n > p, rank 4", rng, 40, 12, 4, 4, 1.0, decades, 5, 1),
            case("n < p, rank 6", rng, 26, 50, 6, 4, 1.0, decades, 5, 2),
            case("57 penalties, n > p", rng, 40, 6, 6, 4, 1.5, fine, 5, 0),
            case("57 penalties, n < p", rng, 30, 45, 45, 4, 1.5, fine, 3, 0),
            case("noise", rng, 33, 64, 64, 4, 30.0, fine, 5, 5),
        ],
    ),
    sys.stdout,
)
