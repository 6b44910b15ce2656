"""Expected values of analysis/glm, from nilearn.

    PYTHONPATH=<folder with nilearn> python internal/reference/glm.py

writes analysis/glm/testdata/glm.json: responses of the blood, designs, and two
simulated runs of a few voxels with what nilearn's first-level model makes of
them. With a folder of real runs as argument (brain/haxby2001_sub001_1slice of
the data folder) it writes haxby.json, too: counts and every third voxel of the
t-maps of house − face, no time courses. Made with nilearn 0.14.1, numpy 2.4.6.
"""

import json
import pathlib
import sys
import warnings

import nibabel as nib
import nilearn
import numpy as np
import pandas as pd
import scipy
import scipy.ndimage
from nilearn.glm.contrasts import compute_contrast, compute_fixed_effect_contrast, expression_to_contrast_vector
from nilearn.glm.first_level import FirstLevelModel, glover_hrf, make_first_level_design_matrix, mean_scaling, run_glm, spm_hrf

warnings.filterwarnings("ignore")
SEED = 20261125
OUT = pathlib.Path(__file__).resolve().parents[2] / "analysis" / "glm" / "testdata"
VERSIONS = {"nilearn": nilearn.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
rng = np.random.default_rng(SEED)


def blocks(n, tr, types, duration, jitter):
    """Events that follow one another, shuffled."""
    t, rows = 6.0, []
    while t + duration < n * tr - 10:
        for kind in rng.permutation(types):
            if t + duration >= n * tr - 4:
                break
            rows.append((round(t, 3), duration, str(kind)))
            t += duration + 4 + jitter * rng.random()
    return pd.DataFrame(rows, columns=["onset", "duration", "trial_type"])


def design(name, n, tr, events, hrf="glover", high_pass=0.01, slice_time=0.0, confounds=None):
    times = np.linspace(slice_time * tr, (n - 1 + slice_time) * tr, n)
    names = None if confounds is None else [f"motion {i}" for i in range(confounds.shape[1])]
    d = make_first_level_design_matrix(times, events, hrf_model=hrf, high_pass=high_pass, add_regs=confounds, add_reg_names=names)
    ev = events.to_dict("records")
    return d, {"name": name, "volumes": n, "tr": tr, "events": ev, "hrf": hrf, "high_pass": high_pass, "slice_time": slice_time,
               "confounds": None if confounds is None else confounds.tolist(), "confound_names": names, "columns": list(d.columns), "x": d.values.tolist()}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    designs, fits = [], []
    events = blocks(80, 2.5, ["house", "face", "cat"], 15.0, 0)
    designs.append(design("blocks", 80, 2.5, events)[1])
    moments = blocks(90, 0.8, ["b", "a"], 0.0, 1.3)
    moments["modulation"] = np.round(rng.random(len(moments)) + 0.5, 3)
    designs.append(design("moments", 90, 0.8, moments, "spm", 0.02, 0.5, rng.normal(size=(90, 2)))[1])
    early = pd.DataFrame({"onset": [-3.0, 2.0, 20.7, 41.0, 58.9], "duration": [5.0, 4.0, 12.0, 3.3, 30.0], "trial_type": ["a", "b", "a", "b", "a"]})
    designs.append(design("over the ends", 50, 1.25, early, "glover", 0.008, 1.0)[1])

    runs, voxels = [], 14
    for r in range(2):
        n = (70, 76)[r]
        events = blocks(n, 2.0, ["house", "face"], 9.0, 2)
        d, row = design(f"run-{r}", n, 2.0, events, confounds=rng.normal(size=(n, 1)))
        rho = np.linspace(-0.4, 0.8, voxels)
        noise = rng.normal(size=(n, voxels))
        for t in range(1, n):
            noise[t] += rho * noise[t - 1]
        beta = np.linspace(-3, 3, voxels)
        y = np.round(500 + 20 * np.arange(voxels) + 4 * noise + np.outer(d["house"] - d["face"], beta) + 3 * d["face"].to_numpy()[:, None], 4)
        runs.append((d, y))
        row["y"] = y.tolist()
        fits.append(row)
    maps = []
    for noise in ("ar1", "ols"):
        for raw in (True, False):
            labels, results = [], []
            for d, y in runs:
                lab, res = run_glm(y if raw else mean_scaling(y, 0)[0], d.values, noise_model=noise)
                labels.append(lab)
                results.append(res)
            con = [expression_to_contrast_vector("house - face", list(d.columns)) for d, _ in runs]
            c = compute_fixed_effect_contrast(labels, results, con)
            betas = []
            for lab, res, (d, _) in zip(labels, results, runs):
                b = np.zeros((d.shape[1], voxels))
                for k, v in res.items():
                    b[:, lab == k] = v.theta
                betas.append(b[:2].tolist())
            maps.append({"noise": noise, "raw": raw, "effect": c.effect.ravel().tolist(), "variance": c.variance.tolist(), "t": c.stat().tolist(),
                         "p_one_sided": c.p_value().tolist(), "df": c.dof, "betas": betas,
                         "rho": [[float(x) for x in lab] for lab in labels]})
    derivatives, ftests, arma = derived(), f_tests(runs), arma11(runs)
    tails = [[t, df, float(2 * scipy.stats.t.sf(t, df))] for t in (0.0, 0.5, 3.1, 8.893, 12.344, 38.0) for df in (50.0, 1272.0)]
    kernels = {"glover": glover_hrf(2.0, 50)[::10].tolist(), "spm": spm_hrf(2.0, 50)[::10].tolist()}
    mask = np.random.default_rng(SEED).random((7, 6, 5)) < 0.4
    label, _ = scipy.ndimage.label(mask)
    clusters = {"shape": mask.shape, "keep": mask.ravel(order="F").tolist(), "size": np.where(mask, np.bincount(label.ravel())[label], 0).ravel(order="F").tolist()}
    text = json.dumps({"versions": VERSIONS, "seed": SEED, "kernels": kernels, "designs": designs, "fits": fits, "maps": maps, "derivatives": derivatives, "f_tests": ftests, "arma11": arma, "tails": tails, "clusters": clusters})
    (OUT / "glm.json").write_text(text + "\n")
    if len(sys.argv) > 1:
        haxby(pathlib.Path(sys.argv[1]))


def derived():
    """Designs with derivatives of the response, and a run fitted by one of them."""
    rng = np.random.default_rng(SEED + 1)
    out = []
    for k, hrf in enumerate(["glover + derivative", "spm + derivative", "glover + derivative + dispersion", "spm + derivative + dispersion"]):
        t = np.sort(rng.uniform(2, 70, 9)).round(2)
        events = pd.DataFrame({"onset": t, "duration": rng.choice([0.0, 1.5, 6.0], 9), "trial_type": ["b", "a", "c"] * 3})
        d, row = design(hrf, 60, (1.5, 2.0)[k % 2], events, hrf, 0.01, (0.0, 0.5)[k // 2])
        if k == 2:
            y = np.round(300 + d[["a", "a_derivative", "b_dispersion"]].to_numpy() @ rng.normal(size=(3, 6)) * 5 + rng.normal(size=(60, 6)), 4)
            row["y"] = y.tolist()
            lab, res = run_glm(y, d.values, noise_model="ar1")
            c = compute_contrast(lab, res, expression_to_contrast_vector("a - b", list(d.columns)))
            row["t"] = c.stat().tolist()
        out.append(row)
    return out


def f_tests(runs):
    """F of both conditions, and of their difference, per run and as fixed effects."""
    out = []
    for noise in ("ar1", "ols"):
        fits = [run_glm(mean_scaling(y, 0)[0], d.values, noise_model=noise) for d, y in runs]
        for rows in (["face", "house"], ["face - house"]):
            con = [np.array([expression_to_contrast_vector(r, list(d.columns)) for r in rows]) for d, _ in runs]
            each = [compute_contrast(*f, c, stat_type="F") for f, c in zip(fits, con)]
            both = compute_fixed_effect_contrast([f[0] for f in fits], [f[1] for f in fits], con, "F")
            out.append({"noise": noise, "rows": rows, "each": [{"f": c.stat().tolist(), "p": c.p_value().tolist(), "df": c.dof} for c in each],
                        "both": {"f": both.stat().tolist(), "p": both.p_value().tolist(), "df": both.dof}})
    return out


GRID = [(0.0, 0.0)] + [(f, s) for f in (0.3, 0.5, 0.7, 0.85, 0.94, 0.98) for s in (0.15, 0.3, 0.5, 0.75, 1.0)]


def covariance(n, phi, share):
    v = share * phi ** np.arange(n)
    v[0] = 1
    return scipy.linalg.toeplitz(v)


def arma11(runs):
    """Noise that is AR(1) plus white, by restricted maximum likelihood on a grid,
    with dense covariances; degrees of freedom by Satterthwaite. No tool does
    exactly this, so it is written from the formulas, another way than in Go:
    inverses of whole matrices, gradients in closed form."""
    out = []
    for d, y in runs:
        x = d.values
        n, k = x.shape
        drift = sum(c.startswith("drift") for c in d.columns)
        c = expression_to_contrast_vector("house - face", list(d.columns))
        both = np.array([expression_to_contrast_vector(r, list(d.columns)) for r in ("face", "house")])
        best = np.full(y.shape[1], -np.inf)
        found = np.zeros((7, y.shape[1]))
        w = np.pi * np.arange(drift + 1, n) / n
        for phi, share in GRID:
            v = covariance(n, phi, share)
            vi = np.linalg.inv(v)
            xvx = np.linalg.inv(x.T @ vi @ x)
            proj = vi - vi @ x @ xvx @ x.T @ vi
            rest = np.einsum("tv,ts,sv->v", y, proj, y)
            score = -(n - k) * np.log(rest) - np.linalg.slogdet(v)[1] + np.linalg.slogdet(xvx)[1]
            u = c @ xvx @ c
            lag = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
            by_phi = np.where(lag > 0, share * lag * phi ** np.maximum(lag - 1, 0), 0)
            by_share = np.where(lag > 0, phi ** lag, 0)
            denominator = 1 - 2 * phi * np.cos(w) + phi**2
            log_spectrum = np.array([np.ones_like(w),
                                     share * (-2 * phi * denominator - (1 - phi**2) * (2 * phi - 2 * np.cos(w))) / denominator**2,
                                     (1 - phi**2) / denominator - 1])
            log_spectrum[1:] /= 1 - share + share * (1 - phi**2) / denominator
            information = (n - k) / 2 * log_spectrum @ log_spectrum.T / len(w) + np.diag([0, 12, 12])

            def freedom(c):
                a = vi @ x @ xvx @ c
                g = np.array([1, a @ by_phi @ a / (c @ xvx @ c), a @ by_share @ a / (c @ xvx @ c)])
                return 2 / (g @ np.linalg.solve(information, g))

            df = freedom(c)
            middle = np.linalg.inv(both @ xvx @ both.T)
            each = np.array([freedom(r) for r in scipy.linalg.sqrtm(middle) @ both])
            e = (each / (each - 2)).sum()
            b = both @ xvx @ x.T @ vi @ y
            f = np.einsum("av,ab,bv->v", b, middle, b) / 2 / (rest / (n - k))
            effect = c @ xvx @ x.T @ vi @ y
            i = score > best
            best[i] = score[i]
            found[:, i] = np.array([np.full(y.shape[1], phi), np.full(y.shape[1], share), effect, u * rest / (n - k), np.full(y.shape[1], df), f, np.full(y.shape[1], 2 * e / (e - 2))])[:, i]
        out.append(dict(zip(["phi", "lambda", "effect", "variance", "df", "f_both", "df_both"], found.tolist())))
    return out


def haxby(folder):
    images = [nib.load(folder / f"run{r:02d}_bold.nii.gz") for r in range(1, 13)]
    events = [pd.read_csv(folder / f"run{r:02d}_events.tsv", sep="\t") for r in range(1, 13)]
    alive = np.stack([i.get_fdata() for i in images]).std(-1).min(0) > 0
    mask = nib.Nifti1Image(alive.astype("u1"), images[0].affine)
    out = {"versions": VERSIONS}
    for noise in ("ar1", "ols"):
        m = FirstLevelModel(t_r=2.5, hrf_model="glover", drift_model="cosine", high_pass=0.01, noise_model=noise, mask_img=mask, signal_scaling=False)
        m.fit(images, events=events)
        t = m.compute_contrast("house - face", output_type="stat").get_fdata().ravel(order="F")
        out[noise] = {"above": int((t > 3.1).sum()), "below": int((t < -3.1).sum()), "max": t.max(), "min": t.min(), "every_third": t[alive.ravel(order="F")][::3].tolist()}
    out["design_1"] = m.design_matrices_[0].values[:, :8].tolist()
    out["columns"] = list(m.design_matrices_[0].columns)
    (OUT / "haxby.json").write_text(json.dumps(out) + "\n")


main()
