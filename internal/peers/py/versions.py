"""Prints the versions of the peers in one line."""
import importlib.metadata
import platform

have = ["Python " + platform.python_version()]
for name in ["numpy", "scipy", "torch", "torchvision", "onnxruntime", "scikit-learn", "himalaya", "rsatoolbox", "nilearn", "nibabel", "h5py", "matplotlib"]:
    try:
        have.append(f"{name} {importlib.metadata.version(name)}")
    except importlib.metadata.PackageNotFoundError:
        have.append(f"no {name}")
try:
    import numpy  # noqa: F401  (loads the library that threadpoolctl looks at)
    import threadpoolctl
    have += [f"{i['internal_api']} {i['version']} ({i['architecture']})" for i in threadpoolctl.threadpool_info() if i["user_api"] == "blas"]
except ImportError:
    pass
print(", ".join(have))
