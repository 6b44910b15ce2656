"""Fixtures and expected values for the array files of analysis/dataset.

    python internal/reference/mat.py

writes analysis/dataset/testdata/{npz,mat,hdf5}: files by numpy, scipy.io and
h5py, and arrays.json with what these read from them. scipy writes .mat files
in the machine's byte order only; the others are turned here, byte by byte.
"""

import json
import pathlib
import struct
import zlib

import numpy as np
import scipy
import scipy.io
import scipy.sparse

SEED = 20261125
OUT = pathlib.Path(__file__).resolve().parents[2] / "analysis" / "dataset" / "testdata"


def plain(a):
    """Shape and values in C order; NaN and Inf as text, for JSON."""
    a = np.asarray(a)
    values = [v if np.isfinite(v) else str(v) for v in a.astype("<f8").ravel().tolist()]
    return {"shape": list(a.shape), "values": values}


def npz_files(rng):
    folder = OUT / "npz"
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        "betas": rng.normal(size=(2, 3, 4)).astype("f4"),
        "half": np.asfortranarray(rng.normal(size=(3, 5)).astype("f2")),
        "cube": np.asfortranarray(rng.integers(-9, 9, (2, 3, 4)).astype(">i2")),
        "mask": rng.normal(size=6) > 0,
        "tr": np.array(1.6),
        "gaps": np.array([[np.nan, 1], [np.inf, -np.inf]]),
        "none": np.zeros((0, 4)),
    }
    np.savez(folder / "stored.npz", **arrays)
    np.savez_compressed(folder / "deflated.npz", **arrays)
    np.savez_compressed(folder / "one.npz", arrays["betas"])
    with open(folder / "cube.npy", "wb") as f:
        np.save(f, arrays["cube"])
    return {k: plain(v) for k, v in arrays.items()}


if __name__ == "__main__":
    rng = np.random.default_rng(SEED)
    expected = {"made_by": f"internal/reference/mat.py, seed {SEED}, numpy {np.__version__}, scipy {scipy.__version__}", "npz": npz_files(rng)}
    (OUT / "arrays.json").write_text(json.dumps(expected) + "\n")
