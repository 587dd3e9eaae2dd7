# SPDX-License-Identifier: Apache-2.0
# What numpy and statsmodels do of the work of the speed_*.c beside it: /usr/bin/python3 speed.py FOLDER.
# Prints "NAME SECONDS TOOL", processor seconds.
import sys
import time

folder = sys.argv[1]
try:
    import numpy
except ImportError:
    sys.exit("numpy is not installed")


def timed(what, tool, work):
    start = time.process_time()
    work()
    print(f"{what} {time.process_time() - start:.5f} {tool}", flush=True)


def columns(name, *names):
    return [numpy.fromfile(f"{folder}/{name}.{k}") for k in names]


def randomise():
    table = numpy.loadtxt(f"{folder}/lot.csv", delimiter=",", skiprows=1)
    y, treat = table[:, 0], table[:, 1].copy()
    generator = numpy.random.default_rng(1)
    observed = abs(y[treat == 1].mean() - y[treat == 0].mean())
    as_large = 0
    for _ in range(10000):
        generator.shuffle(treat)
        chosen = y @ treat
        m = treat.sum()
        as_large += abs(chosen / m - (y.sum() - chosen) / (len(y) - m)) >= observed


def lin():
    import statsmodels.api

    y, treat, a, b = columns("balanced", "y", "treat", "a", "b")

    def work():
        p, q = a - a.mean(), b - b.mean()
        x = numpy.column_stack([numpy.ones(len(y)), treat, p, q, treat * p, treat * q])
        statsmodels.api.OLS(y, x).fit(cov_type="HC2").bse

    timed("lin", "statsmodels", work)


timed("randomise", "numpy", randomise)
try:
    lin()
except ImportError:
    print("statsmodels is not installed", file=sys.stderr)
