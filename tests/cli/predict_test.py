#!/usr/bin/env python3
"""What models say, and how good they are, as somebody who has to hand in answers uses it: several models, run folders, files of
answers, the validation part."""
import csv
import json
import math
import os
import random
import shutil
import struct
import subprocess
import zipfile

from _common import BIN, check, run, run_json, temporary, write_idx_folder, write_recipe

QUIET = ("--quiet",)


def write_csv(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows(rows)
    return path


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.reader(f))


def refused(words, *args, code=2):
    _, err = run(*args, code=code)
    for word in [words] if isinstance(words, str) else words:
        check(word in err, f"percept {' '.join(map(str, args))}: '{word}' is not in\n{err}")


def flowers(path, rows, names=("setosa", "versicolor", "virginica"), label=True, first="PassengerId", seed=0):
    """Two lengths tell three classes; the first column is an identifier of numbers."""
    draw = random.Random(seed)
    table = [[first, "length", "width"] + (["kind"] if label else [])]
    for i in range(rows):
        kind = i % 3
        table.append([1000 + i, f"{kind * 2 + draw.gauss(0, 0.3):.3f}", f"{5 - kind + draw.gauss(0, 0.3):.3f}"] + ([names[kind]] if label else []))
    return write_csv(path, table)


def houses(path, rows, price=True, seed=1):
    draw = random.Random(seed)
    table = [["name", "area", "rooms"] + (["price"] if price else [])]
    for i in range(rows):
        area, rooms = draw.uniform(40, 200), draw.randint(1, 6)
        table.append([f"h{i:03}, \"the {i}th\"", f"{area:.1f}", rooms] + ([f"{3000 * area + 9000 * rooms:.0f}"] if price else []))
    return write_csv(path, table)


def mean_of(models, *inputs):
    """The mean of what each model alone says, by input and class."""
    each = [run_json("predict", model, *inputs, "top=1000", *QUIET)["predictions"] for model in models]
    return [{entry["class"]: sum(next(t["probability"] for t in one[i]["top"] if t["class"] == entry["class"]) for one in each) / len(each)
             for entry in row["top"]} for i, row in enumerate(each[0])]


def several_models(work):
    data = write_idx_folder(f"{work}/data")
    recipe = write_recipe(f"{work}/small.toml", data)
    runs = [run_json("train", recipe, f"out={work}/runs", f"seed={seed}", *QUIET)["run"] for seed in (1, 2, 3)]
    inputs = [f"{data}:test:{i}" for i in range(6)]
    together = run_json("predict", *runs, *inputs, "top=4", *QUIET)["predictions"]
    for row, wanted in zip(together, mean_of(runs, *inputs)):
        check(all(abs(t["probability"] - wanted[t["class"]]) < 1e-6 for t in row["top"]), f"no mean: {row}, {wanted}")
    alone = run_json("predict", runs[0], *inputs, *QUIET)["predictions"]
    twice = run_json("predict", runs[0], runs[0] + "/model.safetensors", *inputs, *QUIET)["predictions"]
    for a, b in zip(alone, twice):
        check(a["class"] == b["class"] and abs(a["probability"] - b["probability"]) < 1e-6, f"one model twice: {a}, {b}")
    check("%" in run("predict", *runs, inputs[0])[0], "three models and one picture")
    # The mean that evaluate takes is the same.
    right = sum(row["class"] == str(i % 4) for i, row in enumerate(run_json("predict", *runs, *(f"{data}:test:{i}" for i in range(16)), *QUIET)["predictions"]))
    check(run_json("evaluate", *runs, f"data={data}", *QUIET)["test_accuracy"] == right / 16, "evaluate averages otherwise")
    refused("no input", "predict", *runs)

    other = run_json("train", write_idx_folder(f"{work}/three", classes=3), "steps=2", f"out={work}/runs", *QUIET)["run"]
    refused(["an ensemble of", "their classes are"], "predict", runs[0], other, inputs[0], code=3)
    small = run_json("train", write_idx_folder(f"{work}/six", size=6), "steps=2", f"out={work}/runs", *QUIET)["run"]
    refused(["an ensemble of", "they take [1, 8, 8] and [1, 6, 6]"], "predict", runs[0], small, inputs[0], code=3)
    wide = run_json("train", recipe, f"out={work}/runs", "steps=2", "model.layers[4].out_features=6", *QUIET)["run"]
    refused("they give [1, 4] and [1, 6]", "predict", runs[0], wide, inputs[0], code=3)
    refused("lost.safetensors", "predict", runs[0], f"{work}/lost.safetensors", inputs[0], code=3)


