#!/usr/bin/env python3
"""Data of one's own, from files to answers: folders of pictures, tables, arrays; train, evaluate and predict agree to the last bit."""
import csv
import io
import json
import math
import os
import shutil
import struct
import sys
import zipfile

from _common import check, fail, listing, run, run_json, temporary, write_idx_folder

RUN_FILES = ["log.txt", "metrics.csv", "model.safetensors", "recipe.toml", "result.json"]
DATA = os.environ.get("PERCEPT_DATA", "")


def trained(*args, files=RUN_FILES, **more):
    """Trains; the run folder is whole, and evaluate gives the numbers of the training to the last bit."""
    result = run_json("train", *args, "--quiet", **more)
    folder = os.path.join(more.get("cwd") or ".", result["run"])
    check(sorted(os.listdir(folder)) == sorted(files), f"train {args}: the run folder holds {os.listdir(folder)}")
    check(json.load(open(f"{folder}/result.json")) == result, f"train {args}: result.json is not what --json prints")
    return result


def evaluated(model, *args, like=None, **more):
    found = run_json("evaluate", model, *args, "--quiet", **more)
    for key, value in (like or {}).items():
        if key.startswith("test_"):
            check(found.get(key) == value, f"evaluate {args}: {key} is {found.get(key)}, training gave {value}")
    return found


def predicted(model, *inputs, **more):
    return run_json("predict", model, *inputs, "--quiet", **more)["predictions"]


def write_csv(path, rows, **how):
    with open(path, "w", newline="", encoding="utf-8") as f:
        csv.writer(f, **how).writerows(rows)
    return path


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.reader(f))


def npy(kind, shape, values):
    """An array as numpy.save writes it; `kind` a letter of struct and its name in NumPy."""
    letter, name = kind
    header = f"{{'descr': '{name}', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}{letter}", *values)


def export(work, name="signs", limit=240, **more):
    folder = os.path.join(work, name)
    run("datasets", "export", "sign_mnist", folder, f"limit={limit}", *(f"{k}={v}" for k, v in more.items()))
    return folder


def folder_of_pictures(work):
    signs = export(work)
    result = trained(signs, "steps=40", f"out={work}/runs")
    check(result["test_accuracy"] > 0.1, f"24 signs are not told better than by chance: {result}")
    evaluated(result["model"], f"data={signs}", like=result)
    again = trained(result["run"] + "/recipe.toml", f"out={work}/runs")
    check(again["run"] != result["run"] and again["weights_sha256"] == result["weights_sha256"], "the run's own recipe gives other weights")
    longer = trained(result["run"] + "/recipe.toml", "epochs=6", f"out={work}/runs")
    check(longer["epochs"] == 6, f"epochs=6 did not outdo the recipe's steps: {longer}")

    answers = predicted(result["model"], f"{signs}/test")
    check(len(answers) == 240, f"{len(answers)} answers for 240 files")
    right = sum(a["class"] == os.path.basename(os.path.dirname(a["input"])) for a in answers)
    check(right / len(answers) == result["test_accuracy"], f"predict is right on {right} of 240, evaluate says {result['test_accuracy']}")
    alone = [a for answer in answers[::31] for a in predicted(result["model"], answer["input"])]
    check(alone == answers[::31], "a file alone gets another answer than in its folder")
    listed = predicted(result["model"], *(a["input"] for a in answers[:40]), "threads=1", "num_workers=0")
    check(listed == answers[:40], "files by name get other answers than in their folder")

    copy = os.path.join(work, "copy", "test")
    shutil.copytree(f"{signs}/test", copy)
    evaluated(result["model"], f"data={copy}", like=result)  # classes by name, whatever folder they lie in
    few = os.path.join(work, "few")
    for letter in "XBM":
        shutil.copytree(f"{signs}/test/{letter}", f"{few}/{letter}")
    found = evaluated(result["model"], f"data={few}")
    mine = [a for a in answers if a["input"].split("/")[-2] in "XBM"]
    check(found["samples"] == len(mine) and
          found["test_accuracy"] == sum(a["class"] == a["input"].split("/")[-2] for a in mine) / len(mine),
          f"three of the model's classes: {found}")
    shutil.copytree(f"{signs}/test/A", f"{few}/Alpha")
    _, err = run("evaluate", result["model"], f"data={few}", code=3)
    check("Alpha" in err and "no class has this name" in err, err)

    train_only = f"{signs}/train"
    held = trained(train_only, "steps=5", "data.test_split=0.25", "data.validation_split=0.1", f"out={work}/runs")
    check("val_accuracy" in open(held["run"] + "/metrics.csv").readline(), "no validation although a part was asked for")
    check(evaluated(held["model"], f"data={train_only}", like=held)["samples"] == 60, "a quarter of 240 is 60")
    check(evaluated(held["model"], f"data={train_only}", "split=validation")["samples"] == 18, "a tenth of 180 is 18")
    check(evaluated(held["model"], f"data={train_only}", "split=train")["samples"] == 162, "162 are left")
    check(evaluated(held["model"], f"data={train_only}", "split=all")["samples"] == 240, "240 in all")
    # Other data have no part that was held out: all of them are the test.
    check(evaluated(held["model"], f"data={signs}/test")["samples"] == 240, "other data are looked at whole")
    run("evaluate", held["model"], f"data={signs}/test", "split=validation", code=2)

    named = trained(train_only, "steps=5", f"data.test={signs}/test", f"data.validation={signs}/test", f"out={work}/runs",
                    "data.validation_split=0")
    evaluated(named["model"], f"data={signs}/test", like=named)
    shutil.copytree(f"{signs}/test", f"{signs}/val")
    three = trained(signs, "steps=5", "data.validation_split=0", f"out={work}/runs")
    check(three["test_loss"] == named["test_loss"] and three["weights_sha256"] == named["weights_sha256"],
          "train/, val/ and test/ in one folder are not the same paths said one by one")
    check(evaluated(three["model"], f"data={signs}", "split=validation")["validation_loss"] == three["test_loss"], "val/ is a copy of test/")
    shutil.rmtree(f"{signs}/val")
    averaged(work, signs, result, longer, three)
    prepared(work, signs)
    callbacks(work, signs)


