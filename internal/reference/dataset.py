"""Fixtures and expected values for analysis/dataset.

    FUSIFORM_DATA=... python internal/reference/dataset.py

writes analysis/dataset/testdata/: files by numpy, Pillow and csv, and
reference.json with what they hold. From the human and published tables it
takes figures only (counts, means, correlations), never rows.
"""

import collections
import csv
import hashlib
import json
import os
import pathlib
import sys

import numpy as np
import PIL
from PIL import Image

SEED = 20260529
OUT = pathlib.Path(__file__).resolve().parents[2] / "analysis" / "dataset" / "testdata"
CONDITIONS = ["adult_faces", "child_faces", "bodies", "limbs", "cars", "guitars", "corridors", "houses", "words", "numbers"]


def npy_files(rng):
    """An array of each element type that is read, as numpy.save writes it."""
    (OUT / "npy").mkdir(parents=True, exist_ok=True)
    for old in (OUT / "npy").glob("*.npy"):
        old.unlink()
    small = rng.integers(-100, 100, (3, 4))
    real = rng.normal(size=(3, 4)) * [1, 1e-6, 1e4, 1]
    arrays = {"f8": real, "f4": real.astype("<f4"), "f2": real.astype("<f2"), "f8_big": real.astype(">f8"), "f4_big": real.astype(">f4"),
              "f2_big": real.astype(">f2"), "f8_fortran": np.asfortranarray(real), "f4_fortran_big": np.asfortranarray(real.astype(">f4")),
              "bool": small > 0, "vector": real[:, 0].copy(), "i2_big": (small * 300).astype(">i2"), "u8": small.astype("<u8") >> np.uint64(12)}
    for t in ("i1", "i2", "i4", "i8"):
        arrays[t] = small.astype(t)
    for t in ("u1", "u2", "u4"):
        arrays[t] = np.abs(small).astype(t)
    arrays["f2_edges"] = np.array([[0.0, -0.0, 6e-8, -6e-8], [6.1e-5, 65504, -65504, 1]], dtype="<f2")
    out = {}
    for name, a in arrays.items():
        np.save(OUT / "npy" / f"{name}.npy", a)
        out[name] = a.reshape(len(a), -1).astype("<f8").tolist()
    with open(OUT / "npy" / "version2.npy", "wb") as f:
        np.lib.format.write_array(f, real, version=(2, 0))
    with open(OUT / "npy" / "version3.npy", "wb") as f:
        np.lib.format.write_array(f, real, version=(3, 0))
    out["version2"] = out["version3"] = real.tolist()
    return out


def image_files(rng):
    """One picture in each format, and its pixels as Pillow decodes them."""
    folder = OUT / "images"
    folder.mkdir(parents=True, exist_ok=True)
    rgb = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    smooth = np.linspace(40, 200, 16 * 16 * 3).reshape(16, 16, 3).astype(np.uint8)
    Image.fromarray(rgb).save(folder / "a.png")
    Image.fromarray(rgb[..., 0]).save(folder / "grey.png")
    Image.fromarray(rgb).save(folder / "b.bmp")
    Image.fromarray(rgb).save(folder / "c.tif", compression="tiff_lzw")
    Image.fromarray(rgb).save(folder / "d.webp", lossless=True)
    Image.fromarray(smooth).save(folder / "e.jpg", quality=95)
    frames = [Image.fromarray(np.full((4, 6), v, np.uint8)) for v in (10, 200)]
    frames[0].save(folder / "f.gif", save_all=True, append_images=frames[1:])
    return {p.name: {"rgb": np.asarray(Image.open(p).convert("RGB")).tolist(), "sha256": hashlib.sha256(p.read_bytes()).hexdigest()}
            for p in sorted(folder.iterdir())}


def response_table(rng):
    """A table as Python's csv writes it: Windows line ends, a byte-order mark, quotes."""
    ids = ["set/a, first.png", 'set/b "second".png', "set/ç.png"]
    values = rng.normal(size=(3, 2)) * 1e3
    with open(OUT / "responses.csv", "w", encoding="utf-8-sig", newline="") as f:
        w = csv.writer(f)
        w.writerow(["stimulus", "category", "v, 1", "subcategory", "v2"])
        for i, row in enumerate(values.tolist()):
            w.writerow([ids[i], "face", row[0], "adult", row[1]])
    return {"ids": ids, "values": values.tolist()}


def leave_one_out(people):
    r = []
    for i in range(len(people)):
        others = np.mean([p for j, p in enumerate(people) if j != i], axis=0)
        r.append(np.corrcoef(people[i], others)[0, 1])
    return float(np.mean(r))


def by_person(rows, person, roi, value):
    sessions = collections.defaultdict(list)
    for row in rows:
        if roi(row):
            sessions[row[person]].append(value(row))
    return [np.mean(v, axis=0) for v in sessions.values()], sum(map(len, sessions.values()))


def people(data):
    def rows(name):
        with open(data / "brain" / name, newline="") as f:
            return list(csv.DictReader(f))

    profile = lambda row: np.array([float(row[c]) for c in CONDITIONS])
    out = {"profiles": {}, "rsms": {}, "betas": {}}
    table = rows("vpnl_toonCat_floc_profiles/floc_roi_mean_t.csv")
    for hemi, roi in [("rh", "pFus_faces"), ("rh", "OTS_bodies"), ("rh", "CoS_places"), ("lh", "pOTS_words")]:
        each, sessions = by_person(table, "person", lambda r: r["hemi"] == hemi and r["roi"] == roi, profile)
        out["profiles"][f"{hemi} {roi}"] = {"people": len(each), "sessions": sessions, "leave_one_out": leave_one_out(each),
                                            "mean": np.mean(each, axis=0).tolist()}
    upper = np.triu_indices(10, 1)
    matrix = lambda row: np.array([[float(row[f"{a}|{b}"]) for b in CONDITIONS] for a in CONDITIONS])
    for kind in ["allvoxels", "selective_latmed", "nonselective_latmed"]:
        table = rows(f"vpnl_floc_rsms/floc_rsm_{kind}.csv")
        each, sessions = by_person(table, "subject", lambda r: r["roi"] == "rh_vtc_lateral", matrix)
        out["rsms"][kind] = {"people": len(each), "sessions": sessions, "leave_one_out": leave_one_out([m[upper] for m in each]),
                             "diagonal": np.diag(np.mean(each, axis=0)).tolist()}
    table = rows("vpnl_floc_roi_betas/floc_roi_betas.csv")
    have = [r for r in table if not np.isnan(profile(r)).any()]
    out["betas"] = {"rows": len(have), "absent": len(table) - len(have),
                    "rh_pFus": np.mean([profile(r) for r in have if r["roi"].startswith("rh_pFus")], axis=0).tolist()}
    return out


def main():
    rng = np.random.default_rng(SEED)
    data = os.environ.get("FUSIFORM_DATA")
    if not data:
        sys.exit("set FUSIFORM_DATA to the data folder")
    reference = {
        "made_by": f"internal/reference/dataset.py, seed {SEED}, Python {sys.version.split()[0]}, numpy {np.__version__}, Pillow {PIL.__version__}",
        "npy": npy_files(rng),
        "images": image_files(rng),
        "table": response_table(rng),
        "people": people(pathlib.Path(data)),
    }
    (OUT / "reference.json").write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
