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



CLASSES = {"float64": "double", "float32": "single", "bool": "logical"}
SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, 16: 1, 17: 2, 18: 4}


def mat_variables(rng):
    """One variable of each kind that is read, and of each that is refused."""
    out = {}
    for t in ("f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"):
        a = rng.normal(size=(2, 3)) * 100 if t[0] == "f" else rng.integers(0 if t[0] == "u" else -100, 100, (2, 3))
        out[np.dtype(t).name] = a.astype(t)
    out["logical"] = rng.normal(size=(2, 3)) > 0
    out["gaps"] = np.array([[np.nan, np.inf, -np.inf, 1.5]])
    out["betas"] = rng.normal(size=(2, 3, 4)).astype("f4")
    out["deep"] = rng.integers(0, 9, (2, 1, 3, 2)).astype("i2")
    out["zeros"] = np.zeros((60, 50))
    out["none"] = np.zeros((0, 3))
    out["one"] = np.array([[1.6]])
    out["word"] = "naïve – 顔"
    out["rows"] = np.array(["face", "bodies"])
    cell = np.empty((2, 2), object)
    cell[:] = [[np.arange(3.0), "FFA"], [np.array([["a", "b"]], object), np.zeros((0, 0))]]
    out["mixed"] = cell
    out["names"] = np.array([["rh FFA", "", "lh PPA"]], object)
    roi = np.empty((2, 2), [("name", "O"), ("t", "O"), ("inner", "O")])
    for k in range(4):
        roi[k // 2, k % 2] = ("roi %d" % k, rng.normal(size=(1, k + 1)), {"hemi": "rh" if k % 2 else "lh", "voxels": np.arange(k + 2, dtype="i4"), "deeper": {"x": np.array([[k]], "u1")}})
    out["rois"] = roi
    out["session"] = {"tr": 2.5, "runs": np.array([[1, 2, 3]], "u1"), "who": "S1"}
    out["sparse"] = scipy.sparse.csc_array(np.diag([1.0, 0, 3]))
    out["complex"] = np.array([[1 + 2j, 3]])
    runs = np.empty((1, 3), [("range", "O")])
    for k in range(3):
        runs[0, k] = (np.array([[-k, 10.0 * k]]),)
    out["runs"] = runs
    return out


def described(path, a, out):
    """What scipy read, by MATLAB's paths."""
    if isinstance(a, np.ndarray) and a.dtype.names:
        out[path] = {"class": "struct", "shape": list(a.shape), "fields": list(a.dtype.names)}
        for i in range(a.size):
            for f in a.dtype.names:
                described(f"{path}({i + 1}).{f}", a.ravel("F")[i][f], out)
    elif isinstance(a, np.ndarray) and a.dtype == object:
        out[path] = {"class": "cell", "shape": list(a.shape)}
        for i in range(a.size):
            described(f"{path}{{{i + 1}}}", a.ravel("F")[i], out)
    elif isinstance(a, np.ndarray) and a.dtype.kind == "U":
        out[path] = {"class": "char", "texts": [str(s).rstrip() for s in a.ravel()]}
    elif isinstance(a, np.ndarray) and a.dtype.kind != "c":
        out[path] = {"class": CLASSES.get(a.dtype.name, a.dtype.name), **plain(a)}


def turned(b):
    """The elements of a .mat file in the other byte order."""
    out, at = b"", 0
    while at < len(b):
        typ, n = struct.unpack_from("<HH", b, at)
        if n:  # a small element
            out += struct.pack(">HH", n, typ) + swapped(b[at + 4:at + 4 + n], typ) + bytes(4 - n)
            at += 8
            continue
        typ, n = struct.unpack_from("<II", b, at)
        data, pad = b[at + 8:at + 8 + n], 0 if typ == 15 else -n % 8
        if typ == 15:
            data = zlib.compress(turned(zlib.decompress(data)))
        elif typ == 14:
            data = turned(data)
        else:
            data = swapped(data, typ)
        out += struct.pack(">II", typ, len(data)) + data + bytes(pad)
        at += 8 + n + pad
    return out


def swapped(data, typ):
    return np.frombuffer(data, f"<u{SIZES[typ]}").byteswap().tobytes()


def mat_files(rng):
    folder = OUT / "mat"
    folder.mkdir(parents=True, exist_ok=True)
    variables = mat_variables(rng)
    expected = {}
    for name, compressed in (("plain", False), ("packed", True)):
        scipy.io.savemat(folder / f"{name}.mat", variables, do_compression=compressed, oned_as="row", long_field_names=True)
        b = (folder / f"{name}.mat").read_bytes()
        b = b"MATLAB 5.0 MAT-file, by scipy".ljust(124) + b[124:]  # the date
        (folder / f"{name}.mat").write_bytes(b)
        (folder / f"{name}_big.mat").write_bytes(b[:124] + b"\x01\x00MI" + turned(b[128:]))
        for file in (name, name + "_big"):
            got = scipy.io.loadmat(folder / f"{file}.mat", mat_dtype=True)
            out = {}
            for key in variables:
                if key not in ("sparse", "complex"):
                    described(key, got[key], out)
            assert not expected or json.dumps(out) == json.dumps(expected), file
            expected = out
    # What MATLAB does and scipy does not: whole doubles kept in bytes, logical
    # flags, text in 16 bits, an empty element of a cell, a variable that stands twice.
    def element(typ, data):
        return struct.pack("<II", typ, len(data)) + data + bytes(-len(data) % 8)

    def matrix(name, cls, dims, body, flags=0):
        return element(14, element(6, struct.pack("<II", flags << 8 | cls, 0)) + element(5, struct.pack(f"<{len(dims)}i", *dims)) + element(1, name.encode()) + body)

    b = b"MATLAB 5.0 MAT-file, by hand".ljust(124) + b"\x00\x01IM"
    b += matrix("bytes", 6, (2, 3), element(2, bytes([1, 2, 3, 4, 5, 255])))
    b += matrix("shorts", 7, (1, 2), element(3, struct.pack("<2h", -300, 300)))
    b += matrix("flags", 9, (1, 3), element(2, bytes([1, 0, 1])), flags=2)
    b += matrix("text", 4, (2, 3), element(4, "acebdf".encode("utf-16-le")))
    b += matrix("cells", 1, (1, 2), element(14, b"") + matrix("", 6, (1, 1), element(9, struct.pack("<d", 7))))
    b += matrix("twice", 6, (1, 1), element(2, bytes([1]))) + matrix("twice", 6, (1, 1), element(2, bytes([2])))
    (folder / "hand.mat").write_bytes(b)
    got, hand = scipy.io.loadmat(folder / "hand.mat", mat_dtype=True), {}
    for key in ("bytes", "shorts", "flags", "text", "cells", "twice"):
        described(key, got[key], hand)
    scipy.io.savemat(folder / "version4.mat", {"x": np.eye(2)}, format="4")
    return {"plain": expected, "hand": hand}


if __name__ == "__main__":
    rng = np.random.default_rng(SEED)
    expected = {"made_by": f"internal/reference/mat.py, seed {SEED}, numpy {np.__version__}, scipy {scipy.__version__}", "npz": npz_files(rng), "mat": mat_files(rng)}
    (OUT / "arrays.json").write_text(json.dumps(expected) + "\n")
