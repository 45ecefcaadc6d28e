#!/usr/bin/env python3
"""The three tables beside scikit-learn's MLP, on the same folds.

    pip install scikit-learn pandas
    python benchmarks/peers/tables.py [--percept FILE] [--seeds 3]

`percept train TABLE target=COLUMN folds=5` chooses its model by itself; fold_of_sample.csv says which row is in which
fold. scikit-learn gets the same rows: missing numbers by the mean, standardised; words one-hot; car names left out as
Percept does; MLPClassifier or MLPRegressor with its defaults but 1000 iterations. Seeds change the weights, not the folds.
"""
import argparse
import csv
import json
import os
import statistics
import subprocess
import tempfile
import warnings

import pandas
import sklearn
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLES = [("iris.csv", "species", "accuracy"), ("auto-mpg.csv", "mpg", "r2"),
          ("california_housing.csv", "median_house_value", "r2")]


def find(name):
    for folder in os.environ.get("PERCEPT_DATA", "").split(":"):
        path = os.path.join(folder, "tabular", name)
        if os.path.exists(path):
            return path
    raise SystemExit(f"{name} is in no tabular/ folder of PERCEPT_DATA")


def percept(binary, path, target, metric, seed, folder):
    out = subprocess.run([binary, "train", path, f"target={target}", "folds=5", f"seed={seed}", f"out={folder}", "--json",
                          "--quiet"], capture_output=True, text=True, check=True).stdout
    result = json.loads(out.splitlines()[-1])
    with open(os.path.join(result["run"], "fold_of_sample.csv")) as file:
        folds = [int(row["fold"]) for row in csv.DictReader(file)]
    return result[f"test_{metric}"], folds


def network(table, target, classify, seed):
    words = [c for c in table.columns if c != target and not pandas.api.types.is_numeric_dtype(table[c])
             and table[c].nunique() <= len(table) / 2]
    numbers = [c for c in table.columns if c != target and pandas.api.types.is_numeric_dtype(table[c])]
    features = ColumnTransformer([("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
                                  ("words", OneHotEncoder(handle_unknown="ignore"), words)])
    if classify:
        return make_pipeline(features, MLPClassifier(max_iter=1000, random_state=seed))
    return make_pipeline(features, TransformedTargetRegressor(MLPRegressor(max_iter=1000, random_state=seed),
                                                              transformer=StandardScaler()))


def scikit(path, target, classify, folds, seed):
    table = pandas.read_csv(path)
    scores = []
    for fold in sorted(set(folds)):
        test = [f == fold for f in folds]
        train = [not t for t in test]
        model = network(table, target, classify, seed).fit(table[train].drop(columns=target), table[target][train])
        scores.append(model.score(table[test].drop(columns=target), table[target][test]))
    return statistics.mean(scores)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--percept", default=os.path.join(ROOT, "build/release/percept"))
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(f"5 folds, mean over {options.seeds} seeds; scikit-learn {sklearn.__version__}")
    for name, target, metric in TABLES:
        path = find(name)
        ours, theirs = [], []
        for seed in range(options.seeds):
            with tempfile.TemporaryDirectory() as folder:
                score, folds = percept(options.percept, path, target, metric, seed, folder)
            ours.append(score)
            theirs.append(scikit(path, target, metric == "accuracy", folds, seed))
        print(f"{name:24} {metric:8} percept {statistics.mean(ours):.4f} ({min(ours):.4f}..{max(ours):.4f})   "
              f"scikit-learn {statistics.mean(theirs):.4f} ({min(theirs):.4f}..{max(theirs):.4f})")


if __name__ == "__main__":
    main()
