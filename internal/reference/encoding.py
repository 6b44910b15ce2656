"""Expected values for analysis/encoding from scikit-learn, himalaya and scipy.

    python internal/reference/encoding.py > analysis/encoding/testdata/reference.json

The folds are dealt here a second time, from the description in folds.go.
"""
import hashlib
import json
import sys
import warnings

import himalaya
import numpy as np
import scipy
import scipy.stats
import sklearn
from himalaya.ridge import RidgeCV
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, PredefinedSplit

warnings.simplefilter("error")
SEED = 20260529
CATEGORIES = ["face", "body", "scene"]
LAMBDAS = [0.01, 0.1, 1, 10, 100, 1000]


def deal(ids, categories, k, seed):
    """Fold of each stimulus: sort by hashed category, then hashed ID; deal in turn."""
    key = lambda name: hashlib.sha256(seed.to_bytes(8, "little") + name.encode()).digest()
    order = sorted(range(len(ids)), key=lambda i: (key(categories[i] + "\0"), key(ids[i])))
    fold = np.zeros(len(ids), int)
    for turn, i in enumerate(order):
        fold[i] = turn % k
    return fold


def data(rng, n, p, t, noise):
    x = rng.standard_normal((n, p)) * rng.uniform(0.2, 3, p) + rng.uniform(-2, 5, p)
    w = rng.standard_normal((p, t)) * rng.uniform(0, 1, t)
    y = x @ w / np.sqrt(p) + noise * rng.standard_normal((n, t)) + rng.uniform(-3, 3, t)
    return np.round(x, 4), np.round(y, 4)


def search(x, y, fold):
    """GridSearchCV per target; himalaya must pick the same λ and find the same weights."""
    cv = PredefinedSplit(fold)
    fits = [
        GridSearchCV(Ridge(solver="cholesky"), {"alpha": LAMBDAS}, scoring="neg_mean_squared_error", cv=cv).fit(x, y[:, j])
        for j in range(y.shape[1])
    ]
    best = [f.best_params_["alpha"] for f in fits]
    h = RidgeCV(alphas=LAMBDAS, fit_intercept=True, cv=cv, solver_params=dict(warn=False)).fit(x, y)
    assert np.allclose(h.best_alphas_, best), (h.best_alphas_, best)
    assert np.allclose(h.coef_, np.stack([f.best_estimator_.coef_ for f in fits], 1), atol=1e-7)
    return fits, best


def case(name, rng, n, p, t, noise, folds, seed):
    x, y = data(rng, n, p, t, noise)
    ids = [f"set/{i:03d}" for i in range(n)]
    cats = [CATEGORIES[i % 3] if i % 7 else "body" for i in range(n)]
    out = dict(Name=name, IDs=ids, Categories=cats, X=x.tolist(), Y=y.tolist(), Lambdas=LAMBDAS, Folds=folds, Seed=seed)

    fixed = Ridge(alpha=10, solver="svd").fit(x, y)
    out["FixedLambda"] = 10
    out["FixedWeights"] = fixed.coef_.T.tolist()
    out["FixedIntercept"] = fixed.intercept_.tolist()
    if p < n - 1:
        ols = LinearRegression().fit(x, y)
        out["OLSWeights"] = ols.coef_.T.tolist()

    fold = deal(ids, cats, folds, seed)
    out["Fold"] = fold.tolist()
    fits, best = search(x, y, fold)
    out["BestLambda"] = best
    out["BestWeights"] = np.stack([f.best_estimator_.coef_ for f in fits], 1).tolist()

    # Nested: the outer folds are those above; the inner ones are dealt among the rest.
    pred = np.zeros_like(y)
    log = np.zeros(t)
    for k in range(folds):
        tr, te = fold != k, fold == k
        sub = [i for i in range(n) if tr[i]]
        inner = deal([ids[i] for i in sub], [cats[i] for i in sub], folds, seed)
        fits, best = search(x[tr], y[tr], inner)
        pred[te] = np.stack([f.predict(x[te]) for f in fits], 1)
        log += np.log(best) / folds
    out["Predicted"] = pred.tolist()
    out["MeanLambda"] = np.exp(log).tolist()
    out["Pearson"] = [scipy.stats.pearsonr(y[:, j], pred[:, j]).statistic for j in range(t)]
    out["Spearman"] = [scipy.stats.spearmanr(y[:, j], pred[:, j]).statistic for j in range(t)]
    return out


rng = np.random.default_rng(SEED)
json.dump(
    dict(
        Made=f"internal/reference/encoding.py, seed {SEED}",
        Versions=dict(numpy=np.__version__, scipy=scipy.__version__, sklearn=sklearn.__version__, himalaya=himalaya.__version__),
        Cases=[
            case("primal", rng, 45, 7, 4, 1.0, 5, 0),
            case("dual", rng, 31, 60, 4, 0.5, 4, 7),
            case("square", rng, 24, 24, 3, 0.3, 3, 1),
        ],
    ),
    sys.stdout,
)
