"""Fixtures and expected values for the surfaces of analysis/dataset.

    PYTHONPATH=<folder with nibabel> python internal/reference/surfaces.py

writes analysis/dataset/testdata/surface/: MGH and MGZ of each element type,
GIfTI of each element type, encoding, byte order and order of indices, labels
and annotations; and surfaces.json with what nibabel reads in them. Made with
nibabel 5.4.2 and numpy 2.4.6.
"""

import base64
import gzip
import json
import pathlib
import struct
import zlib

import nibabel as nib
import numpy as np
from nibabel.freesurfer import io as fs
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiLabel, GiftiLabelTable, GiftiMetaData

SEED = 20261126
OUT = pathlib.Path(__file__).resolve().parents[2] / "analysis" / "dataset" / "testdata" / "surface"
TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"]
N, FRAMES = 7, 3


def array(kind, shape, rng):
    """Values over the whole range of a type, its ends among them."""
    if kind[0] == "f":
        a = rng.normal(size=shape) * 10.0 ** rng.integers(-6, 7, shape)
    else:
        info = np.iinfo(kind)
        a = rng.integers(info.min, info.max, shape, dtype=kind, endpoint=True)
        a.flat[0], a.flat[1] = info.min, info.max
    return a.astype(kind)


def plain(a):
    """Frames × vertices as JSON has them; NaN and infinities as text."""
    def one(x):
        x = float(x)
        return x if np.isfinite(x) else str(x)
    return [[one(x) for x in row] for row in a]


def mgh(expected, rng):
    def save(name, a, tr=None, cut=False):
        img = nib.MGHImage(a, np.eye(4))
        if tr is not None:
            img.header["tr"] = tr
        path = OUT / name
        raw = img.to_bytes()
        if cut:
            raw = raw[:284 + a.nbytes]
        path.write_bytes(gzip.compress(raw, mtime=0) if name.endswith("z") else raw)
        back = nib.load(path)
        data = np.asarray(back.dataobj, dtype=np.float64)
        data = data.reshape(data.shape[:3] + (-1,))
        expected[name] = {
            "type": back.get_data_dtype().newbyteorder("=").name, "values": plain(data.reshape(-1, data.shape[3], order="F").T),
            "tr": float(back.header["tr"]) / 1000 if data.shape[3] > 1 else 0,
        }

    for kind in ("u1", "i2", "u2", "i4", "f4"):
        for ext in ("mgh", "mgz"):
            save(f"lh.{kind}.{ext}", array(kind, (N, 1, 1, FRAMES), rng), tr=2000.0 if ext == "mgh" else 1333.5)
    t = array("f4", (N, 1, 1), rng)
    t[2], t[4] = np.nan, np.inf
    save("rh.t.mgz", t)
    save("lh.cut.mgh", array("f4", (N, 1, 1, FRAMES), rng), cut=True)
    save("lh.cut.mgz", array("i2", (N, 1, 1, FRAMES), rng), cut=True)
    save("folded.mgh", array("f4", (3, 1, 2, 2), rng), tr=0)
    rois = np.array([0, 1, 1, 2, 0, -1, 4], dtype="i4").reshape(N, 1, 1)
    save("lh.rois.mgz", rois)
    (OUT / "rois.mgz.ctab").write_text("0 Unknown 25 5 25 0\n1 OFA 1 2 3 0\n2 FFA-1\n\n4 FFA-2 9 9 9 0\n")


HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE GIFTI SYSTEM "http://www.nitrc.org/frs/download.php/115/gifti.dtd">\n<GIFTI Version="1.0" NumberOfDataArrays="%d">\n'


def element(a, encoding, order="little", columns=False, wrap=False, name=""):
    """A DataArray, in every way that the format allows: nibabel itself writes
    the machine's byte order only."""
    kind = {"u": "UINT", "i": "INT", "f": "FLOAT"}[a.dtype.kind] + str(8 * a.dtype.itemsize)
    raw = a.astype(a.dtype.newbyteorder("<" if order == "little" else ">")).tobytes(order="F" if columns else "C")
    if encoding == "ASCII":
        text = "\n".join(" ".join(str(x) for x in row) for row in (a.T if columns else a).reshape(1, -1))
    else:
        text = base64.b64encode(zlib.compress(raw) if encoding[0] == "G" else raw).decode()
    if wrap:
        text = "\n   " + "\n   ".join(text[i:i + 20] for i in range(0, len(text), 20)) + "\n"
    dims = " ".join(f'Dim{i}="{d}"' for i, d in enumerate(a.shape))
    meta = f"<MetaData><MD><Name><![CDATA[Name]]></Name><Value><![CDATA[{name}]]></Value></MD></MetaData>" if name else ""
    return (f'<DataArray Intent="NIFTI_INTENT_NONE" DataType="NIFTI_TYPE_{kind}" ArrayIndexingOrder="{"Column" if columns else "Row"}MajorOrder" '
            f'Dimensionality="{a.ndim}" {dims} Encoding="{encoding}" Endian="{order.capitalize()}Endian" ExternalFileName="" ExternalFileOffset="">{meta}<Data>{text}</Data></DataArray>\n')


