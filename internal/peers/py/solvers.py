"""Non-negative Lasso, NNLS and PLS by scikit-learn and scipy."""
import warnings

from common import SPEC, report, sample, uniform

import numpy as np

n, p, t = SPEC["n"], SPEC["p"], SPEC["t"]
x = uniform(1, n * p, np.float64).reshape(n, p)
x += 0.25 * (uniform(4, n * 16, np.float64).reshape(n, 16) @ uniform(5, 16 * p, np.float64).reshape(16, p))
np.maximum(x, 0, out=x)
w = np.maximum(uniform(2, p * t, np.float64) - 0.8, 0).reshape(p, t)
y = x @ w + uniform(3, n * t, np.float64).reshape(n, t)
what = SPEC["what"]
weights = None
exact = SPEC["peer"].endswith("exact")
warnings.simplefilter("ignore")  # the Lasso says when tol is not reached

if what.startswith("lasso-positive"):
    from sklearn.linear_model import Lasso, LassoCV

    options = dict(positive=True, tol=1e-12 if exact else 1e-4, max_iter=100_000 if exact else 1000)
    if what.endswith("cv"):
        import hashlib

        from sklearn.model_selection import PredefinedSplit

        # The folds of analysis/encoding, from the description in its folds.go.
        key = lambda i: hashlib.sha256(bytes(8) + b"%06d" % i).digest()
        fold = np.zeros(n, int)
        for turn, i in enumerate(sorted(range(n), key=key)):
            fold[i] = turn % 5

        def work():
            global weights
            weights = np.stack([LassoCV(alphas=20, cv=PredefinedSplit(fold), **options).fit(x, y[:, j]).coef_ for j in range(t)], 1)
    else:
        # The Gram matrix once for all targets, where it is the smaller one.
        def work():
            global weights
            weights = Lasso(alpha=SPEC["alpha"], precompute=p <= n, **options).fit(x, y).coef_.reshape(t, p).T
elif what == "nnls":
    from scipy.optimize import nnls

    def work():
        global weights
        xc, yc = x - x.mean(0), y - y.mean(0)
        weights = np.stack([nnls(xc, yc[:, j])[0] for j in range(t)], 1)
else:
    from sklearn.cross_decomposition import PLSRegression
    from sklearn.cross_decomposition._pls import _PLS

    class Exact(_PLS):
        def __init__(self):
            super().__init__(25, scale=False, deflation_mode="regression", mode="A", algorithm="svd", copy=True)

    def work():
        global weights
        weights = (Exact() if exact else PLSRegression(25, scale=False)).fit(x, y).coef_.T



def answer():
    return sample((x - x.mean(0)) @ weights + y.mean(0) if what == "nnls" else np.ascontiguousarray(weights))


report(work, answer)
