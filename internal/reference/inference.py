"""Expected values of analysis/inference, by rsatoolbox and scipy: the variance
formulas, whole bootstraps with their draws, tests, and permutations.

    python internal/reference/inference.py > analysis/inference/testdata/reference.json
"""

import itertools
import json
import sys
import warnings
from importlib.metadata import version

import numpy as np
import tqdm
from scipy import stats

warnings.filterwarnings("ignore")
silent = tqdm.tqdm.__init__
tqdm.tqdm.__init__ = lambda self, *a, **k: silent(self, *a, **{**k, "disable": True})

from rsatoolbox.inference import evaluate, eval_fixed
from rsatoolbox.model import ModelFixed
from rsatoolbox.rdm import RDMs
from rsatoolbox.util import inference_util as util

SEED = 20261125
rng = np.random.default_rng(SEED)
out = {"versions": {p: version(p) for p in ("rsatoolbox", "scipy", "numpy")}, "seed": SEED}


def flat(a, digits=None):
    a = np.asarray(a, float)
    return (a if digits is None else a.round(digits)).tolist()


# 1. Variances from covariances of both, people, stimuli; ceiling rows last.
J, K, N = 3, 7, 24
formulas = []
for case in range(6):
    cov = []
    for scale in (1, 0.3 + 0.3 * (case % 3), 0.2 + 0.4 * (case % 2)):
        a = rng.normal(size=(J + 2, J + 4))
        cov.append((scale * a @ a.T / 1000).round(6))
    cov = np.array(cov)
    if case == 5:
        cov = cov[[0, 0, 0]] * np.array([1, 0.05, 0.02]).reshape(3, 1, 1)
    means = rng.normal(0.2, 0.1, J + 1).round(4)
    small = util.extract_variances(cov, True, K, N)
    large = util.extract_variances(cov, True)
    single = util.extract_variances(cov[2], True, None, N)
    dof = min(K, N) - 1
    parts = K / (K - 1) * np.diag(cov[1])[0], N / (N - 1) * np.diag(cov[2])[0]
    df = small[0][0] ** 2 / (parts[0] ** 2 / (K - 1) + parts[1] ** 2 / (N - 1))  # Satterthwaite
    df = np.clip(df, min(K, N) - 1, K + N - 2)
    half = stats.t.ppf(0.975, df) * np.sqrt(small[0][0]) / (1 - means[0] ** 2)
    formulas.append({
        "df": float(df), "interval": flat(np.tanh(np.arctanh(means[0]) + np.array([-half, half]))),
        "covariance": flat(cov), "people": K, "stimuli": N, "means": flat(means),
        "small": [flat(v) for v in small], "large": [flat(v) for v in large], "single": [flat(v) for v in single],
        "pairs": flat(util.t_tests(means[None, :J], small[1], dof)),
        "zero": flat(util.t_test_0(means[None, :J], small[0], dof)),
        "ceiling": flat(util.t_test_nc(means[None, :J], small[2][:, 0], means[J], dof)),
    })
out["formulas"] = formulas