def averaged(work, signs, first, second, third):
    models = [first["model"], second["model"], third["model"]]
    one = run_json("evaluate", *models, f"data={signs}", "--quiet")
    check(one["models"] == 3 and one["samples"] == 240, f"three models: {one}")
    # By hand: the mean of the probabilities; all 24 are listed.
    rows = [predicted(model, f"{signs}/test", "top=24") for model in models]
    loss = right = 0
    for answers in zip(*rows):
        means = {}
        for answer in answers:
            for entry in answer["top"]:
                means[entry["class"]] = means.get(entry["class"], 0) + entry["probability"] / 3
        truth = answers[0]["input"].split("/")[-2]
        loss -= math.log(means[truth]) / 240
        right += max(means, key=means.get) == truth
    check(abs(one["test_loss"] - loss) < 1e-5 and abs(one["test_accuracy"] - right / 240) < 1e-9,
          f"mean of probabilities: {one}, by hand {loss} {right / 240}")
    swapped = run_json("evaluate", *models[::-1], f"data={signs}", "--quiet")
    check(abs(swapped["test_loss"] - one["test_loss"]) < 1e-6, "the order of the models matters")
    twice = run_json("evaluate", models[0], models[0], f"data={signs}", "--quiet")
    check(abs(twice["test_loss"] - first["test_loss"]) < 1e-6 and twice["test_accuracy"] == first["test_accuracy"],
          f"a model averaged with itself: {twice}")
    views = run_json("evaluate", models[0], f"data={signs}", "tta=4", "--quiet")
    check(views["test_loss"] != first["test_loss"] and abs(views["test_loss"] - first["test_loss"]) < 1, f"tta: {views}")
    for threads, workers in ((1, 0), (2, 3)):
        check(run_json("evaluate", models[0], f"data={signs}", "tta=4", f"threads={threads}", f"num_workers={workers}", "--quiet")
              == views, "tta depends on threads or workers")
    run("evaluate", models[0], f"data={signs}", "tta=0", code=2)
    run("evaluate", f"data={signs}", code=2)
    other = trained("spirals", "steps=5", f"out={work}/runs")
    _, err = run("evaluate", models[0], other["model"], f"data={signs}", code=3)
    check("average models of the same" in err, err)


