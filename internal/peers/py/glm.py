"""First-level models by nilearn: from files of runs to the t-map of house - face,
or the designs alone."""
from common import SPEC, report

import warnings

import nibabel as nib
import numpy as np
import pandas as pd
from nilearn.glm.first_level import FirstLevelModel, make_first_level_design_matrix

warnings.simplefilter("ignore")
F, WHAT = SPEC["files"], SPEC["what"]
RUNS = range(1, F["runs"] + 1)
JOBS = SPEC["threads"] if SPEC["peer"] == "nilearn n_jobs" else 1
found = None


def tables(kind):
    return [pd.read_csv(F[kind] % r, sep="\t") for r in RUNS] if F[kind] else None


def designs():
    out = []
    for r, events in zip(RUNS, tables("events")):
        head = nib.load(F["bold"] % r).header
        n, tr = head.get_data_shape()[3], float(head.get_zooms()[3])
        d = make_first_level_design_matrix(np.linspace(0, (n - 1) * tr, n), events)
        out += [d[c].to_numpy() for c in sorted(d.columns)]
    return np.concatenate(out)


def tmap():
    paths = [F["bold"] % r for r in RUNS]
    mask = F["mask"]
    if not mask:
        images = [nib.load(p) for p in paths]
        alive = np.stack([i.get_fdata() for i in images]).std(-1).min(0) > 0
        mask = nib.Nifti1Image(alive.astype("u1"), images[0].affine)
    m = FirstLevelModel(t_r=float(nib.load(paths[0]).header.get_zooms()[3]), mask_img=mask, noise_model=WHAT, signal_scaling=False, n_jobs=JOBS)
    m.fit(paths, events=tables("events"), confounds=tables("confounds"))
    t = m.compute_contrast("house - face", output_type="stat").get_fdata()
    t = t.ravel(order="F")
    return t[nib.load(mask).get_fdata().ravel(order="F") > 0] if F["mask"] else t


def work():
    global found
    found = None
    found = designs() if WHAT == "design" else tmap()


report(work, lambda: found)
