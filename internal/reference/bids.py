"""Expected values for BIDS data sets, from nilearn.

    PYTHONPATH=<folder with nilearn> python internal/reference/bids.py

writes analysis/dataset/testdata/bids/: a table of confounds as fMRIPrep writes
it, and expected.json with what nilearn's load_confounds makes of it for several
strategies. With the folder of a data set that nb.WriteScans has written as
argument (FUSIFORM_SCANS=<folder> go test -run TestBIDSAsNilearn ./nbext), it writes
nbext/testdata/bids.json, too: what first_level_from_bids finds there, its
designs, and t of each fifth voxel. Made with nilearn 0.14.1, numpy 2.4.6, pandas 3.1.1.
"""

import json
import pathlib
import sys
import warnings

import nibabel as nib
import nilearn
import numpy as np
import pandas as pd
from nilearn.glm.first_level import first_level_from_bids
from nilearn.interfaces.fmriprep import load_confounds
from nilearn.masking import intersect_masks

warnings.filterwarnings("ignore")
SEED = 20261126
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "analysis" / "dataset" / "testdata" / "bids"
VERSIONS = {"nilearn": nilearn.__version__, "numpy": np.__version__, "pandas": pd.__version__}
N = 36


def expanded(rng, names, table):
    for name in names:
        x = np.round(rng.normal(size=N).cumsum() * 0.03, 6)
        d = np.concatenate([[np.nan], np.diff(x)])
        table[name], table[name + "_derivative1"] = x, d
        table[name + "_power2"], table[name + "_derivative1_power2"] = x**2, d**2


def main():
    rng = np.random.default_rng(SEED)
    OUT.mkdir(parents=True, exist_ok=True)
    table = {}
    expanded(rng, ["global_signal", "csf", "white_matter"], table)
    table["std_dvars"] = np.concatenate([[np.nan], np.round(1 + 0.3 * rng.normal(size=N - 1), 5)])
    table["framewise_displacement"] = np.concatenate([[np.nan], np.round(0.2 + 0.1 * rng.random(N - 1), 5)])
    for volume, fd in [(9, 0.9), (13, 1.4), (22, 0.61)]:
        table["framewise_displacement"][volume] = fd
    table["std_dvars"][30] = 2.5
    meta = {}
    for i in range(7):
        table[f"a_comp_cor_{i:02d}"] = np.round(rng.normal(size=N), 6)
        meta[f"a_comp_cor_{i:02d}"] = {"Method": "aCompCor", "Mask": ["combined", "combined", "CSF", "combined", "WM", "combined", "CSF"][i], "Retained": True}
    for i in range(2):
        table[f"cosine{i:02d}"] = np.cos(np.pi * (i + 1) * (np.arange(N) + 0.5) / N)
    expanded(rng, ["trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"], table)
    steady = np.zeros(N)
    steady[0] = 1
    table["non_steady_state_outlier00"] = steady
    table["motion_outlier00"] = np.eye(N)[13]
    stem = OUT / "sub-01_task-floc_desc-confounds_timeseries"
    pd.DataFrame(table).to_csv(stem.with_suffix(".tsv"), sep="\t", index=False, na_rep="n/a", float_format="%.8g")
    stem.with_suffix(".json").write_text(json.dumps(meta, indent=1) + "\n")
    image = OUT / "sub-01_task-floc_space-T1w_desc-preproc_bold.nii.gz"
    image.touch()
    rows = []
    for asked, strategy, options in [
        ({"Motion": 6}, ["motion"], {"motion": "basic"}),
        ({"Motion": 12}, ["motion"], {"motion": "derivatives"}),
        ({"Motion": 24, "WMCSF": 2, "Cosines": True}, ["motion", "high_pass", "wm_csf"], {}),
        ({"WMCSF": 4, "GlobalSignal": 1}, ["wm_csf", "global_signal"], {"wm_csf": "derivatives"}),
        ({"WMCSF": 8, "GlobalSignal": 4}, ["wm_csf", "global_signal"], {"wm_csf": "full", "global_signal": "full"}),
        ({"GlobalSignal": 2}, ["global_signal"], {"global_signal": "derivatives"}),
        ({"CompCor": 3, "Cosines": True}, ["high_pass", "compcor"], {"compcor": "anat_combined", "n_compcor": 3}),
        ({"CompCor": 99, "Cosines": True}, ["high_pass", "compcor"], {"compcor": "anat_combined", "n_compcor": "all"}),
        ({"Motion": 6, "Scrub": {"FD": 0.5, "DVARS": 1.5, "Segment": 5}}, ["motion", "scrub"], {"motion": "basic", "scrub": 5, "fd_threshold": 0.5, "std_dvars_threshold": 1.5}),
        ({"Motion": 6, "Scrub": {"FD": 0.6, "DVARS": 99, "Segment": 0}}, ["motion", "scrub"], {"motion": "basic", "scrub": 0, "fd_threshold": 0.6, "std_dvars_threshold": 99}),
        ({"Motion": 6, "Scrub": {"FD": 0.6, "DVARS": 99, "Segment": 9}}, ["motion", "scrub"], {"motion": "basic", "scrub": 9, "fd_threshold": 0.6, "std_dvars_threshold": 99}),
    ]:
        got, mask = load_confounds(str(image), strategy=strategy, **options)
        rows.append({"asked": asked, "columns": list(got.columns), "values": got.to_numpy().tolist(), "kept": None if mask is None else mask.tolist()})
    image.unlink()
    (OUT / "expected.json").write_text(json.dumps({"versions": VERSIONS, "seed": SEED, "rows": rows}) + "\n")