def prepared(work, signs):
    recipe = os.path.join(work, "signs.toml")
    run("init", signs, f"file={recipe}")
    check("# Chosen by a look at" in open(recipe).read(), "init gives no reasons")
    run("init", signs, f"file={recipe}", code=2)  # never over a file
    from_file = trained(recipe, "steps=3", f"out={work}/runs")
    at_once = trained(signs, "steps=3", f"out={work}/runs")
    check(from_file["weights_sha256"] == at_once["weights_sha256"], "init and train DATA choose differently")
    for sheet, words in (("sheet.png", [signs]), ("again.png", [recipe, "threads=1"])):
        run("augment", *words, f"file={work}/{sheet}", "rows=2", "columns=3")
    picture = open(f"{work}/sheet.png", "rb").read()
    width, height = struct.unpack(">II", picture[16:24])
    check(picture[:8] == b"\x89PNG\r\n\x1a\n" and width >= 3 * 28 and height >= 2 * 28, f"sheet of {width} x {height}")
    check(picture == open(f"{work}/again.png", "rb").read(), "two sheets of one recipe differ")
    found = run_json("lr-find", recipe, f"file={work}/lr.csv", "points=20", "--quiet")
    points = list(csv.DictReader(open(f"{work}/lr.csv")))
    check(1e-7 < found["steepest"] < 10 and 5 <= len(points) <= 20 and list(points[0]) == ["learning_rate", "loss", "smoothed"],
          f"lr-find: {found}, {points[:1]}")
    rates = [float(p["learning_rate"]) for p in points]
    check(rates == sorted(rates), "lr-find: the rates do not grow")


# Everything that a recipe may say about the training at once; the model's best epoch is not its last.
WITH_ALL = """
name = "with_all"
[data]
source = "{data}"
validation_split = 0.2
[preprocess]
scale = 255.0
[augment]
steps = [{{ type = "shift", width = 0.1, height = 0.1 }}, {{ type = "mixup" }}]
[model]
layers = [{{ type = "Flatten" }}, {{ type = "Linear", out_features = 32 }}, {{ type = "ReLU" }}, {{ type = "Linear", out_features = 24 }}]
[loss]
type = "cross_entropy"
label_smoothing = 0.1
[optimizer]
type = "SGD"
learning_rate = 0.5
momentum = 0.9
[train]
epochs = 40
batch_size = 24
micro_batches = 3
metrics = ["accuracy", {{ type = "top_k", k = 3 }}, {{ type = "f1", average = "macro" }}]
class_weight = [2, {ones}]
callbacks = [
  {{ type = "EarlyStopping", monitor = "val_loss", patience = 3, restore_best_weights = true }},
  {{ type = "ModelCheckpoint", filepath = "best.safetensors", monitor = "val_loss", save_best_only = true }},
  {{ type = "ReduceLROnPlateau", monitor = "val_loss", factor = 0.5, patience = 1 }},
  {{ type = "CSVLogger", filename = "own.csv" }},
]
regularizers = [{{ type = "L2", factor = 1e-4, parameters = "*.weight" }}]
constraints = [{{ type = "MaxNorm", max_value = 2.0, parameters = "*.weight" }}]
"""


def callbacks(work, signs):
    text = WITH_ALL.format(data=signs, ones=", ".join(["1"] * 23))
    recipe = os.path.join(work, "with_all.toml")
    with open(recipe, "w") as f:
        f.write(text)
    result = trained(recipe, f"out={work}/runs", files=RUN_FILES + ["best.safetensors", "own.csv"])
    rows = list(csv.DictReader(open(result["run"] + "/metrics.csv")))
    losses = [float(row["val_loss"]) for row in rows]
    check(result["epochs"] == len(rows) < 40 and losses.index(min(losses)) == len(rows) - 4, f"stopped after {len(rows)} epochs: {losses}")
    rates = [float(row["learning_rate"]) for row in rows]
    check(rates[-1] < rates[0], f"the learning rate never went down: {rates}")
    evaluated(result["run"] + "/best.safetensors", f"data={signs}", like=result)
    found = evaluated(result["model"], f"data={signs}", "split=validation")
    kept = rows[losses.index(min(losses))]
    check(len(rows[0]) == len(set(rows[0])) and {"val_accuracy", "val_top_3"} < set(rows[0]), f"metrics.csv: {list(rows[0])}")
    for metric in [key.removeprefix("validation_") for key in found if key.startswith("validation_") and key != "validation_loss"]:
        check(found["validation_" + metric] == float(kept["val_" + metric]), f"{metric} of the best epoch is {kept}, evaluate says {found}")
    check(0 < min(losses) - found["validation_loss"] < 0.1, f"the penalty is part of the loss that is looked at: {min(losses)}, {found}")


