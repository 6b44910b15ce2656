"""Matrix products and a Cholesky decomposition by numpy (and scipy)."""
from common import SPEC, report, sample, uniform

import numpy as np

dtype = np.dtype(SPEC["type"]).type
m, k = SPEC["m"], SPEC["k"]
a = uniform(1, m * k, dtype).reshape(m, k)

if SPEC["what"] == "gemm":
    b = uniform(2, k * SPEC["n"], dtype).reshape(k, SPEC["n"])
    c = np.empty((m, SPEC["n"]), dtype)

    def work():
        np.matmul(a, b, out=c)
elif SPEC["what"] == "syrk":
    c = np.empty((m, m), dtype)

    def work():
        np.matmul(a, a.T, out=c)  # numpy sees that it is symmetric
elif SPEC["what"] == "syrk-t":
    c = np.empty((k, k), dtype)

    def work():
        np.matmul(a.T, a, out=c)
else:
    s = a @ a.T
    del a
    if SPEC["peer"] == "scipy":
        import scipy.linalg

        def work():
            global c
            c = scipy.linalg.cholesky(s, lower=True, check_finite=False)
    else:
        def work():
            global c
            c = np.linalg.cholesky(s)

report(work, lambda: sample(c))
