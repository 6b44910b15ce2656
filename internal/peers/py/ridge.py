"""Ridge regression by numpy, himalaya and scikit-learn; see ridge.go."""
from common import SPEC, report, sample, uniform

import hashlib

import numpy as np

n, p, t, peer = SPEC["n"], SPEC["p"], SPEC["t"], SPEC["peer"]
dtype = np.float64 if "float64" in peer or peer == "scikit-learn" else np.float32
alphas = np.logspace(-1, 8, 10)

x = uniform(1, n * p, dtype).reshape(n, p)
y = uniform(3, n * t, np.float64).reshape(n, t)
y *= 3
y += x[:, :64].astype(np.float64) @ uniform(2, 64 * t, np.float64).reshape(64, t)
y = y.astype(np.float32).astype(dtype)


def folds(k=5, seed=0):
    """Those of encoding.Ridge: stimuli in the order of a hash, dealt in turn."""
    key = lambda i: hashlib.sha256(seed.to_bytes(8, "little") + b"set/%04d" % i).digest()
    fold = np.empty(n, int)
    fold[sorted(range(n), key=key)] = np.arange(n) % k
    return [(np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(k)]


def numpy_cv():
    """The Gram matrix once; an eigendecomposition and a rotation of y per fold."""
    xc, yc = x - x.mean(0), y - y.mean(0)
    gram = xc @ xc.T
    loss = np.zeros((len(alphas), t), dtype)
    for train, test in folds():
        k = gram[np.ix_(train, train)]
        row, a = k.mean(0), gram[np.ix_(test, train)]
        a = a - a.mean(1, keepdims=True) - row + row.mean()
        k = k - row - row[:, None] + row.mean()
        w, q = np.linalg.eigh(k)
        w = np.maximum(w, 0)
        mean = yc[train].mean(0)
        qy, aq, held = q.T @ (yc[train] - mean), a @ q, yc[test] - mean
        for i, alpha in enumerate(alphas):
            d = (aq / (w + dtype(alpha))) @ qy
            d -= held
            loss[i] += np.einsum("ij,ij->j", d, d) / len(test)
    best = loss.argmin(0)
    w, q = np.linalg.eigh(gram)
    w, qy, c = np.maximum(w, 0), q.T @ yc, np.empty_like(yc)
    for i in np.unique(best):
        at = best == i
        c[:, at] = (q / (w + dtype(alphas[i]))) @ qy[:, at]
    return xc.T @ c


def himalaya_cv():
    """Kernel ridge regression has no intercept: the means are taken off first."""
    from himalaya.kernel_ridge import KernelRidgeCV
    xc, yc = x - x.mean(0), y - y.mean(0)
    m = KernelRidgeCV(alphas=alphas, kernel="linear", cv=folds(), warn=False).fit(xc, yc)
    return xc.T @ m.dual_coef_


def sklearn_loo():
    from sklearn.linear_model import RidgeCV
    return RidgeCV(alphas=alphas, alpha_per_target=True).fit(x, y).coef_.T


def sklearn_fixed():
    from sklearn.linear_model import Ridge
    return Ridge(alpha=1000).fit(x, y).coef_.T


run = {"cv": himalaya_cv if "himalaya" in peer else numpy_cv, "loo": sklearn_loo, "fixed": sklearn_fixed}[SPEC["what"]]
weights = None


def work():
    global weights
    weights = None
    weights = run()


report(work, lambda: sample(np.ascontiguousarray(weights)))
