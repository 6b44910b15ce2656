"""Fixtures and expected values for the NIfTI reader of analysis/dataset.

    PYTHONPATH=<folder with nibabel> python internal/reference/nifti.py

writes analysis/dataset/testdata/nifti/: an image of each element type in both
byte orders, NIfTI-1 and 2, packed and not, scaled and not, with each source of
an affine; and nifti.json with what nibabel reads in them. Made with nibabel
5.4.2 and numpy 2.4.6.
"""

import json
import pathlib

import nibabel as nib
import numpy as np

SEED = 20261125
OUT = pathlib.Path(__file__).resolve().parents[2] / "analysis" / "dataset" / "testdata" / "nifti"
AFFINE = np.array([[-2.5, 0.1, 0, 30], [0.2, 3, 0.3, -40], [0, -0.2, 3.5, 12], [0, 0, 0, 1]])
TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"]


def array(kind, shape, rng):
    """Values over the whole range of a type, its ends among them."""
    if kind[0] == "f":
        a = rng.normal(size=shape) * 10.0 ** rng.integers(-6, 7, shape)
    else:
        info = np.iinfo(kind)
        a = rng.integers(info.min, info.max, shape, dtype=kind, endpoint=True)
        a.flat[0], a.flat[1] = info.min, info.max
    return a.astype(kind)


def main():
    rng = np.random.default_rng(SEED)
    OUT.mkdir(parents=True, exist_ok=True)
    for old in list(OUT.glob("*.nii")) + list(OUT.glob("*.nii.gz")):
        old.unlink()
    expected = {}

    def save(name, a, order="<", version=1, slope=None, inter=None, edit=None, extension=b"\0\0\0\0", fourth=None):
        cls = nib.Nifti1Image if version == 1 else nib.Nifti2Image
        header = cls.header_class(endianness=order)
        header.set_data_dtype(np.dtype(a.dtype).newbyteorder(order))
        img = cls(np.zeros(a.shape, a.dtype), AFFINE, header)
        h = img.header
        h.set_data_dtype(np.dtype(a.dtype).newbyteorder(order))
        h.set_xyzt_units("mm", "sec")
        if a.ndim == 4:
            h.set_zooms(h.get_zooms()[:3] + (2.5,))
        if slope is not None:
            h["scl_slope"], h["scl_inter"] = slope, inter
        if edit:
            edit(h)
        # Written by hand below the header, so that nibabel scales nothing.
        h = h.copy()
        h["magic"] = b"n+1" if version == 1 else b"n+2\0\r\n\x1a\n"
        h["vox_offset"] = len(h.binaryblock) + len(extension)
        raw = h.binaryblock + extension + a.astype(h.get_data_dtype()).tobytes(order="F")
        path = OUT / name
        if name.endswith(".gz"):
            import gzip
            raw = gzip.compress(raw, mtime=0)
        path.write_bytes(raw)
        back = nib.load(path)
        data = back.get_fdata(dtype=np.float64)
        zooms = [float(z) for z in back.header.get_zooms()]
        shape = list(back.shape)
        if fourth is None:
            fourth = zooms[3] if len(zooms) > 3 else 0
        if len(shape) == 5:  # volumes along the fifth dimension, which is no time
            shape, fourth = shape[:3] + shape[4:], 0
        expected[name] = {
            "shape": shape, "type": back.header.get_data_dtype().name, "zooms": zooms[:3], "fourth": fourth,
            "affine": back.affine.tolist(), "values": data.reshape(data.shape[:3] + (-1,)).T.reshape(-1, int(np.prod(data.shape[:3]))).tolist(),
        }

    for kind in TYPES:
        for order, o in (("<", "little"), (">", "big")):
            for version in (1, 2):
                save(f"{kind}_{o}_{version}.nii" + (".gz" if version == 2 else ""), array(kind, (3, 2, 2, 2), rng), order, version)
    for kind in ("u1", "i2", "i4", "f4", "f8"):
        save(f"scaled_{kind}.nii.gz", array(kind, (3, 2, 2, 2), rng), slope=0.37, inter=-12.5)
    save("scaled_big_2.nii", array("i2", (3, 2, 2, 2), rng), ">", 2, slope=1e-3, inter=7)
    save("slope_0.nii", array("i2", (3, 2, 2), rng), slope=0, inter=5)
    save("one.nii", array("f4", (3, 2, 2), rng))

    def qform(h):
        h.set_qform(np.diag([2, 2.5, -3, 1]) @ np.array([[0.36, 0.48, -0.8, 5], [-0.8, 0.6, 0, -4], [0.48, 0.64, 0.6, 3], [0, 0, 0, 1]]), 1, strip_shears=True)
        h["sform_code"] = 0

    def half_turn(h):
        h.set_qform(np.diag([-2.0, -2.5, 3, 1]), 1)
        h["sform_code"] = 0

    def neither(h):
        h["sform_code"] = h["qform_code"] = 0

    save("qform.nii", array("i2", (3, 2, 2), rng), edit=qform)
    save("half_turn.nii", array("i2", (3, 2, 2), rng), edit=half_turn)
    save("neither.nii", array("i2", (3, 2, 2), rng), edit=neither)
    rng = np.random.default_rng(SEED + 1)
    save("five.nii", array("f4", (3, 2, 2, 1, 3), rng), edit=lambda h: h.set_intent(1007))
    save("slope_nan.nii.gz", array("i2", (3, 2, 2), rng), slope=np.nan, inter=np.nan)
    comment = b"a comment of a program".ljust(32 - 8, b"\0")
    save("extension.nii", array("i2", (3, 2, 2, 2), rng), extension=b"\1\0\0\0" + np.array([32, 6], "<i4").tobytes() + comment)
    save("ms.nii", array("i2", (3, 2, 2, 2), rng), edit=lambda h: (h.set_xyzt_units("mm", "msec"), h["pixdim"].__setitem__(4, 2500)), fourth=2.5)
    save("us.nii", array("i2", (3, 2, 2, 2), rng), edit=lambda h: (h.set_xyzt_units("mm", "usec"), h["pixdim"].__setitem__(4, 1.5e6)), fourth=1.5)
    save("statistic.nii", array("f4", (3, 2, 2), rng), edit=lambda h: h.set_intent("t test", (11,), "faces"))
    text = json.dumps({"versions": {"nibabel": nib.__version__, "numpy": np.__version__}, "seed": SEED, "images": expected})
    (OUT / "nifti.json").write_text(text + "\n")
    print(sum(p.stat().st_size for p in OUT.iterdir()), "bytes")


main()
