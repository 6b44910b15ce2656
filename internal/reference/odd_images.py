"""Unusual images for analysis/dataset, and what Pillow and numpy make of them.

    python internal/reference/odd_images.py

writes analysis/dataset/testdata/odd/ and odd.json: for each file its pixels
as RGBA of 8 bits (of several frames the first; of 16 bits the upper byte).
"""

import json
import pathlib
import struct
import sys
import zlib

import numpy as np
import PIL
from PIL import Image

SEED = 20260601
OUT = pathlib.Path(__file__).resolve().parents[2] / "analysis" / "dataset" / "testdata"


def png16(path, a):
    """A PNG of 16 bits a channel: Pillow cannot write one of colours."""
    h, w, c = a.shape
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in a)
    kind = {1: 0, 3: 2, 4: 6}[c]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 16, kind, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def main():
    rng = np.random.default_rng(SEED)
    folder = OUT / "odd"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    rgb = rng.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    y, x = np.mgrid[0:16, 0:16]
    smooth = np.stack([40 + 8 * x, 200 - 6 * y, 60 + 4 * x + 3 * y], -1).astype(np.uint8)
    alpha = np.tile(np.linspace(0, 255, 16).astype(np.uint8), (16, 1))
    wide = {}

    Image.fromarray(smooth).convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    Image.fromarray(smooth).save(folder / "progressive.jpg", quality=95, progressive=True, subsampling=0)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(smooth).save(folder / "turned.jpg", quality=95, subsampling=0, exif=exif)
    exif[0x0112] = 1
    Image.fromarray(smooth).save(folder / "upright.jpg", quality=95, subsampling=0, exif=exif)
    for name, c in [("grey16.png", 1), ("rgb16.png", 3), ("rgba16.png", 4)]:
        a = rng.integers(0, 1 << 16, (4, 6, c), dtype=np.uint16)
        png16(folder / name, a)
        wide[name] = a >> 8
    Image.fromarray(rgb).quantize(8).save(folder / "palette.png")
    Image.fromarray(rgb).quantize(8).save(folder / "palette_alpha.png", transparency=bytes([0, 128, 255]))
    Image.fromarray(np.dstack([rgb, rng.integers(0, 256, (4, 6), dtype=np.uint8)])).save(folder / "rgba.png")
    Image.fromarray(np.dstack([rgb[..., 0], rgb[..., 1]]), "LA").save(folder / "grey_alpha.png")
    Image.fromarray(rgb[..., 0] > 127).save(folder / "bilevel.png")
    Image.fromarray(rgb[:1, :1]).save(folder / "one.png")
    Image.fromarray(rgb[:1, :1]).save(folder / "one.jpg")
    Image.fromarray(rgb).save(folder / "deflate.tif", compression="tiff_adobe_deflate")
    frames = [Image.fromarray(np.roll(smooth, 5 * i, 1)) for i in range(3)]
    frames[0].save(folder / "moving.webp", save_all=True, append_images=frames[1:], lossless=True)
    clear = [Image.fromarray(np.dstack([np.asarray(f), alpha])) for f in frames]
    clear[0].save(folder / "moving_alpha.webp", save_all=True, append_images=clear[1:], quality=95)
    clear[0].save(folder / "alpha.webp", quality=95)
    frames[0].quantize(16).save(folder / "moving.gif", save_all=True, append_images=[f.quantize(16) for f in frames[1:]])

    images = {}
    for p in sorted(folder.iterdir()):
        a = np.asarray(Image.open(p).convert("RGBA")).copy()
        if p.name in wide:
            w = wide[p.name]
            a[...] = 255
            a[..., : (4 if w.shape[2] == 4 else 3)] = w
        images[p.name] = a.tolist()
    made = f"internal/reference/odd_images.py, seed {SEED}, Pillow {PIL.__version__}, numpy {np.__version__}, Python {sys.version.split()[0]}"
    (OUT / "odd.json").write_text(json.dumps({"made_by": made, "rgba": images}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
