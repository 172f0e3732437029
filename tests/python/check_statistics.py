"""Computes with scipy, statsmodels, scikit-learn and krippendorff what the study's own code computed, and compares.

Reads a JSON list of cases {"kind", "input", "found"}; prints {"checked": {kind: count}, "wrong": [...]}.
"""

import json
import math
import sys
import warnings

import krippendorff
import numpy as np
from scipy import stats
from scipy.optimize import brentq
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint, samplesize_confint_proportion
from statsmodels.stats.weightstats import ztost

warnings.simplefilter("ignore")  # Degenerate tables, which are null on our side and nan here.


def kappa(case):
    left, right = case["left"], case["right"]
    return [cohen_kappa_score(left, right, labels=[0, 1])]


def alpha(case):
    data = np.array([[np.nan if value is None else value for value in judge] for judge in case["judges"]])
    try:
        return [krippendorff.alpha(data, level_of_measurement="nominal")]
    except ValueError:  # One value only, or nothing to pair.
        return [math.nan]


def summary(case):
    values = np.array(case["values"], dtype=float)
    mean, count = values.mean(), len(values)
    if len(set(values)) > 1:
        return [mean, stats.sem(values), *score_interval(values)]
    return [mean, 0.0, *proportion_confint(int(values.sum()), count, method="beta")]


def score_interval(values):
    mean, count = values.mean(), len(values)
    if set(values) == {0.0, 1.0}:
        return proportion_confint(int(values.sum()), count, method="wilson")
    scale = stats.norm.ppf(0.975) ** 2 * values.var() / (mean * (1 - mean)) / count
    excess = lambda share: (mean - share) ** 2 - scale * share * (1 - share)
    return [brentq(excess, 0, mean, xtol=1e-15), brentq(excess, mean, 1, xtol=1e-15)]


def difference(case):
    values = np.array(case["values"], dtype=float)
    error = stats.sem(values)
    low, high = stats.norm.interval(0.95, values.mean(), error)
    return [values.mean(), error, max(-1, low), min(1, high)]


def signs(case):
    # A zero more changes no p, and scipy wants two values.
    values = np.array([*case["values"], 0.0], dtype=float)
    result = stats.permutation_test(
        (values,),
        np.sum,
        permutation_type="samples",
        n_resamples=np.inf,
        alternative=case["alternative"],
    )
    return [result.pvalue]


def drawn_signs(case):
    """Differences of one size: the permutation of signs is the binomial sign test."""
    values = np.array(case["values"])
    return [stats.binomtest(int((values > 0).sum()), int((values != 0).sum()), alternative=case["alternative"]).pvalue]


def holm(case):
    return list(multipletests(case["p"], method="holm")[1])


def equivalence(case):
    return [ztost(np.array(case["values"]), -case["margin"], case["margin"])[0]]


def tail(case):
    return [stats.norm.sf(case["z"])]


def student(case):
    return [stats.t.ppf(0.975, case["degrees"])]


def bootstrap(case):
    found = stats.bootstrap(
        (np.array(case["values"], dtype=float),), np.mean, n_resamples=20_000, method="percentile", rng=7
    ).confidence_interval
    return [found.low, found.high]


def size(case):
    return [math.ceil(samplesize_confint_proportion(0.5, case["halfWidth"]) - 1e-9)]


# How far the two may lie apart: absolute, and relative to the expected value.
EXACT = (1e-9, 1e-9)
CHECKS = {
    "kappa": (kappa, EXACT),
    "alpha": (alpha, EXACT),
    "summary": (summary, EXACT),
    "difference": (difference, EXACT),
    "signs": (signs, EXACT),
    "drawn-signs": (drawn_signs, (0.008, 0)),
    "holm": (holm, EXACT),
    "equivalence": (equivalence, EXACT),
    "tail": (tail, (0, 1e-11)),
    "student": (student, (0, 0.006)),
    "bootstrap": (bootstrap, (0.03, 0)),
    "size": (size, (0, 0)),
}


def agrees(found, expected, limits):
    if found is None or math.isnan(expected):
        return found is None and math.isnan(expected)
    return abs(found - expected) <= limits[0] + limits[1] * abs(expected)


def main(path):
    checked, wrong = {}, []
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
        compute, limits = CHECKS[case["kind"]]
        expected = [float(value) for value in compute(case["input"])]
        checked[case["kind"]] = checked.get(case["kind"], 0) + 1
        same = len(expected) == len(case["found"])
        if not same or not all(agrees(*pair, limits) for pair in zip(case["found"], expected)):
            wrong.append({**case, "expected": [repr(value) for value in expected]})
    print(json.dumps({"checked": checked, "wrong": wrong[:5]}))


main(sys.argv[1])