def gifti(expected, rng):
    def told(name, names=None, tr=0.0, hemisphere=""):
        img = nib.load(OUT / name)
        frames = []
        for d in img.darrays:
            a = np.asarray(d.data, dtype=np.float64)
            frames += list(a.reshape(a.shape[0], -1).T)
        kinds = {d.data.dtype.newbyteorder("=").name for d in img.darrays}
        expected[name] = {"type": kinds.pop() if len(kinds) == 1 else "mixed", "values": plain(frames), "names": names, "tr": tr, "hemisphere": hemisphere}

    for encoding in ("ASCII", "Base64Binary", "GZipBase64Binary"):
        for order in ("little", "big"):
            arrays = [array(k, (N,), rng) for k in TYPES]
            arrays[8][3], arrays[9][3] = np.nan, -np.inf
            name = f"hemi-L_{encoding}_{order}.func.gii"
            (OUT / name).write_text(HEAD % len(TYPES) + "".join(element(a, encoding, order, wrap=order == "big" and encoding != "ASCII", name=k) for a, k in zip(arrays, TYPES)) + "</GIFTI>\n")
            told(name, TYPES, hemisphere="lh")
            for columns in (False, True):
                name = f"wide_{encoding}_{order}_{'F' if columns else 'C'}.shape.gii"
                (OUT / name).write_text(HEAD % 2 + element(array("f4", (N, FRAMES), rng), encoding, order, columns) + element(array("f4", (N, 2), rng), encoding, order, not columns) + "</GIFTI>\n")
                told(name)

    meta = GiftiMetaData({"AnatomicalStructurePrimary": "CortexRight"})
    run = array("f4", (N, FRAMES), rng)
    for name, step in (("run.func.gii", "2.500000"), ("run_ms.func.gii", "1500.0")):
        img = GiftiImage(meta=meta, darrays=[GiftiDataArray(run[:, t], "NIFTI_INTENT_TIME_SERIES", meta=GiftiMetaData({"TimeStep": step})) for t in range(FRAMES)])
        nib.save(img, OUT / name)
        told(name, tr=float(step) / (1000 if "ms" in name else 1), hemisphere="rh")
        assert np.array_equal(nib.load(OUT / name).agg_data(), run)

    mesh = GiftiImage(darrays=[GiftiDataArray(rng.normal(size=(N, 3)).astype("f4"), "NIFTI_INTENT_POINTSET"), GiftiDataArray(np.zeros((2, 3), "i4"), "NIFTI_INTENT_TRIANGLE")])
    nib.save(mesh, OUT / "lh.mesh.surf.gii")


def labels(rng):
    out = {}

    def told(name, masks, regions):
        out[name] = {"regions": regions, "masks": {r: [bool(x) for x in m] for r, m in masks.items()}}

    table = GiftiLabelTable()
    for key, name in ((0, "???"), (3, "FFA <1>"), (7, "V1 & V2")):
        table.labels.append(GiftiLabel(key, 1, 0, 0, 1))
        table.labels[-1].label = name
    keys = np.array([0, 3, 3, 7, 0, 7, 3], dtype="i4")
    img = GiftiImage(labeltable=table, meta=GiftiMetaData({"AnatomicalStructurePrimary": "CortexLeft"}), darrays=[GiftiDataArray(keys, "NIFTI_INTENT_LABEL")])
    nib.save(img, OUT / "lh.areas.label.gii")
    back = nib.load(OUT / "lh.areas.label.gii")
    names = back.labeltable.get_labels_as_dict()
    told("lh.areas.label.gii", {n: back.agg_data() == k for k, n in names.items()}, list(names.values()))

    colours = np.array([[25, 5, 25, 0], [220, 20, 100, 0], [10, 200, 255, 0]])
    which = np.array([0, 1, 2, -1, 2, 2, 1])
    fs.write_annot(OUT / "rh.areas.annot", which, colours, ["unknown", "fusiform", "lingual"], fill_ctab=True)
    # The old layout, which nibabel reads and does not write.
    packed = colours[:, 0] + 256 * colours[:, 1] + 65536 * colours[:, 2]
    raw = struct.pack(">i", N) + b"".join(struct.pack(">ii", v, packed[k] if k >= 0 else 0) for v, k in enumerate(which))
    raw += struct.pack(">iii", 1, 3, 4) + b"tab\0"
    for c, n in zip(colours, (b"unknown\0", b"fusiform\0", b"lingual\0")):
        raw += struct.pack(">i", len(n)) + n + struct.pack(">iiii", *c)
    (OUT / "rh.old.annot").write_bytes(raw)
    for name in ("rh.areas.annot", "rh.old.annot"):
        index, _, found = fs.read_annot(OUT / name)
        found = [n.rstrip(b"\0").decode() for n in found]
        told(name, {n: index == i for i, n in enumerate(found)}, found)

    (OUT / "lh.FFA.label").write_text("#!ascii label  , from subject fsaverage vox2ras=TkReg\n3\n1  -30.1  -50.2 -10.0 0.000000\n4  -31.1  -51.2 -10.0 2.5\n6  -32.1  -52.2 -10.0 0.0\n")
    mask = np.zeros(N, bool)
    mask[fs.read_label(OUT / "lh.FFA.label")] = True
    told("lh.FFA.label", {"FFA": mask}, ["FFA"])
    rois = np.asarray(nib.load(OUT / "lh.rois.mgz").dataobj).ravel()
    told("lh.rois.mgz", {str(k): rois == k for k in (1, 2, 4)}, ["1", "2", "4"])
    return out


def main():
    rng = np.random.default_rng(SEED)
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    expected = {}
    mgh(expected, rng)
    gifti(expected, rng)
    text = json.dumps({"versions": {"nibabel": nib.__version__, "numpy": np.__version__}, "seed": SEED, "surfaces": expected, "labels": labels(rng)})
    (OUT / "surfaces.json").write_text(text + "\n")
    print(len(expected), "surfaces,", sum(p.stat().st_size for p in OUT.iterdir()), "bytes")


main()
