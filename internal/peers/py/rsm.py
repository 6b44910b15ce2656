"""Similarities and distances of patterns, by numpy, scipy and rsatoolbox."""
from common import SPEC, report, sample, uniform

import numpy as np

n, c, runs = SPEC["n"], SPEC["c"], SPEC["runs"]
x = np.empty((runs * n, c))
for k in range(runs):
    x[k * n:(k + 1) * n] = uniform(k + 1, n * c, np.float64).reshape(n, c)
result = None


def upper(m):
    return m[np.triu_indices(n, 1)]


if SPEC["peer"] == "numpy":
    def work():
        global result
        result = np.corrcoef(x)

    def answer():
        return upper(result)
elif SPEC["peer"] == "scipy":
    from scipy.stats import rankdata

    def work():
        global result
        result = np.corrcoef(rankdata(x, axis=1))

    def answer():
        return upper(result)
else:
    from rsatoolbox.data import Dataset
    from rsatoolbox.data.noise import prec_from_residuals
    from rsatoolbox.rdm import calc_rdm

    method = {"rsm/pearson": "correlation", "rdm/euclidean": "euclidean", "rdm/crossnobis": "crossnobis"}[SPEC["what"]]
    named = {}
    if method == "crossnobis":
        residuals = uniform(100, SPEC["r"] * c, np.float64).reshape(-1, c)
        residuals[:, 1:] += residuals[:, :1]
        data = Dataset(x, obs_descriptors={"stimulus": np.tile(np.arange(n), runs), "run": np.repeat(np.arange(runs), n)})
        named = {"descriptor": "stimulus", "cv_descriptor": "run"}
    else:
        data = Dataset(x)

    def work():
        global result
        if method == "crossnobis":
            named["noise"] = prec_from_residuals(residuals)
        result = calc_rdm(data, method=method, **named)

    def answer():
        d = result.get_vectors()[0]
        return 1 - d if method == "correlation" else d

report(work, lambda: sample(answer()))
