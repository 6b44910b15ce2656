"""What the files of the catalog's data sets are: SHA-256, size and path.

    python internal/reference/manifests.py DATA

reads the folder DATA (FUSIFORM_DATA) and writes one file for each data set to
nbext/catalog/manifests/NAME.txt: a line for each file, sorted by path,

    SHA-256  size in bytes  path below the data set's folder

It needs nothing but Python. catalog.TestManifests compares them with the files.
"""
import hashlib
import pathlib
import sys

FOLDERS = {
    "floc": "images/floc",
    "murty185": "images/murty185",
    "kriegeskorte92": "images/kriegeskorte92",
    "vpnl_toonCat_floc_profiles": "brain/vpnl_toonCat_floc_profiles",
    "vpnl_floc_rsms": "brain/vpnl_floc_rsms",
    "vpnl_floc_roi_betas": "brain/vpnl_floc_roi_betas",
    "haxby2001_sub001_1slice": "brain/haxby2001_sub001_1slice",
    "roi81_single_subject": "brain/roi81_single_subject",
    "kriegeskorte2008_hIT_92": "brain/kriegeskorte2008_hIT_92",
    "paper": "paper",
}
OUT = pathlib.Path(__file__).resolve().parents[2] / "nbext" / "catalog" / "manifests"

data = pathlib.Path(sys.argv[1])
OUT.mkdir(exist_ok=True)
for name, folder in FOLDERS.items():
    root = data / folder
    lines = []
    for path in sorted((p for p in root.rglob("*") if p.is_file()), key=lambda p: p.relative_to(root).as_posix()):
        body = path.read_bytes()
        lines.append(f"{hashlib.sha256(body).hexdigest()}  {len(body)}  {path.relative_to(root).as_posix()}\n")
    (OUT / (name + ".txt")).write_text("".join(lines), encoding="utf-8")
    print(name, len(lines), "files")
