"""Writes the files of read.py that are no images: called with a JSON object of
kind, file, betas (four lengths) and matrix (one)."""
import json
import os
import sys

import numpy as np

spec = json.loads(sys.argv.pop(1))  # what common is not to see
from common import uniform  # noqa: E402

kind, part = spec["kind"], spec["file"] + ".part"
rng = np.random.default_rng(20261126)


def betas(**packed):
    import h5py

    trials, *shape = spec["betas"]
    base, brain = rng.normal(0, 300, shape), rng.random(shape) < 0.45
    with h5py.File(part, "w") as f:
        d = f.create_dataset("betas", (trials, *shape), "i2", **packed)
        for i in range(trials):
            d[i] = ((base + 150 * rng.standard_normal(shape, "f4")) * brain).astype("i2")


n = spec["matrix"]
if kind == "contiguous":
    betas()
elif kind == "gzip":  # a trial is a chunk
    betas(chunks=(1, *spec["betas"][1:]), compression="gzip", compression_opts=1, shuffle=True)
elif kind == "mat5":
    import scipy.io

    scipy.io.savemat(part, {"x": uniform(3, n * n, np.float64).reshape(n, n)}, appendmat=False, do_compression=True)  # as save does
else:
    import h5py

    with h5py.File(part, "w", userblock_size=512) as f:
        f.create_dataset("x", data=uniform(3, n * n, np.float64).reshape(n, n).T, compression="gzip", compression_opts=3).attrs["MATLAB_class"] = np.bytes_("double")
    with open(part, "r+b") as f:  # what MATLAB writes before it
        f.write(b"MATLAB 7.3 MAT-file".ljust(116) + bytes(8) + b"\x00\x02IM")
os.replace(part, spec["file"])
