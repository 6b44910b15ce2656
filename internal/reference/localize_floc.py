"""An independent computation of what "fusiform localize" finds.

Run from the root of the repository, with the data folder (FUSIFORM_DATA):

    python internal/reference/localize_floc.py DATA            writes the facts
    python internal/reference/localize_floc.py DATA UNITS.csv faces [...]   compares

The fLoc images are decoded by Pillow, sent through mobilenet_v2_1.0_224.onnx
by onnxruntime, and each unit of the layer pool62 is tested by
scipy.stats.ttest_ind (Welch). The first form writes the t of every unit
and the counts at t > 7 to nbext/cmd/fusiform/testdata/localize_floc.json
(facts about the images, not the images); the second prints how tables
written by the command, each followed by the name of its contrast, compare.
"""
import csv
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
import PIL
import scipy
from PIL import Image
from scipy import stats

MODEL, LAYER, SIZE, MEAN, STD = "mobilenet_v2_1.0_224.onnx", "pool62", 224, 128, 128
CONTRASTS = {"faces": "face", "bodies": "body", "scenes": "scene"}


def responses(data):
    model = onnx.load(os.path.join(data, "models", MODEL))
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(LAYER))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    folder = os.path.join(data, "images", "floc")
    with open(os.path.join(folder, "index.csv"), newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["category"] != "scrambled"]
    out = []
    for r in rows:
        image = Image.open(os.path.join(folder, r["file"])).convert("RGB")
        if image.size != (SIZE, SIZE):
            image = image.resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        x = (np.asarray(image, np.float32).transpose(2, 0, 1) - MEAN) / STD
        out.append(session.run([LAYER], {name: x[None]})[0].reshape(-1))
    return np.array([r["category"] for r in rows]), np.stack(out).astype(np.float64)


category, x = responses(sys.argv[1])
alive = x.std(axis=0) > 0
found = {}
for name, domain in CONTRASTS.items():
    t = np.zeros(x.shape[1])
    t[alive] = stats.ttest_ind(x[category == domain][:, alive], x[category != domain][:, alive], equal_var=False).statistic
    found[name] = t

if len(sys.argv) == 2:
    facts = {
        "made_by": f"internal/reference/localize_floc.py, onnxruntime {onnxruntime.__version__}, Pillow {PIL.__version__}, "
                   f"numpy {np.__version__}, scipy {scipy.__version__}",
        "model": MODEL, "layer": LAYER, "images": int(len(category)), "dead": int((~alive).sum()),
        "contrasts": {k: {"above7": int((t > 7).sum()), "t": [float(f"{v:.6g}") for v in t]} for k, t in found.items()},
    }
    with open("nbext/cmd/fusiform/testdata/localize_floc.json", "w") as f:
        json.dump(facts, f)
    print({k: v["above7"] for k, v in facts["contrasts"].items()}, "dead", facts["dead"], "images", facts["images"])
else:
    for path, name in zip(sys.argv[2::2], sys.argv[3::2]):
        with open(path, newline="") as f:
            rows = list(csv.DictReader(f))
        t = np.array([float(r["t"]) for r in rows])
        n = sum(r["selected"] == "true" for r in rows)
        both = sum(r["selected"] == "true" and v > 7 for r, v in zip(rows, found[name]))
        print(f"{name}: r of t = {np.corrcoef(t, found[name])[0, 1]:.7f}, largest |difference| = {np.abs(t - found[name]).max():.4f}, "
              f"t > 7: {n} here, {(found[name] > 7).sum()} in Python, {both} in both")
