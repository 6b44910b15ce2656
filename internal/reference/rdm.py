"""Expected values of the distances and noise covariances of analysis/rsa, by
rsatoolbox, and of its centred kernel alignment, by numpy after the formulas of
the papers.

    python internal/reference/rdm.py > analysis/rsa/testdata/rdm.json
"""

import json
import sys
from importlib.metadata import version

import numpy as np
from rsatoolbox.data import Dataset
from rsatoolbox.data.noise import (cov_from_measurements, cov_from_residuals,
                                   cov_from_unbalanced, prec_from_residuals)
from rsatoolbox.rdm import calc_rdm

SEED = 20261125
rng = np.random.default_rng(SEED)
SHRINKAGE = {"ToDiagonal": "shrinkage_diag", "ToIdentity": "shrinkage_eye", "OnlyDiagonal": "diag", "Unshrunk": "full"}


def upper(m):
    return np.asarray(m)[np.triu_indices(len(m))].tolist()


def rdm(method, x, **named):
    """The RDM of runs of the same conditions, or of one."""
    runs, n, c = x.shape
    data = Dataset(x.reshape(runs * n, c), obs_descriptors={"stimulus": np.tile(np.arange(n), runs), "run": np.repeat(np.arange(runs), n)})
    if method == "crossnobis":
        named["cv_descriptor"] = "run"
    return calc_rdm(data, method=method, descriptor="stimulus", **named).get_vectors()[0].tolist()


def case(name, n, c, runs, rows):
    """Responses whose noise correlates between channels, and residuals of it."""
    mix = rng.normal(size=(c, c)) / np.sqrt(c) + np.diag(rng.uniform(0.5, 2, c))
    signal = 5 + rng.normal(size=(n, c))
    x = (signal + rng.normal(size=(runs, n, c)) @ mix).round(3)
    residuals = (rng.normal(size=(rows, c)) @ mix + 1).round(3)
    out = {"name": name, "x": x.tolist(), "residuals": residuals.tolist(), "dof": rows - 3, "noise": {}}
    out["euclidean"] = rdm("euclidean", x[:1])
    out["cross_euclidean"] = rdm("crossnobis", x)
    repeated = Dataset(x.transpose(1, 0, 2).reshape(n * runs, c), obs_descriptors={"stimulus": np.repeat(np.arange(n), runs)})
    for ours, theirs in SHRINKAGE.items():
        if ours == "Unshrunk" and rows <= c or c == 1 and ours.startswith("To"):
            continue  # singular; NaN in rsatoolbox
        precision = prec_from_residuals(residuals, method=theirs)
        noise = {
            "cov": upper(cov_from_residuals(residuals, method=theirs)),
            "cov_dof": upper(cov_from_residuals(residuals, dof=rows - 3, method=theirs)),
            "precision": upper(precision),
            "mahalanobis": rdm("mahalanobis", x[:1], noise=precision),
            "crossnobis": rdm("crossnobis", x, noise=precision),
            "crossnobis_each": rdm("crossnobis", x, noise=[prec_from_residuals(residuals * (1 + k / 2) + k * residuals[::-1] / 4, method=theirs) for k in range(runs)]),
            "unbalanced": upper(cov_from_unbalanced(repeated, "stimulus", method=theirs)),
            "measurements": upper(cov_from_measurements(repeated, "stimulus", method=theirs)),
        }
        out["noise"][ours] = noise
    return out


def cka(x, y):
    """Linear CKA by the n×n Gram matrices, with the biased HSIC of Kornblith
    et al. (2019) and the unbiased one of Song et al. (2012), equation 5."""
    n = len(x)
    h = np.eye(n) - 1 / n
    k, l = x @ x.T, y @ y.T

    def biased(k, l):
        return np.trace(k @ h @ l @ h) / (n - 1) ** 2

    def unbiased(k, l):
        k, l, one = k - np.diag(np.diag(k)), l - np.diag(np.diag(l)), np.ones(n)
        return (np.trace(k @ l) + (one @ k @ one) * (one @ l @ one) / (n - 1) / (n - 2) - 2 / (n - 2) * (one @ k @ l @ one)) / n / (n - 3)

    return [hsic(k, l) / np.sqrt(hsic(k, k) * hsic(l, l)) for hsic in (biased, unbiased)]


def aligned(n, a, b):
    x = (2 + rng.normal(size=(n, a))).round(3)
    y = (x[:, : min(a, b)] @ rng.normal(size=(min(a, b), b)) + 3 * rng.normal(size=(n, b)) - 1).round(3)
    biased, unbiased = cka(x, y)
    return {"a": x.tolist(), "b": y.tolist(), "biased": biased, "unbiased": unbiased}


json.dump({
    "tools": f"rsatoolbox {version('rsatoolbox')}, numpy {np.__version__}", "seed": SEED,
    "cases": [case("more residuals than channels", 6, 5, 3, 20), case("fewer residuals than channels", 7, 12, 2, 6),
              case("one channel", 4, 1, 2, 8), case("two stimuli", 2, 4, 4, 9)],
    "cka": [aligned(12, 3, 5), aligned(6, 15, 4), aligned(4, 2, 7)],
}, sys.stdout)
