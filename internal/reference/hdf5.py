"""Fixtures and expected values for internal/hdf5 and the HDF5 files of analysis/dataset.

    python internal/reference/hdf5.py

writes internal/hdf5/testdata: files by h5py (one for each version of the
format's structures, and small ones of one feature each), and expected.json with
what h5py reads from them: of each dataset its shape and the SHA-256 of its
values as little-endian float64 in C order. It also writes
analysis/dataset/testdata/hdf5claims.h5, whose few bytes claim much, and
analysis/dataset/testdata/mat73: the variables of testdata/mat/plain.mat, read
from there by scipy.io, as MATLAB's save -v7.3 lays them out (hand.mat) and as
hdf5storage does (storage.mat). mat73 reads the former back.

Two runs differ in the time stamps that HDF5 notes. Run with h5py 3.16.0 (HDF5 2.0.0), numpy 2.4.6, scipy, hdf5storage 0.2.2 and
mat73 0.65.
"""

import gzip
import hashlib
import itertools
import json
import pathlib
import struct

import h5py
import numpy as np

SEED = 20261126
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "internal" / "hdf5" / "testdata"
MAT = ROOT / "analysis" / "dataset" / "testdata" / "mat73"

TYPES = ["<i1", "<u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8", "<u8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]


def values(rng, dtype, shape):
    """Random values with the type's extremes."""
    t = np.dtype(dtype)
    if t.kind == "f":
        a = (rng.normal(size=shape) * 100).astype(t)
        a.flat[:6] = [np.nan, np.inf, -np.inf, np.finfo(t).max, np.finfo(t).smallest_subnormal, -0.0]
    else:
        info = np.iinfo(t)
        a = rng.integers(info.min, info.max, shape, dtype=t.newbyteorder("="), endpoint=True).astype(t)
        a.flat[:2] = [info.min, info.max]
    return a


def everything(f, rng):
    """All types, layouts, indexes, filters and kinds of link in one file."""
    g = f.create_group("types")
    for t in TYPES:
        name = np.dtype(t).name + ("_big" if t[0] == ">" else "")
        g[name] = values(rng, t, (2, 3, 4))
    g["bool"] = rng.normal(size=(3, 4)) > 0
    g.create_dataset("enum", data=np.array([3, -1, 3], "i2"), dtype=h5py.enum_dtype({"face": 3, "none": -1}, basetype="i2"))
    bits = h5py.h5t.STD_B16BE.copy()
    h5py.h5d.create(g.id, b"bits", bits, h5py.h5s.create_simple((3,))).write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, 256, 65535], ">u2"), bits)
    short = h5py.h5t.STD_I32LE.copy()
    short.set_precision(12)
    short.set_offset(5)
    h5py.h5d.create(g.id, b"twelve", short, h5py.h5s.create_simple((4,))).write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([-2048, 2047, -1, 5], "i4"))
    bf = h5py.h5t.IEEE_F32LE.copy()
    bf.set_fields(15, 7, 8, 0, 7)
    bf.set_size(2)
    bf.set_ebias(127)
    h5py.h5d.create(g.id, b"bfloat16", bf, h5py.h5s.create_simple((4,))).write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1.5, -2.25, 3e38, 0], "f4"))
    g["array"] = np.zeros(2, dtype=[("v", "<i2", (2, 3))])["v"]
    row = np.zeros(3, [("onset", ">f8"), ("name", "S5"), ("xyz", "<i2", (2, 2)), ("deep", [("t", "<f4"), ("n", ">u2")])])
    row["onset"], row["name"] = [0.5, 12, np.nan], [b"face", b"house", b""]
    row["xyz"], row["deep"]["t"], row["deep"]["n"] = rng.integers(-9, 9, (3, 2, 2)), [1, 2, 3], [7, 8, 65535]
    g["rows"] = row
    g["complex"] = np.array([1 + 2j, -3])
    f["type"] = np.dtype(">i4")
    g.create_dataset("named", data=[5, -6], dtype=f["type"])

    g = f.create_group("texts")
    g["vlen"] = ["naïve – 顔", "", "b"]
    g["fixed"] = np.array([[b"abc", b"de"], [b"", b"f  "]])
    g["scalar"] = "one"
    blank = h5py.h5t.C_S1.copy()
    blank.set_size(6)
    blank.set_strpad(h5py.h5t.STR_SPACEPAD)
    h5py.h5d.create(g.id, b"blanks", blank, h5py.h5s.create_simple((2,))).write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"lh    ", b"rh FFA"]), blank)

    g = f.create_group("layouts")
    a = values(rng, "<i2", (7, 10, 12))
    g["contiguous"] = a
    g["scalar"] = 4.5
    g["empty"] = h5py.Empty("f4")
    g["none"] = np.zeros((0, 4), "f4")
    g.create_dataset("unwritten", (3, 4), "i2", fillvalue=-7)
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(g.id, b"compact", h5py.h5t.STD_I16LE, h5py.h5s.create_simple((2, 3)), compact).write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(6, dtype="i2"))
    for name, options in {
        "fixed": {}, "fixed_gzip": {"compression": "gzip"}, "fixed_max": {"maxshape": (9, 15, 12)},
        "one": {"chunks": a.shape}, "one_gzip": {"chunks": a.shape, "compression": "gzip"},
        "extensible": {"maxshape": (7, None, 20)}, "extensible_gzip": {"maxshape": (None, 10, 12), "compression": "gzip"},
        "tree": {"maxshape": (None, None, 12), "chunks": (1, 2, 5)}, "tree_gzip": {"maxshape": (None, 10, None), "compression": "gzip", "chunks": (2, 2, 5)},
        "shuffle": {"shuffle": True}, "gzip_shuffle": {"compression": 9, "shuffle": True}, "lzf": {"compression": "lzf"}, "lzf_shuffle": {"compression": "lzf", "shuffle": True},
        "fletcher": {"fletcher32": True}, "all": {"fletcher32": True, "shuffle": True, "compression": "gzip"},
    }.items():
        g.create_dataset(name, data=a, **({"chunks": (2, 3, 5)} | options))
    g.create_dataset("text_lzf", data=np.tile(np.arange(50, dtype="<u2"), 40), chunks=(500,), compression="lzf", shuffle=True)
    g.create_dataset("f8_shuffle", data=values(rng, ">f8", (30,)), chunks=(7,), shuffle=True, compression="gzip")
    holes = g.create_dataset("holes", (20, 9), "f4", chunks=(3, 4), maxshape=(None, 9), fillvalue=2.5, compression="gzip")
    holes[7] = 1
    shrunk = g.create_dataset("shrunk", data=np.arange(30, dtype="i4"), chunks=(4,), maxshape=(None,))
    shrunk.resize((10,))
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_chunk((3, 4))
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    h5py.h5d.create(g.id, b"implicit", h5py.h5t.STD_I32LE, h5py.h5s.create_simple((7, 9)), early).write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(63, dtype="i4").reshape(7, 9))

    g = f.create_group("links")
    many = g.create_group("many")
    for k in range(60):
        many[f"channel {k:03d}"] = np.int16(k)
    ordered = g.create_group("ordered", track_order=True)
    for name in ("zeta", "alpha", "mid"):
        ordered[name] = len(name)
    g["soft"] = h5py.SoftLink("/layouts/compact")
    g["relative"] = h5py.SoftLink("ordered/mid")
    g["twice"] = f["layouts/contiguous"]
    g["dangling"] = h5py.SoftLink("/nowhere")
    g["round"] = h5py.SoftLink("/links/trip")
    g["trip"] = h5py.SoftLink("/links/round")
    g["other"] = h5py.ExternalLink("other.h5", "/x")
    g["self"] = g  # a cycle of groups
    g["references"] = np.array([f["layouts/compact"].ref, g.ref], dtype=h5py.ref_dtype)
    few = f.create_group("attributes/few")
    few.attrs["n"], few.attrs["text"], few.attrs["fixed"] = np.int16(-3), "naïve", np.bytes_("abc")
    lists = np.empty(2, object)
    lists[:] = [np.array(list("ab"), "S1"), np.array(list("cde"), "S1")]
    few.attrs.create("lists", lists, dtype=h5py.vlen_dtype(np.dtype("S1")))
    dense = f.create_group("attributes/dense")
    for k in range(20):
        dense.attrs[f"a{k:02d}"] = np.arange(k, dtype="f4")