def pixels(work):
    folder = export(work, "tables", format="csv", limit=300)
    train, test = f"{folder}/train.csv", f"{folder}/test.csv"
    result = trained(train, f"data.test={test}", "epochs=2", f"out={work}/runs")
    evaluated(result["model"], f"data={test}", like=result)
    rows = read_csv(test)
    answers = predicted(result["model"], test)
    right = sum(a["class"] == row[0] for a, row in zip(answers, rows[1:]))
    check(answers[0]["input"].endswith("test.csv:2"), f"rows are named by their lines: {answers[0]}")
    check(len(answers) == 300 and right / 300 == result["test_accuracy"], f"predict is right on {right} of 300")
    # Without labels, with the label last, packed.
    bare = write_csv(f"{work}/bare.csv", [row[1:] for row in rows])
    last = write_csv(f"{work}/last.csv", [row[1:] + row[:1] for row in rows])
    for path in (bare, last):
        other = predicted(result["model"], path)
        check([a["top"] for a in other] == [a["top"] for a in answers], f"{path}: other answers")
    text, _ = run("predict", result["model"], write_csv(f"{work}/first.csv", [row[1:] for row in rows[:2]]))
    check("%" in text and "wrong" not in text, f"one row without a label: {text}")
    _, err = run("evaluate", result["model"], f"data={bare}", code=3)
    check("bare.csv has no column of labels" in err, err)
    evaluated(result["model"], f"data={last}", like=result)
    mixed = trained("iris", "epochs=1", "data.test_split=0", f"data.test={DATA}/tabular/iris.csv", f"out={work}/runs")
    _, err = run("evaluate", mixed["model"], code=2)  # a path that a model's file names is not followed
    check("iris.csv" in err and "say where the data are, as data=" in err, err)
    run("train", train, "epochs=1", "data.test_split=0.2", f"data.test={test}", f"out={work}/none", code=2)
    check(not os.path.exists(f"{work}/none"), "a refused call leaves a folder")
    split = trained(train, "epochs=1", f"out={work}/runs")
    check(evaluated(split["model"], f"data={train}", like=split)["samples"] == 60, "a fifth of 300 is held out")


