"""Expected values for the sparse-positive, NNLS and PLS fitters of analysis/encoding
from scikit-learn and scipy.

    python internal/reference/solvers.py > analysis/encoding/testdata/solvers.json

The folds are dealt here a second time, from the description in folds.go.
"""
import hashlib
import json
import sys
import warnings

import numpy as np
import scipy
import sklearn
from scipy.optimize import nnls
from sklearn.cross_decomposition._pls import _PLS
from sklearn.linear_model import Lasso, LassoCV
from sklearn.model_selection import PredefinedSplit

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


class PLS(_PLS):
    """PLSRegression(scale=False) whose singular vectors are LAPACK's, not the power method's."""
    _parameter_constraints = dict(_PLS._parameter_constraints)

    def __init__(self, n_components):
        super().__init__(n_components, scale=False, deflation_mode="regression", mode="A", algorithm="svd", copy=True)


def digits(a, n=13):
    if isinstance(a, dict):
        return {k: digits(v, n) for k, v in a.items()}
    if isinstance(a, np.ndarray):
        return digits(a.tolist(), n)
    if isinstance(a, (list, tuple)):
        return [digits(v, n) for v in a]
    if isinstance(a, (float, np.floating)):
        return float(f"{a:.{n}g}")
    return a


def data(rng, n, p, t, noise, kind):
    x = rng.standard_normal((n, p)) * rng.uniform(0.2, 3, p) + rng.uniform(-2, 5, p)
    if kind == "rectified":  # as units behind a ReLU, which overlap a lot
        x = np.maximum(0, rng.standard_normal((n, 6)) @ rng.standard_normal((6, p)) + 0.7 * rng.standard_normal((n, p)))
    if kind == "deficient":  # repeats, sums, and a unit that never fires
        x[:, 1] = x[:, 0]
        x[:, 3] = x[:, 4] + x[:, 5]
        x[:, 6] = 0
    w = rng.standard_normal((p, t)) * (rng.uniform(0, 1, (p, t)) < 0.5)
    x = np.round(x, 3)
    y = x @ w / np.sqrt(p) + noise * rng.standard_normal((n, t)) + rng.uniform(-3, 3, t)
    return x, np.round(y, 3)


def case(name, rng, n, p, t, noise, folds, seed, kind=""):
    x, y = data(rng, n, p, t, noise, kind)
    ids = [f"set/{i:03d}" for i in range(n)]
    cats = [CATEGORIES[i % 3] for i in range(n)]
    out = dict(Name=name, IDs=ids, Categories=cats, X=x, Y=y, Folds=folds, Seed=seed, Unique=kind != "deficient")
    xc, yc = x - x.mean(0), y - y.mean(0)
    fold = deal(ids, cats, folds, seed)

    fits = [nnls(xc, yc[:, j])[0] for j in range(t)]
    out["NNLS"] = np.stack(fits, 1)
    out["NNLSOrigin"] = np.stack([nnls(x, y[:, j])[0] for j in range(t)], 1)

    top = np.maximum(0, (xc.T @ yc).max(0)) / n
    out["Alpha"] = float(np.round(0.05 * top.max(), 6))
    tight = dict(positive=True, tol=1e-15 if kind != "deficient" else 1e-12, max_iter=10_000_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the gap cannot become smaller than rounding
        out["Lasso"] = np.stack([Lasso(alpha=out["Alpha"], **tight).fit(x, y[:, j]).coef_ for j in range(t)], 1)
        cv = dict(positive=True, tol=1e-11, max_iter=1_000_000, alphas=20, cv=PredefinedSplit(fold))
        fits = [LassoCV(**cv).fit(x, y[:, j]) for j in range(t)]
        out["BestAlpha"] = [f.alpha_ for f in fits]
        out["BestLasso"] = np.stack([Lasso(alpha=f.alpha_, **tight).fit(x, y[:, j]).coef_ for j, f in enumerate(fits)], 1)

    a = min(6, p - 1 if kind != "deficient" else 4)
    out["Components"] = a
    f = PLS(a).fit(x, y)
    out["PLS"] = f.coef_.T
    out["PLSIntercept"] = f.intercept_ - f._x_mean @ f.coef_.T
    errs = np.zeros(a)
    for k in range(folds):
        tr, te = fold != k, fold == k
        for c in range(1, a + 1):
            g = PLS(c).fit(x[tr], y[tr])
            errs[c - 1] += ((y[te] - g.predict(x[te])) ** 2).sum(1).mean()
    out["BestComponents"] = int(errs.argmin()) + 1

    # Nested: the outer folds are those above; the inner ones are dealt among the rest.
    pred = np.zeros_like(y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k in range(folds):
            tr, te = fold != k, fold == k
            sub = np.flatnonzero(tr)
            inner = deal([ids[i] for i in sub], [cats[i] for i in sub], folds, seed)
            cv["cv"] = PredefinedSplit(inner)
            for j in range(t):
                best = LassoCV(**cv).fit(x[tr], y[tr][:, j]).alpha_
                pred[te, j] = Lasso(alpha=best, **tight).fit(x[tr], y[tr][:, j]).predict(x[te])
    out["Nested"] = pred
    return digits(out)


rng = np.random.default_rng(SEED)
json.dump(
    dict(
        Made=f"internal/reference/solvers.py, seed {SEED}",
        Versions=dict(numpy=np.__version__, scipy=scipy.__version__, sklearn=sklearn.__version__),
        Cases=[
            case("more stimuli than features", rng, 45, 9, 4, 1.0, 5, 0),
            case("more features than stimuli", rng, 31, 70, 4, 0.5, 4, 7),
            case("as many", rng, 24, 24, 3, 0.3, 3, 1, "rectified"),
            case("one target", rng, 30, 50, 1, 0.2, 5, 2, "rectified"),
            case("more targets than stimuli", rng, 18, 25, 30, 0.5, 3, 3),
            case("rank-deficient", rng, 30, 9, 3, 0.5, 5, 4, "deficient"),
        ],
    ),
    sys.stdout,
    separators=(",", ":"),
)
