"""Expected values for what analysis/simulate's cohorts see: the features of one picture.

    python internal/reference/simulate.py > analysis/simulate/testdata/seen.json
"""
import json
import sys

import numpy as np
import scipy
from scipy.signal import correlate2d

SIDE, GRID = 32, 4
x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
pixels = (7 * x + 13 * y + x * y) % 256
p = (pixels - pixels.mean()) / pixels.std()


def cells(v):
    return v.reshape(GRID, v.shape[0] // GRID, GRID, v.shape[1] // GRID).mean((1, 3)).ravel()


features = []
for wave, mean, sd in [(4, 0.85, 0.45), (8, 2.1, 1.1)]:
    gx, gy = np.meshgrid(np.arange(-wave, wave + 1), np.arange(-wave, wave + 1))
    envelope = np.exp(-(gx**2 + gy**2) / (2 * (wave / 2) ** 2))
    for o in range(4):
        along = gx * np.cos(np.pi * o / 4) + gy * np.sin(np.pi * o / 4)
        power = 0
        for f in (np.cos, np.sin):
            g = envelope * f(2 * np.pi * along / wave)
            g -= g.mean()
            g /= np.linalg.norm(g)
            power = power + correlate2d(p, g, mode="same") ** 2
        features.extend((cells(np.sqrt(power)[::2, ::2]) - mean) / sd)
features.extend(cells(p) / 0.65)
json.dump(dict(Made="internal/reference/simulate.py", Versions=dict(numpy=np.__version__, scipy=scipy.__version__), Features=features), sys.stdout)
