"""Bootstraps over stimuli and people by rsatoolbox: of the noise ceiling alone,
as eval_bootstrap has it, or with models by the dual bootstrap."""
from common import SPEC, report, uniform

import warnings

import numpy as np
import tqdm

warnings.simplefilter("ignore")
plain = tqdm.tqdm.__init__
tqdm.tqdm.__init__ = lambda self, *a, **k: plain(self, *a, **{**k, "disable": True})

from rsatoolbox.inference import boot_noise_ceiling, bootstrap_sample, eval_dual_bootstrap
from rsatoolbox.model import ModelFixed
from rsatoolbox.rdm import RDMs, compare

n, people, models, method, draws = (SPEC[k] for k in ("n", "people", "models", "method", "draws"))
cells = n * (n - 1) // 2
common = uniform(1, cells, np.float64)
all_rdms = np.array([2 + (uniform(k + 2, cells, np.float64) + common) for k in range(people + models)])
group, others = RDMs(all_rdms[:people]), all_rdms[people:]

if models == 0:
    def work():
        for _ in range(draws):
            boot_noise_ceiling(bootstrap_sample(group)[0], method)
else:
    fixed = [ModelFixed(f"m{i}", RDMs(m[None])) for i, m in enumerate(others)]

    def work():
        eval_dual_bootstrap(fixed, group, method=method, N=draws, k_pattern=1, k_rdm=1)


def answer():
    scores = [compare(RDMs(m[None]), group, method).mean() for m in others]
    return np.array([*boot_noise_ceiling(group, method), *scores])


report(work, answer)
