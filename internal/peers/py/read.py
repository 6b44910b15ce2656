"""People's data by nibabel, h5py and scipy: images in volumes, as a whole or a
block of voxels, betas in slabs, a matrix of MATLAB. To float64, always."""
from common import SPEC, report

import numpy as np

FILE, WHAT = SPEC["file"], SPEC["what"]
if SPEC["peer"] == "nibabel":
    import nibabel as nib
elif SPEC["peer"] == "h5py":
    import h5py
else:
    import scipy.io


class Digest:
    """As digest in read.go. Parts come in the order of their numbers in memory
    or, of two dimensions, row after row."""

    def __init__(self):
        self.bits, self.some = 0, []

    def add(self, v):
        assert v.dtype == np.float64
        self.bits += int(v.view(np.uint64).sum())  # wraps
        self.some += [v.flat[0], v.flat[v.size // 2], v.flat[v.size - 1]]

    def answer(self):
        b = self.bits & (1 << 64) - 1
        return [b >> 32, b & (1 << 32) - 1, *self.some]


def volumes(see):
    img = nib.load(FILE)
    for t in range(img.shape[3]):
        v = np.asanyarray(img.dataobj[..., t]).astype(np.float64, copy=False)
        if see:
            see(v.ravel(order="F"))


def whole(see):
    v = nib.load(FILE).get_fdata()
    if see:
        for t in range(v.shape[3]):
            see(v[..., t].ravel(order="F"))


def voxels(see):
    lo, hi = SPEC["planes"]
    v = np.asanyarray(nib.load(FILE).dataobj[:, :, lo:hi, :]).astype(np.float64, copy=False)
    if see:
        see(v.ravel(order="F"))


def slabs(see):
    with h5py.File(FILE) as f:
        d = f["betas"]
        for lo in range(0, d.shape[0], SPEC["slab"]):
            v = d[lo:lo + SPEC["slab"]].astype(np.float64)
            if see:
                see(v.ravel())


def mat5(see):
    v = scipy.io.loadmat(FILE)["x"]
    if see:
        see(v)


def mat73(see):
    with h5py.File(FILE) as f:
        v = f["x"][()].T
    if see:
        see(v)


digest, read = Digest(), globals()[WHAT]
see = digest.add


def work():
    global see
    read(see)
    see = None


report(work, digest.answer)