def run_folders(work):
    table = flowers(f"{work}/flowers.csv", 60)
    result = run_json("train", table, "target=kind", "epochs=3", f"out={work}/runs", *QUIET)
    folder, file = result["run"], result["model"]
    for place in (folder, folder + "/"):
        found = run_json("evaluate", place, f"data={table}", *QUIET)
        check(found["test_loss"] == result["test_loss"], f"evaluate {place}: {found}")
        check(run_json("predict", place, table, *QUIET) == run_json("predict", file, table, *QUIET), f"predict {place}")
        check(run_json("summary", place) == run_json("summary", file), f"summary {place}")
    folds = run_json("train", table, "target=kind", "epochs=1", "folds=2", f"out={work}/runs", *QUIET)["run"]
    for verb, more in (("evaluate", [f"data={table}"]), ("predict", [table])):
        refused(["no model.safetensors", "cross-validation keeps no model"], verb, folds, *more, code=3)


def answers_of_tables(work):
    names = ("setosa", 'a "blue", one', "virginica")
    train, new = flowers(f"{work}/train.csv", 150, names), flowers(f"{work}/test.csv", 30, label=False, seed=2)
    model = run_json("train", train, "target=kind", "epochs=60", "learning_rate=0.02", f"out={work}/runs", *QUIET)["run"]
    said = run("predict", model, new, f"file={work}/out.csv")[0]
    check("30 rows" in said and "out.csv" in said and "setosa" not in said, said)
    rows, json_rows = read_csv(f"{work}/out.csv"), run_json("predict", model, new, *QUIET)["predictions"]
    check(rows[0] == ["PassengerId", "kind", "probability"] and len(rows) == 31, f"header {rows[0]}, {len(rows)} rows")
    for i, (row, one) in enumerate(zip(rows[1:], json_rows)):
        check(row[0] == str(1000 + i) and row[1] == one["class"] and abs(float(row[2]) - one["probability"]) < 1e-6, f"row {i}: {row}, {one}")
    check({row[1] for row in rows[1:]} == set(names), f"classes: { {row[1] for row in rows[1:]} }")
    both = run_json("predict", model, new, f"file={work}/json.csv", *QUIET)
    check(both["predictions"] == json_rows and both["file"] == f"{work}/json.csv", "--json beside file=")
    check(open(f"{work}/json.csv").read() == open(f"{work}/out.csv").read(), "--json writes another file")
    run("predict", model, new, f"file={work}/bare.csv", "probability=false")
    check([len(row) for row in read_csv(f"{work}/bare.csv")] == [2] * 31, "probability=false")
    run("predict", model, new, f"file={work}/own.csv", "id=length")
    check([r[0] for r in read_csv(f"{work}/own.csv")] == [r[1] for r in read_csv(new)], "id=length")
    refused("no column 'lenght'", "predict", model, new, f"file={work}/no.csv", "id=lenght")
    # No column tells the rows apart: their numbers do. Nor does one that says the same of two rows.
    bare = write_csv(f"{work}/nothing.csv", [row[1:] for row in read_csv(new)])
    twice = write_csv(f"{work}/twice.csv", [row if i < 2 else ["1000"] + row[1:] for i, row in enumerate(read_csv(new))])
    model_bare = run_json("train", write_csv(f"{work}/train2.csv", [row[1:] for row in read_csv(train)]), "target=kind", "epochs=2",
                          f"out={work}/runs", *QUIET)["run"]
    for path in (bare, twice):
        run("predict", model_bare, path, f"file={work}/rows.csv")
        rows = read_csv(f"{work}/rows.csv")
        check(rows[0][0] == "row" and [r[0] for r in rows[1:]] == [str(i) for i in range(1, 31)], f"row numbers: {rows[:3]}")
    # Several tables: each row by its table and line.
    run("predict", model, new, train, f"file={work}/two.csv")
    rows = read_csv(f"{work}/two.csv")
    check(rows[0] == ["input", "class", "probability"] and len(rows) == 181 and rows[31][0] == f"{train}:2", f"two tables: {rows[:1]}, {rows[31]}")

    priced = run_json("train", houses(f"{work}/houses.csv", 80), "target=price", "epochs=5", f"out={work}/runs", *QUIET)["run"]
    new = houses(f"{work}/new.csv", 12, price=False)
    run("predict", priced, new, f"file={work}/prices.csv")
    rows, json_rows = read_csv(f"{work}/prices.csv"), run_json("predict", priced, new, *QUIET)["predictions"]
    check(rows[0] == ["name", "price"] and [r[0] for r in rows] == [r[0] for r in read_csv(new)], f"prices: {rows[:2]}")
    check(all(abs(float(r[1]) - one["value"]) <= 1e-6 * abs(one["value"]) for r, one in zip(rows[1:], json_rows)), "prices differ from --json")
    lines = run("predict", priced, new)[0].splitlines()
    check(len(lines) == 13 and lines[0].split() == ["name", "price"] and len({len(line) for line in lines}) == 1, "columns:\n" + "\n".join(lines))
    return priced, new