# 2. Whole runs, with what was drawn.
K, N, J, DRAWS = 6, 12, 3, 40
base = rng.normal(size=N * (N - 1) // 2)
people = (3 + base + 0.8 * rng.normal(size=(K, len(base)))).round(2)
models = (3 + base + np.array([[0.5], [1], [2]]) * rng.normal(size=(J, len(base)))).round(1)
out["people"], out["models"] = flat(people), flat(models)
data = RDMs(people)
fixed = [ModelFixed(f"m{i}", RDMs(m[None])) for i, m in enumerate(models)]
drawn = []


def recorder(name):
    plain = getattr(evaluate, name)

    def record(*a, **k):
        r = plain(*a, **k)
        drawn.append(r[1:])
        return r
    setattr(evaluate, name, record)


for name in ("bootstrap_sample", "bootstrap_sample_rdm", "bootstrap_sample_pattern"):
    recorder(name)


def counts(index, n):
    return np.bincount(np.asarray(index, int), minlength=n).tolist()


runs = []
for method in ("corr", "spearman", "cosine", "tau-a", "rho-a", "cosine_cov", "corr_cov"):
    np.random.seed(SEED % 2**31)
    drawn.clear()
    dual = evaluate.eval_dual_bootstrap(fixed, data, method=method, N=DRAWS, k_pattern=1, k_rdm=1)
    draws = [{"people": counts(p, K), "stimuli": counts(s, N)} for p, s in drawn]
    drawn.clear()
    pattern = evaluate.eval_bootstrap_pattern(fixed, data, method=method, N=DRAWS)
    pattern_draws = [counts(s, N) for (s,) in drawn]
    drawn.clear()
    rdm = evaluate.eval_bootstrap_rdm(fixed, data, method=method, N=DRAWS)
    rdm_draws = [counts(p, K) for (p,) in drawn]
    # eval_bootstrap_rdm of rsatoolbox 0.3.2 makes the covariance with the ceiling and then overwrites it by that of
    # the models alone, so it takes the ceiling as known; here the covariance that it made.
    people_var = util.extract_variances(np.cov(np.concatenate([rdm.evaluations.T, rdm.noise_ceiling])), True, K, None)
    assert np.allclose(people_var[0], rdm.model_var) and np.allclose(people_var[1], rdm.diff_var)
    whole = eval_fixed(fixed, data, method=method)
    e = dual.evaluations[:, :, 0, 0, :]  # draw, model, kind
    nc = dual.noise_ceiling[:, :, 0, :]  # bound, draw, kind
    few = 12
    one = {
        "method": method, "draws": draws,
        "scores": flat(e[:few].transpose(2, 0, 1)), "ceilings": flat(nc[:, :few].transpose(2, 1, 0)),
        "model_var": flat(dual.model_var), "pair_var": flat(dual.diff_var), "ceiling_var": flat(dual.noise_ceil_var), "dof": dual.dof,
        "pattern_draws": pattern_draws, "pattern_var": [flat(v) for v in (pattern.model_var, pattern.diff_var, pattern.noise_ceil_var)],
        "people_draws": rdm_draws, "people_var": [flat(v) for v in people_var],
        "per_person": flat(whole.evaluations[0]), "ceiling": flat(whole.noise_ceiling),
        "rank_pairs": flat(whole.test_pairwise("ranksum")), "rank_zero": flat(whole.test_zero("ranksum")), "rank_ceiling": flat(whole.test_noise("ranksum")),
    }
    both, bounds = e[:, :, 0], nc[:, :, 0]
    one["sign_pairs"] = flat(util.bootstrap_pair_tests(both))
    one["sign_zero"] = flat(util.zero_tests(both - 0.45, "bootstrap"))
    # nc_tests of rsatoolbox 0.3.2 fails here (it reshapes N draws to (2, 1)); this is what it is about.
    one["sign_ceiling"] = flat(((bounds[0][:, None] - both <= 0).sum(0) + 1) / len(both))
    runs.append(one)
out["runs"] = runs

# 3. Signed ranks; scipy is exact without ties, and enumerates all signs with.
ranks = []
for d in (rng.normal(0.3, 1, 9).round(3), rng.normal(0.5, 1, 30).round(4), rng.normal(0.3, 1, 11).round(0), np.array([0, 0, 1.0, 2, -1, 3]), np.array([2.0, 2, 2, 2, 2])):
    d = d.tolist()
    nonzero = [v for v in d if v != 0]
    ranks.append({"d": d, "p": float(stats.wilcoxon(nonzero).pvalue)})
out["signed_rank"] = ranks

# 4. All relabellings of few stimuli.
relabel = []
upper = np.triu_indices(5, 1)
for kind in ("rdm", "profile"):
    n = 10 if kind == "rdm" else 5
    a, b = rng.normal(size=(2, n)).round(1)
    b = (a + b).round(1)
    for name, f in ("pearson", lambda x, y: stats.pearsonr(x, y).statistic), ("spearman", lambda x, y: stats.spearmanr(x, y).statistic), ("tau-b", lambda x, y: stats.kendalltau(x, y).statistic):
        m = np.zeros((5, 5))
        if kind == "rdm":
            m[upper] = b
            m = m + m.T
        true = f(a, b)
        count = sum(f(a, m[np.ix_(p, p)][upper] if kind == "rdm" else b[list(p)]) >= true - 1e-12 for p in itertools.permutations(range(5)))
        relabel.append({"kind": kind, "measure": name, "a": flat(a), "b": flat(b), "value": float(true), "p": count / 120})
out["relabel"] = relabel


def short(o):
    """Twelve digits suffice for comparisons of 1e-9."""
    if isinstance(o, float):
        return float(f"{o:.13g}")
    if isinstance(o, list):
        return [short(v) for v in o]
    if isinstance(o, dict):
        return {k: short(v) for k, v in o.items()}
    return o


json.dump(short(out), sys.stdout, separators=(",", ":"))