def described(f):
    """What h5py reads of each dataset that has numbers or text, by name."""
    out = {}

    def add(name, a):
        a = np.asarray(a)
        if a.dtype.names:
            for field in a.dtype.names:
                add(f"{name}.{field}", a[field])
        elif a.dtype.kind == "c":
            add(name + ".r", a.real)
            add(name + ".i", a.imag)
        elif a.dtype.kind in "biuf":
            v = np.ascontiguousarray(a.astype("<f8"))
            v[np.isnan(v)] = np.nan
            out[name] = {"type": a.dtype.newbyteorder("=").name, "shape": list(a.shape), "sha256": hashlib.sha256(v.tobytes()).hexdigest(), "first": str(v.ravel()[:4].tolist())}
        elif a.dtype.kind in "SO" and not h5py.check_ref_dtype(a.dtype):
            out[name] = {"shape": list(a.shape), "texts": [x.decode() if isinstance(x, bytes) else x for x in a.ravel().tolist()]}

    seen = set()

    def group(g, path):
        if g.id in seen:
            return
        seen.add(g.id)
        for name in g:
            if isinstance(g.get(name, getlink=True), h5py.ExternalLink):
                continue
            o = None
            try:
                o = g[name]
            except (KeyError, OSError, RuntimeError):
                continue
            if isinstance(o, h5py.Group):
                group(o, path + name + "/")
            elif isinstance(o, h5py.Dataset) and o.shape is not None and not h5py.check_ref_dtype(o.dtype):
                try:
                    a = o[()]
                except OSError:
                    continue
                add(path + name, np.array(a, dtype=object) if isinstance(a, bytes) else a)

    group(f, "")
    return out