def scanned(folder):
    """What nilearn makes of a data set that nb.WriteScans wrote."""
    made = "derivatives/fmriprep"
    out = {"versions": VERSIONS | {"nibabel": nib.__version__}, "people": {}, "t": {}}
    for noise in ("ols", "ar1"):
        models, images, events, confounds = first_level_from_bids(
            folder, "drawings", space_label="T1w", img_filters=[("desc", "preproc")], derivatives_folder=made, noise_model=noise,
            drift_model="cosine", high_pass=0.01, hrf_model="glover", signal_scaling=0, confounds_strategy=("motion", "wm_csf"), confounds_motion="basic")
        for model, runs, ev, co in zip(models, images, events, confounds):
            who = model.subject_label
            masks = [i.replace("desc-preproc_bold", "desc-brain_mask") for i in runs]
            model.mask_img = intersect_masks(masks, threshold=1, connected=False)
            kept = load_confounds(runs, strategy=("motion", "wm_csf"), motion="basic")[1]
            model.fit(runs, events=ev, confounds=co, sample_masks=kept)
            d = model.design_matrices_
            faces = [np.array([(("face" in c) - 0.25 * ("face" not in c)) if "shown/" in c else 0.0 for c in x.columns]) for x in d]
            faces = [w / w[w > 0].sum() for w in faces]
            t = model.compute_contrast(faces, output_type="stat").get_fdata()
            inside = model.masker_.mask_img_.get_fdata().ravel(order="F") > 0
            out["t"][f"{who} {noise}"] = t.ravel(order="F")[inside][::5].tolist()
            out["people"][who] = {"runs": [pathlib.Path(i).name for i in runs], "tr": model.t_r, "slice_time": model.slice_time_ref, "voxels": int(inside.sum()),
                                  "kept": [k.tolist() for k in kept], "columns": [list(x.columns) for x in d]}
            if who == "01":
                out["designs"] = [[[float(f"{v:.15g}") for v in row] for row in x.to_numpy()] for x in d]
    (ROOT / "nbext" / "testdata").mkdir(exist_ok=True)
    (ROOT / "nbext" / "testdata" / "bids.json").write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    main()
    if len(sys.argv) > 1:
        scanned(sys.argv[1])