def table(work, name, target, words=(), settings=()):
    """A table of the courses: training, its test part, rows in other shapes."""
    path = f"{DATA}/tabular/{name}.csv"
    result = trained(path, f"target={target}", "epochs=3", *settings, f"out={work}/runs")
    evaluated(result["model"], f"data={path}", like=result)
    rows = read_csv(path)[:60]
    head, rows = rows[0], rows[1:]
    whole = write_csv(f"{work}/whole.csv", [head] + rows)
    answers = [{k: v for k, v in a.items() if k != "input"} for a in predicted(result["model"], whole)]
    check(len(answers) == len(rows), f"{name}: {len(answers)} answers")
    keep = [i for i, column in enumerate(head) if column != target]
    variants = {
        "no target": [[row[i] for i in keep] for row in [head] + rows],
        "turned": [row[::-1] for row in [head] + rows],
        "more columns": [row + ["more" if row is head else "x"] for row in [head] + rows],
    }
    for what, table in variants.items():
        for how in ({}, {"delimiter": ";", "quoting": csv.QUOTE_ALL}):
            other = predicted(result["model"], write_csv(f"{work}/other.csv", table, **how))
            check([{k: v for k, v in a.items() if k != "input"} for a in other] == answers, f"{name}, {what}: other answers")
    place = next(i for i in keep if head[i] not in words)
    missing = [row[:place] + [""] + row[place + 1:] for row in rows]
    other = predicted(result["model"], write_csv(f"{work}/missing.csv", [head] + missing))
    check(len(other) == len(rows), f"{name}: a missing cell")
    cut = [row[:place] + row[place + 1:] for row in [head] + rows]
    _, err = run("predict", result["model"], write_csv(f"{work}/cut.csv", cut), code=2)
    check(head[place] in err and "cut.csv" in err, err)
    _, err = run("predict", result["model"], write_csv(f"{work}/word.csv", [head, rows[0][:place] + ["many"] + rows[0][place + 1:]]), code=3)
    check("word.csv, line 2" in err and "many" in err, err)
    folds = run_json("train", path, f"target={target}", "epochs=1", "folds=3", *settings, f"out={work}/runs", "--quiet")
    check({"folds.csv", "log.txt", "recipe.toml", "result.json"} <= set(os.listdir(folds["run"])), f"folds leave {os.listdir(folds['run'])}")
    key = "test_loss"
    each = [fold[key] for fold in folds["folds"]]
    mean = sum(each) / 3
    check(len(each) == 3 and abs(folds[key] - mean) <= 1e-9 * abs(mean), f"{name}: mean of folds {folds}")
    check(abs(folds[key + "_deviation"] - math.sqrt(sum((x - mean) ** 2 for x in each) / 2)) <= 1e-9 * abs(mean), f"{name}: deviation of folds {folds}")
    check(len(read_csv(folds["run"] + "/folds.csv")) == 4, "folds.csv has a row per fold")
    return result


def tables(work):
    iris = table(work, "iris", "species")
    answer = predicted(iris["model"], f"{work}/whole.csv")[0]
    check(answer["class"] in {row[-1] for row in read_csv(f"{DATA}/tabular/iris.csv")[1:]} and answer["input"].endswith("whole.csv:2"), f"iris: {answer}")
    table(work, "auto-mpg", "mpg", words=("origin", "name"))
    house = table(work, "california_housing", "median_house_value", words=("ocean_proximity",), settings=("batch_size=512",))
    check({"test_mae", "test_r2"} <= house.keys() and house["test_mae"] < 150_000, f"errors are not in the target's unit: {house}")
    # The same through the data set's name, whose recipe holds the same part out whatever the seed of training.
    rows = evaluated(house["model"], f"data={DATA}/tabular/california_housing.csv")["samples"]
    check(rows == 4128, f"a fifth of 20640 is held out, evaluated are {rows}")
    ignored = trained(f"{DATA}/tabular/auto-mpg.csv", "target=mpg", "epochs=1", 'data.ignore=["name","origin"]', f"out={work}/runs")
    columns = [r for r in read_csv(f"{DATA}/tabular/auto-mpg.csv")][:20]
    keep = [i for i, c in enumerate(columns[0]) if c not in ("name", "origin", "mpg")]
    check(len(predicted(ignored["model"], write_csv(f"{work}/few.csv", [[r[i] for i in keep] for r in columns]))) == 19, "ignored columns are asked for")


