"""The Python side of notebooks/coming-from-python.md: makes its data, runs its
blocks as they stand there, and writes what they print.

    python internal/reference/coming.py > notebooks/testdata/coming/expected.json

It needs rsatoolbox, himalaya, scikit-learn, nilearn, pandas and numpy. The data
are drawn here: 8 people and a network answer 24 stimuli, four categories of six.
"""

import contextlib
import io
import json
import os
import re
import sys
from importlib.metadata import version

import numpy as np

SEED = 20261125
HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "..", "..", "notebooks", "coming-from-python.md")
DATA = os.path.join(HERE, "..", "..", "notebooks", "testdata", "coming")


def write_data():
    rng = np.random.default_rng(SEED)
    categories = ["face", "body", "scene", "object"]
    stimuli = [(f"{c}-{i}", c) for i in range(6) for c in categories]
    code = rng.normal(size=(4, 10))
    latent = np.array([code[categories.index(c)] for _, c in stimuli]) + rng.normal(size=(24, 10))
    for name, channels, noise in [(f"S{k}", 12, 1.5) for k in range(1, 9)] + [("network", 30, 0.5)]:
        v = latent @ rng.normal(size=(10, channels)) + noise * rng.normal(size=(24, channels))
        with open(os.path.join(DATA, name + ".csv"), "w") as f:
            f.write("stimulus,category," + ",".join(f"v{i}" for i in range(channels)) + "\n")
            for (s, c), row in zip(stimuli, v):
                f.write(f"{s},{c}," + ",".join(f"{x:.2f}" for x in row) + "\n")


write_data()
os.chdir(DATA)
out = {"versions": {p: version(p) for p in ["rsatoolbox", "himalaya", "scikit-learn", "nilearn", "pandas", "numpy"]}, "seed": SEED, "printed": []}
for block in re.findall(r"```python\n(.*?)```", open(PAGE).read(), re.S):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block, "block", "exec"), {})
    numbers = [float(x) for x in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", re.sub(r"np\.float64", "", printed.getvalue()))]
    out["printed"].append(numbers)
json.dump(out, sys.stdout, indent=1)
