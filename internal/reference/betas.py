"""Writes analysis/dataset/testdata/betas: betas of single trials in the formats that they come in, and betas.json, what
numpy makes of them; and a small tree laid out as the Natural Scenes Dataset's, with what it holds.

    PYTHONPATH=… python3 internal/reference/betas.py     # numpy, scipy, nibabel, h5py; versions stand in betas.json
"""
import json
import pathlib

import h5py
import nibabel
import numpy as np
import scipy.io

SEED = 20261126
rng = np.random.default_rng(SEED)
out = pathlib.Path(__file__).parents[2] / "analysis/dataset/testdata/betas"
out.mkdir(parents=True, exist_ok=True)
X, Y, Z, T, S = 4, 3, 2, 36, 3  # voxels, trials, sessions
N = T // S


def fortran(a):  # voxels with x fastest: ... × T -> T × voxels
    return a.reshape(-1, a.shape[-1], order="F").T


# Twelve pictures three times, in an order of which a session may show one twice and another never.
shown = rng.permutation(np.repeat(np.arange(12), 3))
session = np.arange(T) // N
pattern = rng.normal(0, 1, (12, X, Y, Z))
betas = np.moveaxis(pattern[shown], 0, -1) * rng.uniform(.2, 2, (X, Y, Z, 1)) + rng.normal(0, 1, (X, Y, Z, T)) + session * .5
stored = np.round(betas * 300).astype(np.int16)
stored[1, 2, 0, :] = 7  # constant
stored[3, 0, 1, :N] = 0  # outside of the first session's image
with_nan = stored.astype(np.float32)
with_nan[2, 1, 1, 20] = np.nan

np.save(out / "c.npy", with_nan)
np.save(out / "f.npy", np.asfortranarray(with_nan))
np.save(out / "first.npy", np.ascontiguousarray(np.transpose(with_nan, (3, 2, 1, 0))))
np.save(out / "flat.npy", np.ascontiguousarray(fortran(stored)))
np.savez_compressed(out / "betas.npz", betas=with_nan, other=np.arange(3))
scipy.io.savemat(out / "betas.mat", {"modelmd": with_nan}, do_compression=True)
nibabel.save(nibabel.Nifti1Image(with_nan, np.diag([2, 2, 2, 1])), out / "betas.nii.gz")
with h5py.File(out / "nsd.hdf5", "w") as f:
    f.create_dataset("betas", data=np.transpose(stored, (3, 2, 1, 0)), chunks=(T, 1, 1, 1))
with h5py.File(out / "glmsingle.hdf5", "w") as f:
    f.create_dataset("betasmd", data=with_nan, chunks=(2, 2, 2, 20), compression="gzip")
    f.create_dataset("R2", data=np.zeros((X, Y, Z)))
with open(out / "trials.csv", "w") as f:
    f.write("session,stimulus,category\n")
    for k, s in zip(shown, session):
        f.write(f"ses-{s + 1:02d},pic/{k:02d},{['face', 'scene'][k % 2]}\n")


def measures(v, first):  # v: trials × voxels of all in stored units
    v = v.astype(np.float64) / 300
    bad = ~np.isfinite(v).all(0)
    const = np.zeros(v.shape[1], bool)
    for s in range(S):
        const |= ~bad & (np.ptp(np.where(np.isfinite(v), v, 0)[session == s], axis=0) == 0)
    keep = np.flatnonzero(~bad & ~const)
    v = v[:, keep]
    z = v.copy()
    for s in range(S):
        z[session == s] = (v[session == s] - v[session == s].mean(0)) / v[session == s].std(0, ddof=1)
    order = list(dict.fromkeys(shown.tolist()))
    repeats = np.stack([z[np.flatnonzero(shown == k)] for k in order])  # stimuli × repeats × voxels
    noise = repeats.var(1, ddof=1).mean(0)
    total = z.var(0, ddof=1)
    ncsnr = np.sqrt(np.maximum(0, total - noise)) / np.sqrt(noise)
    first_seen = [dict.fromkeys(shown[session == s].tolist()) for s in range(S)]
    return {
        "voxels": keep.tolist(), "invalid": int(bad.sum()), "constant": int(const.sum()),
        "order": [f"pic/{k:02d}" for k in order],
        "averaged": np.stack([v[shown == k].mean(0) for k in order]).tolist(),
        "zscored": repeats.mean(1).tolist(),
        "repeats": np.moveaxis(repeats, 1, 0).tolist(),
        "sessions": [{f"pic/{k:02d}": v[(shown == k) & (session == s)].mean(0).tolist() for k in first_seen[s]} for s in range(S)],
        "ncsnr": ncsnr.tolist(),
        "nc3": (100 * ncsnr**2 / (ncsnr**2 + 1 / 3)).tolist(),
    }


# A tree of three subjects, forty sessions of three trials, of which four are there.
nsd = out / "nsd"
M = 40 * 3
master = np.concatenate([rng.permutation(40) + 1 for _ in range(3)])
images = np.stack([np.sort(rng.choice(73000, 40, replace=False)) + 1 for _ in range(8)])
(nsd / "nsddata/experiments/nsd").mkdir(parents=True, exist_ok=True)
scipy.io.savemat(nsd / "nsddata/experiments/nsd/nsd_expdesign.mat",
                 {"masterordering": master[None, :].astype(float), "subjectim": images.astype(float), "sharedix": images[:1, :5].astype(float)})
folder = nsd / "nsddata_betas/ppdata/subj02/func1pt8mm/betas_fithrf_GLMdenoise_RR"
folder.mkdir(parents=True, exist_ok=True)
roi = nsd / "nsddata/ppdata/subj02/func1pt8mm/roi"
roi.mkdir(parents=True, exist_ok=True)
affine = np.diag([-1.8, 1.8, 1.8, 1])
tree = {}
for s in (1, 2, 4, 7):
    b = rng.integers(-900, 900, (X, Y, Z, 3)).astype(np.int16)
    if s in (1, 7):
        with h5py.File(folder / f"betas_session{s:02d}.hdf5", "w") as f:
            f.create_dataset("betas", data=np.transpose(b, (3, 2, 1, 0)), chunks=(3, 1, 1, 1))
    else:
        nibabel.save(nibabel.Nifti1Image(b, affine), folder / f"betas_session{s:02d}.nii.gz")
    tree[s] = {"trials": [f"nsd/{images[1, master[t] - 1]:05d}" for t in range(3 * (s - 1), 3 * s)], "betas": (fortran(b) / 300).tolist()}
labels = rng.integers(-1, 4, (X, Y, Z)).astype(np.int16)
nibabel.save(nibabel.Nifti1Image(labels, affine), roi / "floc-faces.nii.gz")
ncsnr = rng.uniform(0, 1, (X, Y, Z)).astype(np.float32)
nibabel.save(nibabel.Nifti1Image(ncsnr, affine), folder / "ncsnr.nii.gz")

(out / "betas.json").write_text(json.dumps({
    "made_by": f"internal/reference/betas.py, seed {SEED}, numpy {np.__version__}, scipy {scipy.__version__}, nibabel {nibabel.__version__}, h5py {h5py.__version__}",
    "floats": measures(fortran(with_nan), 0), "integers": measures(fortran(stored), 0),
    "nsd": {"sessions": tree, "labels": labels.reshape(-1, order="F").tolist(), "ncsnr": ncsnr.reshape(-1, order="F").astype(float).tolist()},
}))