def arrays(work):
    """Arrays by hand, as NumPy writes them: the pictures of the IDX folder, so that both kinds give the same bits."""
    folder = write_idx_folder(os.path.join(work, "idx"))
    parts = {}
    for part, name in (("train", "train"), ("t10k", "test")):
        images = open(f"{folder}/{part}-images-idx3-ubyte", "rb").read()[16:]
        labels = open(f"{folder}/{part}-labels-idx1-ubyte", "rb").read()[8:]
        parts[name] = (images, labels)

    def archive(path, wide, **arrays):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if wide else zipfile.ZIP_STORED) as z:
            for name, (kind, shape, values) in arrays.items():
                z.writestr(name + ".npy", npy(kind, shape, values))
        return path

    def pictures(part, shape=(8, 8)):
        return ("B", "|u1"), (len(parts[part][1]), *shape), parts[part][0]

    def labels(part, kind=("q", "<i8")):
        return kind, (len(parts[part][1]),), parts[part][1]

    whole = archive(f"{work}/whole.npz", True, x_train=pictures("train"), y_train=labels("train"), x_test=pictures("test"),
                    y_test=labels("test", ("B", "|u1")))
    channels = archive(f"{work}/channels.npz", False, x_train=pictures("train", (8, 8, 1)), y_train=labels("train", ("i", "<i4")),
                       x_test=pictures("test", (8, 8, 1)), y_test=labels("test"))
    results = [trained(path, "epochs=3", "data.validation_split=0", f"out={work}/runs") for path in (folder, whole, channels)]
    for result, path in zip(results, (folder, whole, channels)):
        check(result["weights_sha256"] == results[0]["weights_sha256"] and result["test_loss"] == results[0]["test_loss"], f"{path}: other bits than IDX files")
        for other in (folder, whole, channels):
            evaluated(result["model"], f"data={other}", like=result)
    with open(f"{work}/x.npy", "wb") as f:
        f.write(npy(("B", "|u1"), (16, 1, 8, 8), parts["test"][0]))
    with open(f"{work}/one.npy", "wb") as f:
        f.write(npy(("B", "|u1"), (1, 8, 8), parts["test"][0][:64]))
    answers = predicted(results[0]["model"], f"{work}/x.npy")
    check(sum(int(a["class"]) == label for a, label in zip(answers, parts["test"][1])) / 16 == results[0]["test_accuracy"], "predict of an array")
    check(predicted(results[0]["model"], f"{work}/one.npy")[0]["top"] == answers[0]["top"], "one sample of an array")
    text, _ = run("predict", results[0]["model"], f"{work}/one.npy")
    check("right" not in text and "wrong" not in text and "%" in text, f"a sample without a label: {text}")
    halves = archive(f"{work}/x.npz", False, x=pictures("train"), y=labels("train"))
    check(trained(halves, "epochs=1", f"out={work}/runs")["steps"] > 0, "an archive of x and y")
    one = trained(halves, "epochs=1", f"data.test={archive(f'{work}/t.npz', False, x=pictures('test'), y=labels('test'))}",
                  "data.validation_split=0", f"out={work}/runs")
    evaluated(one["model"], f"data={work}/t.npz", like=one)
    rows = [[math.sin(i * j + j) for j in range(1, 6)] for i in range(60)]
    numbers = archive(f"{work}/numbers.npz", False, x=(("f", "<f4"), (60, 5), [v for row in rows for v in row]),
                      y=(("d", "<f8"), (60,), [3 * row[0] - row[2] + 5 for row in rows]))
    regression = trained(numbers, "epochs=60", f"out={work}/runs")
    check(regression["test_mae"] < 1, f"a plane through 60 points: {regression}")
    evaluated(regression["model"], f"data={numbers}", like=regression)


def same_bits(work):
    """One hash for any number of threads and workers, with everything that draws random numbers, from files."""
    signs = export(work, "bits", limit=96)
    shutil.copytree(f"{signs}/train", f"{work}/apart")
    settings = ["steps=6", "batch_size=16", "data.test_split=0.25", "data.validation_split=0.1",
                'augment.steps=[{type="rotate",degrees=20},{type="zoom",scale=0.2},{type="horizontal_flip"},{type="mixup"},{type="cutmix"}]']
    hashes = {}
    for threads, workers in ((2, 1), (1, 0), (2, 0), (4, 0), (1, 1), (1, 4), (2, 4), (4, 4), (4, 1)):
        result = run_json("train", f"{work}/apart", *settings, f"threads={threads}", f"num_workers={workers}", f"out={work}/runs", "--quiet")
        hashes[threads, workers] = result["weights_sha256"], result["test_loss"]
    check("Dropout" in open(result["run"] + "/recipe.toml").read(), "no Dropout in the network")
    check(len(set(hashes.values())) == 1, f"threads and workers decide bits: {hashes}")
    other = run_json("train", f"{work}/apart", *settings, "seed=1", f"out={work}/runs", "--quiet")
    check(other["weights_sha256"] != hashes[2, 1][0], "another seed, the same weights")


if not os.path.isdir(f"{DATA}/sign_mnist") or not os.path.isdir(f"{DATA}/tabular"):
    print("skipped: set PERCEPT_DATA to a folder with sign_mnist and tabular")
    sys.exit(77)
for part in (folder_of_pictures, pixels, tables, arrays, same_bits):
    with temporary() as folder:
        part(folder)
    print(part.__name__, "good")