def answers_of_others(work, priced, table):
    """Pictures by their files, arrays by their places; and nothing that is read is written."""
    data = write_idx_folder(f"{work}/idx")
    pets = f"{work}/pets, all"
    run("datasets", "export", data, pets)
    model = run_json("train", f"{pets}/train", "steps=3", f"out={work}/runs", *QUIET)["run"]
    run("predict", model, f"{pets}/test", f"file={work}/pets.csv")
    rows = read_csv(f"{work}/pets.csv")
    answers = run_json("predict", model, f"{pets}/test", *QUIET)["predictions"]
    check(rows[0] == ["file", "class", "probability"] and [r[0] for r in rows[1:]] == [a["input"] for a in answers], f"pictures: {rows[:2]}")
    check(all(os.path.isfile(r[0]) for r in rows[1:]) and [r[1] for r in rows[1:]] == [a["class"] for a in answers], "files and classes")
    run("predict", model, rows[1][0], f"{pets}/test/1", f"file={work}/some.csv")
    check(read_csv(f"{work}/some.csv")[0][0] == "file" and len(read_csv(f"{work}/some.csv")) == 6, "a picture and a folder")
    lines = run("predict", model, f"{pets}/test")[0].splitlines()
    check(len(lines) == 16 and len({line.index("%") for line in lines}) == 1, "columns:\n" + "\n".join(lines[:3]))
    refused("is no table", "predict", model, f"{pets}/test", "id=file")

    os.mkdir(f"{work}/odd")
    shutil.copy(rows[1][0], os.fsencode(f"{work}/odd/") + b"a\xff.png")
    done = subprocess.run([BIN, "predict", model, f"{work}/odd", f"file={work}/odd.csv"], capture_output=True)
    check(done.returncode == 3 and b"is no UTF-8" in done.stderr and not os.path.exists(f"{work}/odd.csv"), f"{done}")

    before = open(table, "rb").read()
    os.symlink(table, f"{work}/link.csv")
    os.mkdir(f"{work}/sub")
    for name in (table, f"{work}/link.csv", f"{work}/sub/../{os.path.basename(table)}"):
        refused(["which is read as", "name another"], "predict", priced, table, f"file={name}")
    check(open(table, "rb").read() == before, "an input was written over")
    refused("file=predictions.csv", "predict", priced, table, f"file={work}/out.txt")
    refused("file=predictions.csv", "predict", priced, table, "file=")
    refused("there is no folder", "predict", priced, table, f"file={work}/none/out.csv", code=3)
    refused("generate=3 with file=", "predict", priced, "text:ab", "generate=3", f"file={work}/g.csv")
    broken = write_csv(f"{work}/broken.csv", [["name", "area", "rooms"], ["a", "many", "2"]])
    with open(f"{work}/old.csv", "w") as f:
        f.write("old")
    run("predict", priced, table, broken, f"file={work}/old.csv", code=3)
    check(open(f"{work}/old.csv").read() == "old", "a refused call leaves a part of a file")


