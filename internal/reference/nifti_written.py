"""Reads with nibabel what analysis/dataset writes, and records it if it is right.

    PYTHONPATH=<folder with nibabel> python internal/reference/nifti_written.py

runs the test that writes the images (TestWrittenAsNibabel), reads each with
nibabel 5.4.2 (numpy 2.4.6) and compares shape, type, zooms, TR, description,
both affines with their codes, and every value with what is defined here. Only
then it writes analysis/dataset/testdata/nifti/written.json: the SHA-256 of the
(unpacked) files that were right, which the test compares from then on.
"""

import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile

import nibabel as nib
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
OBLIQUE = np.array([[0.72, 1.2, 2.4, 5], [-1.6, 1.5, 0, -4], [0.96, 1.6, -1.8, 3], [0, 0, 0, 1]])
SHEARED = np.array([[-2.5, 0.5, 0, 30], [0.25, 3, 0.5, -40], [0, -0.25, 3.5, 12], [0, 0, 0, 1]])
SIMPLE = np.array([[-2, 0, 0, 90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1.0]])

# name: type, shape, affine, code of sform, of qform, factor, (slope, inter), TR, description
IMAGES = {
    "run.nii.gz": ("int16", (4, 3, 5, 6), OBLIQUE, 1, 1, 0.25, (0.25, 3), 2.5, "a run, in quarters"),
    "betas.nii": ("float64", (3, 2, 2, 4), SHEARED, 4, 0, 0.125, (1, 0), 0, ""),
    "t.nii": ("float32", (4, 3, 5), SIMPLE, 2, 2, 0.125, (1, 0), None, ""),
    "guess.nii": ("float32", (3, 2, 2), None, 0, 0, 0.125, (1, 0), None, ""),
    "long.nii.gz": ("float32", (40000, 1, 1), SIMPLE, 2, 2, 0.125, (1, 0), None, ""),
}
for kind in ("uint8", "int8", "uint16", "int32", "uint32", "int64", "uint64"):
    IMAGES[kind + ".nii"] = (kind, (3, 2, 2), OBLIQUE, 2, 2, 0.125 if kind == "int8" else 1, (1, 0), None, "")


def values(kind, shape, factor):
    """Voxels count with x fastest: volumes × voxels."""
    nv, nt = int(np.prod(shape[:3])), shape[3] if len(shape) > 3 else 1
    v, t = np.arange(nv)[None, :], np.arange(nt)[:, None]
    n = v * 7919 + t * 104729
    if kind == "uint8":
        x = n % 256
    else:
        x = n % 2001 - 1000
        if kind[0] == "u":
            x = x + 1000
        if kind == "int8":
            x = np.trunc(x / 8) * 8
    return (x * factor).astype(np.float64)


def same(name, what, got, want):
    if not np.array_equal(np.asarray(got), np.asarray(want)):
        raise SystemExit(f"{name}: {what} is {got}, must be {want}")


def main():
    sums = {}
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["go", "test", "-count=1", "-run", "^TestWrittenAsNibabel$", "./analysis/dataset"], cwd=ROOT,
                       env=os.environ | {"FUSIFORM_NIFTI_WRITTEN": tmp}, stdout=subprocess.DEVNULL)
        for name, (kind, shape, affine, scode, qcode, factor, scale, tr, text) in IMAGES.items():
            path = pathlib.Path(tmp) / name
            img = nib.load(path)
            h = img.header
            same(name, "class", type(img).__name__, "Nifti2Image" if max(shape) > 32767 else "Nifti1Image")
            same(name, "shape", img.shape, shape)
            same(name, "type", h.get_data_dtype().name, kind)
            same(name, "scale", (img.dataobj.slope, img.dataobj.inter), scale)
            same(name, "description", h["descrip"].item().decode(), text)
            same(name, "units", h.get_xyzt_units(), ("mm", "sec" if tr else "unknown"))
            want = SIMPLE if affine is None else affine
            zooms = np.sqrt((want[:3, :3] ** 2).sum(0))
            if not np.allclose(h.get_zooms()[:3], zooms, rtol=1e-6):
                raise SystemExit(f"{name}: zooms {h.get_zooms()}")
            if tr is not None:
                same(name, "TR", h.get_zooms()[3], np.float32(tr))
            same(name, "codes", (h["sform_code"].item(), h["qform_code"].item()), (scode, qcode))
            if scode and not np.allclose(img.affine, want, atol=1e-5):
                raise SystemExit(f"{name}: affine {img.affine}")
            if qcode and not np.allclose(h.get_qform(), want, atol=1e-4):
                raise SystemExit(f"{name}: qform {h.get_qform()}")
            if not scode:  # what nibabel makes of the sizes
                same(name, "affine", img.affine, h.get_base_affine())
            data = img.get_fdata(dtype=np.float64)
            same(name, "values", data.reshape(data.shape[:3] + (-1,)).T.reshape(-1, int(np.prod(shape[:3]))), values(kind, shape, factor))
            raw = path.read_bytes()
            sums[name] = hashlib.sha256(gzip.decompress(raw) if name.endswith(".gz") else raw).hexdigest()
    out = ROOT / "analysis" / "dataset" / "testdata" / "nifti" / "written.json"
    out.write_text(json.dumps({"versions": {"nibabel": nib.__version__, "numpy": np.__version__}, "sha256": sums}, indent=1) + "\n")
    print(len(sums), "images are as they were meant")


main()
