"""What every script of a peer uses. Import it first: numpy reads the number of
threads from the environment, which the command has set.

A script is called with one argument, a JSON object: task, peer, threads, budget
(seconds), answer (a file for the answer, or ""), and the task's own Args. It
ends with report(work, answer)."""
import json
import resource
import sys
import time

import numpy as np

SPEC = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
SAMPLED = 4096  # as in uniform.go


def uniform(seed, n, dtype=np.float32):
    """n numbers in [-1, 1): the upper 24 bits of SplitMix64, as uniform in Go gives them."""
    v = np.empty(n, dtype)
    block = 1 << 16  # so that temporary arrays do not count as peak memory
    with np.errstate(over="ignore"):
        for at in range(0, n, block):
            i = np.arange(at + 1, min(at + block, n) + 1, dtype=np.uint64)
            z = np.uint64(seed) + i * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z ^= z >> np.uint64(31)
            v[at:at + len(i)] = (z >> np.uint64(40)).astype(dtype) / dtype(1 << 23) - dtype(1)
    return v


def sample(a):
    """Every k-th value of an array, as sample in Go takes them."""
    a = np.asarray(a).reshape(-1)
    return a[::max(1, (len(a) + SAMPLED - 1) // SAMPLED)].astype(np.float64)


def peak_mib():
    try:
        for line in open("/proc/self/status"):
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) / 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def cpu_seconds():
    """Processor time of this process and of its children that have ended."""
    u = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(x.ru_utime + x.ru_stime for x in u)


def report(work, answer=None):
    """Time work as repeat in Go does, print the reading, write the answer."""
    budget = SPEC["budget"]
    work()
    best, runs, start, cpu = float("inf"), 0, time.perf_counter(), cpu_seconds()
    while runs < 1000:
        t = time.perf_counter()
        work()
        now = time.perf_counter()
        best, runs = min(best, now - t), runs + 1
        if now - start > 10 * budget or (now - start > budget and runs >= 2):
            break
    mib, cpu = peak_mib(), (cpu_seconds() - cpu) / runs
    if SPEC["answer"]:
        a = np.empty(0) if answer is None else np.asarray(answer(), np.float64)
        a.astype("<f8").tofile(SPEC["answer"])
    print(json.dumps({"seconds": best, "mib": mib, "runs": runs, "cpu": cpu}))
