#!/usr/bin/env python3
"""Makes sklearn_metrics.safetensors: what scikit-learn gives for every metric that both have.

    pip install scikit-learn==1.9.1 numpy==2.4.6 safetensors && python3 tests/oracle/make_sklearn_metrics.py

Cases as in tests/oracle_metrics.cpp. Scores are rounded to a few digits, so that equal ones occur. Calibration error is
not in scikit-learn: worked out here with NumPy as in the authors' code (half-open bins, Guo et al. 2017).
"""
import os
import sys
import warnings

import numpy
import safetensors
import sklearn
from safetensors.numpy import save_file
from sklearn import metrics as m

warnings.simplefilter("ignore")  # what is undefined is 0 here on purpose
rng = numpy.random.default_rng(2026)
out = {}


def keep(name, value):
    out[name] = numpy.array(value, order="C")


def number(name, value):
    keep(name, numpy.array([value], dtype="float64"))


def scores(case, truth, answer, classes):
    labels = list(range(classes))
    for average in ("macro", "micro", "weighted") + (("binary",) if classes == 2 else ()):
        options = dict(average=average, zero_division=0) | ({} if average == "binary" else dict(labels=labels))
        number(f"{case}.precision_{average}", m.precision_score(truth, answer, **options))
        number(f"{case}.recall_{average}", m.recall_score(truth, answer, **options))
        number(f"{case}.f1_{average}", m.f1_score(truth, answer, **options))
    number(f"{case}.accuracy", m.accuracy_score(truth, answer))
    number(f"{case}.cohen_kappa", m.cohen_kappa_score(truth, answer))
    number(f"{case}.mcc", m.matthews_corrcoef(truth, answer))


def calibration(p, truth, bins=15):
    confidence, right, error = p.max(1), p.argmax(1) == truth, 0.0
    ends = numpy.arange(bins + 1) / bins
    for low, high in zip(ends[:-1], ends[1:]):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return error


def two_classes(case, rows, digits, share):
    truth = (rng.random(rows) < share).astype("int64")
    logits = numpy.round(rng.standard_normal(rows) * 2 + truth * 1.5 - 0.7, digits)
    p = 1 / (1 + numpy.exp(-logits))
    keep(f"{case}.output", logits)
    keep(f"{case}.target", truth)
    scores(case, truth, (logits > 0).astype("int64"), 2)
    number(f"{case}.auc", m.roc_auc_score(truth, logits))
    number(f"{case}.pr_auc", m.average_precision_score(truth, logits))
    number(f"{case}.log_loss", m.log_loss(truth, p))
    number(f"{case}.ece", calibration(numpy.stack([1 - p, p], 1), truth))


def many_classes(case, rows, classes, digits):
    weights = numpy.arange(1, classes + 1) / numpy.arange(1, classes + 1).sum()
    truth = rng.choice(classes, rows, p=weights)
    logits = rng.standard_normal((rows, classes)) + 1.5 * numpy.eye(classes)[truth]
    p = numpy.exp(logits)
    p = numpy.round(p / p.sum(1, keepdims=True), digits)
    p[:, -1] = 1 - p[:, :-1].sum(1)
    p = numpy.maximum(p, 0)
    p /= p.sum(1, keepdims=True)
    keep(f"{case}.output", p)
    keep(f"{case}.target", truth)
    scores(case, truth, p.argmax(1), classes)
    number(f"{case}.auc", m.roc_auc_score(truth, p, multi_class="ovr", average="macro"))
    number(f"{case}.pr_auc", m.average_precision_score(numpy.eye(classes)[truth], p, average="macro"))
    number(f"{case}.log_loss", m.log_loss(truth, p))
    number(f"{case}.ece", calibration(p, truth))
    if digits > 6:  # no ties, which scikit-learn breaks the other way round
        for k in (2, 3):
            number(f"{case}.top_{k}", m.top_k_accuracy_score(truth, p, k=k))


def numbers(case, target, output):
    keep(f"{case}.output", output)
    keep(f"{case}.target", target)
    number(f"{case}.mse", m.mean_squared_error(target, output))
    number(f"{case}.mae", m.mean_absolute_error(target, output))
    number(f"{case}.r2", m.r2_score(target, output))
    if target.ndim == 1:
        number(f"{case}.rmse", m.root_mean_squared_error(target, output))


two_classes("binary", 501, 2, 0.4)
two_classes("rare", 300, 1, 0.03)
many_classes("classes", 400, 5, 12)
many_classes("ties", 300, 4, 1)
target = rng.standard_normal(257) * 3 + 1
numbers("regression", target, target + rng.standard_normal(257))
target = rng.standard_normal((100, 3)) * [1, 10, 0] + [5, -100, 7]  # the last never changes
numbers("outputs", target, target * 0.9 + rng.standard_normal((100, 3)))
target = rng.standard_normal(200) * 1e-3 + 1e6  # r2 of a large mean
numbers("large", target, target + rng.standard_normal(200) * 3e-4)

here = os.path.dirname(os.path.abspath(__file__))
save_file(out, os.path.join(here, "sklearn_metrics.safetensors"), metadata={
    "scikit-learn": sklearn.__version__, "numpy": numpy.__version__, "safetensors": safetensors.__version__,
    "python": sys.version.split()[0], "script": "tests/oracle/make_sklearn_metrics.py"})
print(len(out), "tensors")