def h5py_files():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.h5"):
        old.unlink()
    expected = {}

    def done(name):
        with h5py.File(OUT / name) as f:
            all = described(f)
            keep = list(all)[:: max(1, len(all) // 150)]
            expected[name] = {"count": len(all), "datasets": {k: all[k] for k in keep}}

    for version in ("earliest", "v108", "v110", "latest"):
        with h5py.File(OUT / f"{version}.h5", "w", libver=version) as f:
            everything(f, np.random.default_rng(SEED))
        done(f"{version}.h5")

    rng = np.random.default_rng(SEED + 1)
    # A chunk index in pages, and one with super blocks, of which most chunks
    # were never written.
    with h5py.File(OUT / "paged.h5", "w", libver="latest") as f:
        d = f.create_dataset("extensible", (300000,), "u1", chunks=(1,), maxshape=(None,), fillvalue=9)
        for k in (0, 3, 40, 700, 33000, 131061, 133000, 134300, 150000, 240000, 299999):
            d[k] = k % 200
        d = f.create_dataset("fixed", (4, 700), "u1", chunks=(1, 2))
        d[1, 100:108], d[3, 699] = np.arange(8), 77
        d = f.create_dataset("tree", (60, 60), "u1", chunks=(1, 1), maxshape=(None, None))
        d[:, ::2] = rng.integers(0, 255, (60, 30))
    done("paged.h5")
    with h5py.File(OUT / "many.h5", "w", libver="latest") as f:  # blocks of blocks of links
        f["x"] = 1.5
        for k in range(1500):
            f[f"a rather long name of the dataset {k:05d}"] = f["x"]
    done("many.h5")
    nested = OUT / "nested.h5"  # so many links that blocks of blocks have such in turn
    with h5py.File(nested, "w", libver="latest") as f:
        f["x"] = 1.5
        for k in range(3000):
            f[f"{k:05d}" + " and so on" * 24] = h5py.SoftLink("/x")
    (OUT / "nested.h5.gz").write_bytes(gzip.compress(nested.read_bytes(), 9, mtime=0))
    nested.unlink()
    with h5py.File(OUT / "manyold.h5", "w") as f:
        for k in range(300):
            f[f"channel {k:05d}"] = h5py.SoftLink("/x")
        f["x"] = 1.5
    done("manyold.h5")
    # Small ones, one feature each: the seeds of the fuzz target too.
    for version in ("earliest", "latest"):
        def small(name, make, **options):
            with h5py.File(OUT / f"small_{name}_{version}.h5", "w", libver=version, **options) as f:
                make(f)
            done(f"small_{name}_{version}.h5")

        a = rng.integers(-300, 300, (4, 5)).astype("i2")
        small("plain", lambda f: f.create_dataset("x", data=a), userblock_size=1024)
        small("gzip", lambda f: f.create_dataset("x", data=a, chunks=(2, 2), compression="gzip", shuffle=True, fletcher32=True))
        small("grows", lambda f: f.create_dataset("x", data=a, chunks=(1, 2), maxshape=(None, 5), compression="lzf"))
        small("tree", lambda f: f.create_dataset("x", data=a, chunks=(2, 2), maxshape=(None, None)))
        small("texts", lambda f: f.create_dataset("x", data=["face", "", "顔"]))
        small("rows", lambda f: f.create_dataset("x", data=np.array([(1, 2.5)], [("a", ">i4"), ("b", "f2", (2,))])))

        def links(f):
            for k in range(12):
                f[f"g/x{k}"] = h5py.SoftLink("/x")
                f["g"].attrs[f"a{k}"] = k
            f["x"] = np.float32(3)
            f["r"] = np.array([f["x"].ref], dtype=h5py.ref_dtype)
        small("links", links)

    # What is refused, by name.
    def refused(name, make):
        with h5py.File(OUT / f"refused_{name}.h5", "w") as f:
            make(f)
            f["x"] = 1.5

    refused("scaleoffset", lambda f: f.create_dataset("bad", data=np.arange(9), scaleoffset=True))

    def nbit(f):
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((4,))
        plist.set_filter(h5py.h5z.FILTER_NBIT)
        h5py.h5d.create(f.id, b"bad", h5py.h5t.STD_I32LE, h5py.h5s.create_simple((9,)), plist)
    refused("nbit", nbit)

    def external(f):
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_external(b"elsewhere.raw", 0, 36)
        h5py.h5d.create(f.id, b"bad", h5py.h5t.STD_I32LE, h5py.h5s.create_simple((9,)), plist)
    refused("external", external)

    def virtual(f):
        layout = h5py.VirtualLayout((4,), "i4")
        layout[:] = h5py.VirtualSource("elsewhere.h5", "x", (4,))
        f.create_virtual_dataset("bad", layout)
    refused("virtual", virtual)
    refused("opaque", lambda f: f.create_dataset("bad", data=np.array([b"ab"], "V2")))
    lists = np.empty(2, object)
    lists[:] = [np.arange(2, dtype="i4"), np.arange(3, dtype="i4")]
    refused("lists", lambda f: f.create_dataset("bad", data=lists, dtype=h5py.vlen_dtype("i4")))
    refused("float128", lambda f: f.create_dataset("bad", data=np.zeros(2, np.longdouble)))
    return expected


def claims():
    """A small file whose datasets were never written and are large."""
    with h5py.File(MAT.parent / "hdf5claims.h5", "w") as f:
        for k in range(30):
            f.create_dataset(f"empty{k:02d}", (1 << 24,), "i1", chunks=(1 << 20,), maxshape=(None,))
        f.create_dataset("tiny", (1 << 12, 1 << 12), "i1", chunks=(1, 1), maxshape=(None, None))
        f["same"] = f["tiny"]
        f.create_dataset("seen", data=np.arange(12, dtype="f4"), chunks=(5,), compression="gzip")
        one = h5py.h5s.create_simple((1,))
        h5py.h5d.create(f.id, b"array", h5py.h5t.array_create(h5py.h5t.STD_I8LE, (1 << 30,)), one)
        text = h5py.h5t.C_S1.copy()
        text.set_size(1 << 30)
        h5py.h5d.create(f.id, b"text", text, one)


def write73(path, variables, odd=True):
    """The variables as MATLAB R2024a's save -v7.3 lays them out."""
    with h5py.File(path, "w", libver="earliest", userblock_size=512) as f:
        references, count = f.create_group("#refs#"), itertools.count()

        def mark(o, cls, **marks):
            o.attrs.create("MATLAB_class", np.bytes_(cls))
            for k, v in marks.items():
                o.attrs["MATLAB_" + k] = v

        def empty(g, name, shape, cls, **marks):
            d = g.create_dataset(name, data=np.array(shape, "u8"))
            mark(d, cls, empty=np.uint8(1), **marks)

        def fields(o, names):
            v = np.empty(len(names), object)
            v[:] = [np.array(list(n), "S1") for n in names]
            o.attrs.create("MATLAB_fields", v, dtype=h5py.vlen_dtype(np.dtype("S1")))

        def refer(values):
            out = np.empty(values.size, dtype=h5py.ref_dtype)
            for i, v in enumerate(values.ravel("F")):
                name = f"r{next(count):04d}"
                put(references, name, v)
                out[i] = references[name].ref
            return out.reshape(values.T.shape)

        def put(g, name, a):
            if scipy.sparse.issparse(a):
                a = a.tocsc()
                s = g.create_group(name)
                s["data"], s["ir"], s["jc"] = a.data, a.indices.astype("u8"), a.indptr.astype("u8")
                mark(s, "double", sparse=np.uint64(a.shape[0]))
                return
            a = np.asarray(a)
            if a.dtype.names:
                if a.size != 1:
                    s = g.create_group(name)
                    for field in a.dtype.names:
                        s.create_dataset(field, data=refer(a[field]), dtype=h5py.ref_dtype)
                else:
                    s = g.create_group(name)
                    for field in a.dtype.names:
                        put(s, field, a.ravel()[0][field])
                mark(s, "struct")
                fields(s, a.dtype.names)
            elif a.dtype == object:
                if a.size == 0:
                    return empty(g, name, a.shape, "cell")
                d = g.create_dataset(name, data=refer(a), dtype=h5py.ref_dtype)
                mark(d, "cell")
            elif a.dtype.kind == "U":
                rows = [str(s) for s in a.ravel()]
                length = max(map(len, rows), default=0)
                if length == 0:
                    return empty(g, name, (0, 0), "char", int_decode=np.int32(2))
                units = np.array([[ord(c) for c in s.ljust(length)] for s in rows], "u2")
                mark(g.create_dataset(name, data=units.T), "char", int_decode=np.int32(2))
            elif a.dtype.kind == "b":
                mark(g.create_dataset(name, data=a.T.astype("u1")), "logical", int_decode=np.int32(1))
            elif a.dtype.kind == "c":
                pair = np.zeros(a.T.shape, [("real", "f8"), ("imag", "f8")])
                pair["real"], pair["imag"] = a.T.real, a.T.imag
                mark(g.create_dataset(name, data=pair), "double")
            elif a.size == 0:
                empty(g, name, a.shape, CLASSES.get(a.dtype.name, a.dtype.name))
            else:
                packed = {"compression": 3, "chunks": tuple(min(n, 20) for n in a.T.shape)} if a.size > 20 else {}
                mark(g.create_dataset(name, data=a.T, **packed), CLASSES.get(a.dtype.name, a.dtype.name))

        for name, a in variables.items():
            put(f, name, a)
        # What scipy's file has not: an empty struct with fields, a handle, an
        # object that only MATLAB reads, a cell with an element never set.
        if odd:
            empty(f, "nobody", (0, 1), "struct")
            fields(f["nobody"], ["who", "t"])
            s = f.create_group("handle")
            put(s, "function_handle", np.array(["sin"]))
            mark(s, "function_handle", object_decode=np.int32(1))
            d = f.create_dataset("table", data=np.array([[0xDD000000, 2, 1, 1, 1, 1]], "u4"))
            mark(d, "table", object_decode=np.int32(3))
            unset = np.empty((1, 3), dtype=h5py.ref_dtype)
            empty(references, "a", (0, 0), "canonical empty")
            unset[0, 1] = references["a"].ref
            put(references, "set", np.array([[7.0]]))
            unset[0, 0] = references["set"].ref
            mark(f.create_dataset("unset", data=unset.T, dtype=h5py.ref_dtype), "cell")
            put(f.create_group("#subsystem#"), "MCOS", np.array([[1.0]]))
    with open(path, "r+b") as f:
        f.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64, by hand HDF5 schema 1.00 .".ljust(116) + bytes(8) + struct.pack("<H", 0x0200) + b"IM")


CLASSES = {"float64": "double", "float32": "single", "bool": "logical"}


def matlab_files():
    MAT.mkdir(parents=True, exist_ok=True)
    plain = scipy.io.loadmat(MAT.parent / "mat" / "plain.mat", mat_dtype=True)
    variables = {k: v for k, v in plain.items() if not k.startswith("__")}
    variables["complex"] = scipy.io.loadmat(MAT.parent / "mat" / "plain.mat", variable_names=["complex"])["complex"]
    write73(MAT / "hand.mat", variables)
    back = mat73.loadmat(MAT / "hand.mat", only_include=["float32", "int16", "betas", "deep", "logical", "zeros", "session", "word", "rois"])
    for k in ("float32", "int16", "betas", "deep", "logical", "zeros"):
        assert np.array_equal(np.squeeze(back[k]), np.squeeze(variables[k])), k
    assert back["session"]["who"] == "S1" and back["word"] == "naïve – 顔", back["session"]
    assert back["rois"]["name"] == [["roi 0", "roi 1"], ["roi 2", "roi 3"]], back["rois"]["name"]
    # One kind of value each: the seeds of the fuzz target.
    for k in ("int16", "word", "names", "runs", "session", "sparse"):
        write73(MAT / f"small_{k}.mat", {k: variables[k]}, odd=False)
    (MAT / "storage.mat").unlink(missing_ok=True)
    stored = {k: v for k, v in variables.items() if k not in ("sparse",)}
    hdf5storage.savemat(str(MAT / "storage.mat"), stored, format="7.3", oned_as="row", store_python_metadata=False, matlab_compatible=True)
    with open(MAT / "storage.mat", "r+b") as f:  # the date
        f.write(b"MATLAB 7.3 MAT-file, by hdf5storage HDF5 schema 1.00 .".ljust(116))


if __name__ == "__main__":
    expected = {"made_by": f"internal/reference/hdf5.py, seed {SEED}, h5py {h5py.__version__}, HDF5 {h5py.version.hdf5_version}, numpy {np.__version__}", "files": h5py_files()}
    (OUT / "expected.json").write_text(json.dumps(expected, indent=0) + "\n")
    import hdf5storage
    import mat73
    import scipy.io
    import scipy.sparse

    matlab_files()
    claims()
