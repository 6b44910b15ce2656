"""Reads with nibabel the maps on a surface that analysis/dataset writes, and records them if they are right.

    PYTHONPATH=<folder with nibabel> python internal/reference/surfaces_written.py

runs the test that writes the maps (TestMapsAsNibabel), reads each with nibabel
5.4.2 (numpy 2.4.6) and compares shape, type, intent, encoding, byte order,
hemisphere, description, names, TR and every bit of the values with what is
defined here. Only then it writes analysis/dataset/testdata/surface/written.json:
the SHA-256 of the files that were right, what is packed in them unpacked,
which the test compares from then on.
"""

import base64
import gzip
import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import zlib

import nibabel as nib
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOME = [1, 2, 5, 40, 641]

# name: hemisphere, vertices, frames, which vertices, description
MAPS = {
    "lh.t.mgh": ("lh", 642, 1, SOME, ""),
    "rh.all.mgz": ("rh", 642, 3, None, ""),
    "wide.mgz": ("", 70000, 1, None, ""),
    "t.func.gii": ("lh", 642, 1, SOME, 'faces > "objects" & t'),
    "all_hemi-R.shape.gii": ("rh", 642, 3, None, "Gesichter, größer"),
    "plain.func.gii": ("", 642, 1, None, ""),
}


def values(vertices, frames, some):
    count = len(some) if some else vertices
    k, t = np.arange(count)[None, :], np.arange(frames)[:, None]
    x = (np.fmod(k * 7919 + t * 104729, 2001) - 1000) / 7
    x[:, 3] = np.nan
    x[:, 4] = np.where(np.arange(frames) > 0, np.inf, -np.inf)
    out = np.zeros((frames, vertices), np.float32)
    out[:, some if some else slice(None)] = x
    return out


def same(name, what, got, want):
    if not np.array_equal(np.asarray(got), np.asarray(want)):
        raise SystemExit(f"{name}: {what} is {got}, must be {want}")


def bits(name, got, want):
    got = np.ascontiguousarray(got)
    same(name, "shape", got.shape, want.shape)
    nan = np.isnan(want)
    same(name, "NaN", np.isnan(got), nan)
    same(name, "values", got.astype(np.float32).view(np.uint32)[~nan], want.view(np.uint32)[~nan])


def main():
    sums = {}
    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["go", "test", "-count=1", "-run", "^TestMapsAsNibabel$", "./analysis/dataset"], cwd=ROOT,
                       env=os.environ | {"FUSIFORM_SURFACES_WRITTEN": tmp}, stdout=subprocess.DEVNULL)
        for name, (side, vertices, frames, some, text) in MAPS.items():
            path = pathlib.Path(tmp) / name
            raw = path.read_bytes()
            img = nib.load(path)
            want = values(vertices, frames, some)
            if name.endswith(".gii"):
                same(name, "class", type(img).__name__, "GiftiImage")
                told = {"lh": {"AnatomicalStructurePrimary": "CortexLeft"}, "rh": {"AnatomicalStructurePrimary": "CortexRight"}, "": {}}[side]
                if text:
                    told = told | {"Description": text}
                same(name, "metadata", dict(img.meta), told)
                same(name, "arrays", len(img.darrays), frames)
                for t, a in enumerate(img.darrays):
                    same(name, "type", a.data.dtype.name, "float32")
                    same(name, "codes", (nib.nifti1.intent_codes.niistring[a.intent], nib.gifti.util.gifti_encoding_codes.specs[a.encoding],
                                         nib.gifti.util.gifti_endian_codes.byteorder[a.endian]), ("NIFTI_INTENT_NONE", "GZipBase64Binary", "little"))
                    same(name, "name", dict(a.meta), {"Name": text if frames == 1 else f"{text}, frame {t}"} if text else {})
                    bits(name, a.data, want[t])
                raw = re.sub(rb"<Data>([^<]*)</Data>", lambda m: zlib.decompress(base64.b64decode(m[1], validate=True)), raw)
            else:
                same(name, "class", type(img).__name__, "MGHImage")
                same(name, "shape", img.shape, (vertices, 1, 1) + ((frames,) if frames > 1 else ()))
                same(name, "type", img.get_data_dtype(), np.dtype(">f4"))
                same(name, "TR", img.header["tr"], 0)
                same(name, "version", (img.header["version"], img.header["goodRASFlag"]), (1, 1))
                same(name, "directions", img.affine[:3, :3], [[-1, 0, 0], [0, 0, 1], [0, -1, 0]])
                bits(name, np.asarray(img.dataobj).reshape(vertices, frames).T, want)
                raw = gzip.decompress(raw) if name.endswith("z") else raw
                same(name, "length", len(raw), 284 + 4 * vertices * frames + 20)
            sums[name] = hashlib.sha256(raw).hexdigest()
    out = ROOT / "analysis" / "dataset" / "testdata" / "surface" / "written.json"
    out.write_text(json.dumps({"versions": {"nibabel": nib.__version__, "numpy": np.__version__}, "sha256": sums}, indent=1) + "\n")
    print(len(sums), "maps are as they were meant")


main()