def validation_part(work):
    """evaluate split=val gives the last epoch's numbers of the training."""
    table = flowers(f"{work}/flowers.csv", 150)
    shutil.copy(table, f"{work}/test.csv")
    other = flowers(f"{work}/other.csv", 150, seed=5)
    data = write_idx_folder(f"{work}/idx")
    recipe = write_recipe(f"{work}/small.toml", data)
    for source, words in ((table, ["data.validation_split=0.2"]), (table, ["data.validation_split=0.2", "data.test_split=0.3", "data.seed=4"]),
                          (table, ["data.validation_split=0.2", "data.test_split=0", f"data.test={work}/test.csv"]),
                          (data, ["data.validation_split=0.25"])):
        what = [recipe] if source == data else [source, "target=kind"]
        result = run_json("train", *what, "epochs=2", *words, f"out={work}/runs", *QUIET)
        last = list(csv.DictReader(open(result["run"] + "/metrics.csv")))[-1]
        for name in ("val", "validation"):
            found = run_json("evaluate", result["run"], f"data={source}", f"split={name}", *QUIET)
            for key in ("loss", "accuracy"):
                check(abs(found["validation_" + key] - float(last["val_" + key])) < 1e-6, f"{words}: {found}, {last}")
        check(run_json("evaluate", result["run"], f"data={source}", "split=train", *QUIET)["samples"] > found["samples"], "train part")
        elsewhere = other if source == table else write_idx_folder(f"{work}/idx2", train=80)
        refused("is not what the model was trained on", "evaluate", result["run"], f"data={elsewhere}", "split=val")
    none = run_json("train", recipe, "epochs=1", f"out={work}/runs", *QUIET)["run"]
    refused(["no validation part", "training cut none"], "evaluate", none, f"data={data}", "split=val")
    named = run_json("train", table, "target=kind", "epochs=1", "data.validation_split=0", f"data.validation={other}", f"out={work}/runs", *QUIET)["run"]
    refused(["other.csv", "split=all"], "evaluate", named, f"data={table}", "split=val")
    refused("use split=test, train, validation or all", "evaluate", none, f"data={data}", "split=dev")


def exact_names(work):
    """JSON says a class as it is called; a terminal is not told what to do."""
    names = ("gr\u00fcn", "red\x1b[31m", "a\u202eb 'c'")
    model = run_json("train", flowers(f"{work}/names.csv", 90, names), "target=kind", "epochs=2", f"out={work}/runs", *QUIET)["run"]
    out, _ = run("predict", model, f"{work}/names.csv", "--json", *QUIET)
    check("\x1b" not in out, "an escape in JSON stands as itself")
    answers = json.loads(out.splitlines()[-1])["predictions"]
    check({t["class"] for a in answers for t in a["top"]} == set(names), f"names: {answers[0]}")
    check({a["class"] for a in answers} <= set(names), f"names: {answers[0]}")
    out, _ = run("predict", model, f"{work}/names.csv")
    check("\x1b" not in out and "\u202e" not in out, "names reach the terminal as they are")
    run("predict", model, f"{work}/names.csv", f"file={work}/names_out.csv")
    check({r[1] for r in read_csv(f"{work}/names_out.csv")[1:]} == {a["class"] for a in answers}, "names in the file")


def yes_or_no(work):
    """Numbers from 0 to 1 and the losses of yes or no: probabilities are averaged, not logits."""
    def npy(shape, values):
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}"
        header += " " * (-(len(header) + 11) % 64) + "\n"
        return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + struct.pack(f"<{len(values)}f", *values)
    x = [[math.sin(i * j + j) for j in range(1, 4)] for i in range(60)]
    with zipfile.ZipFile(f"{work}/yes.npz", "w") as z:
        z.writestr("x.npy", npy((60, 3), [v for row in x for v in row]))
        z.writestr("y.npy", npy((60,), [float(row[0] > 0.2) for row in x]))
    with open(f"{work}/x.npy", "wb") as f:
        f.write(npy((60, 3), [v for row in x for v in row]))
    for loss, layers in (("bce_with_logits", "{type='Linear',out_features=1}"), ("bce", "{type='Linear',out_features=1},{type='Sigmoid'}")):
        runs = [run_json("train", f"{work}/yes.npz", f"loss.type={loss}", f"model.layers=[{layers}]", "train.metrics=['binary_accuracy','log_loss']",
                         "epochs=20", f"seed={seed}", "learning_rate=0.3", "data.test_split=0.3",
                         f"out={work}/runs", *QUIET)["run"] for seed in (1, 2)]
        alone, twice = (run_json("evaluate", *models, f"data={work}/yes.npz", *QUIET) for models in (runs[:1], runs[:1] * 2))
        check(all(abs(twice[k] - v) < 1e-6 for k, v in alone.items() if k.startswith("test_")), f"{loss}: {alone}, {twice}")
        values = [[a["value"] for a in run_json("predict", *models, f"{work}/x.npy", *QUIET)["predictions"]] for models in (runs[:1], runs[1:], runs)]
        squash = (lambda v: 1 / (1 + math.exp(-v))) if loss == "bce_with_logits" else (lambda v: v)
        for a, b, both in zip(*values):
            check(abs((squash(a) + squash(b)) / 2 - squash(both)) < 1e-6, f"{loss}: {a} and {b} give {both}")


def answers(work):
    answers_of_others(work, *answers_of_tables(work))


for part in (several_models, run_folders, answers, validation_part, exact_names, yes_or_no):
    with temporary() as folder:
        part(folder)
    print(part.__name__, "good")
