"""The Python side of notebooks/coming-from-python.md: makes its data, runs its
blocks as they stand there, and writes what they print.

    FUSIFORM_SCANS=<a new folder> go test -run TestComingFromPython ./notebooks
    python internal/reference/coming.py <that folder> > expected.json

and the latter goes to notebooks/testdata/coming. It needs rsatoolbox, himalaya,
scikit-learn, nilearn, pandas and numpy. The tables are drawn here: 8 people and a
network answer 24 stimuli, four categories of six. The scans are those that the
test has written (simulate.Scanner, whose seed stands there).
"""

import contextlib
import io
import json
import os
import re
import sys
import tempfile
import warnings
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
work = tempfile.mkdtemp()
for name in os.listdir(DATA):
    os.symlink(os.path.join(DATA, name), os.path.join(work, name))
os.symlink(os.path.abspath(sys.argv[1]), os.path.join(work, "scans"))
page = open(PAGE).read()
os.chdir(work)
warnings.filterwarnings("ignore")
out = {"versions": {p: version(p) for p in ["rsatoolbox", "himalaya", "scikit-learn", "nilearn", "pandas", "numpy"]}, "seed": SEED, "printed": []}
for block in re.findall(r"```python\n(.*?)```", page, re.S):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block, "block", "exec"), {})
    numbers = [float(x) for x in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", re.sub(r"np\.float64", "", printed.getvalue()))]
    out["printed"].append(numbers)
json.dump(out, sys.stdout, indent=1)
