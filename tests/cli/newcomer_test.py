#!/usr/bin/env python3
"""newcomer_test.py - the first session of somebody who has a folder of pictures and a table, as the README shows it."""
import os
import random
import shutil
import signal
import subprocess
import sys
import time

from _common import BIN, check, run, run_json, temporary

DATA = os.environ.get("PERCEPT_DATA", "")


def houses(path, rows, price=True, seed=0):
    """Mixed columns with gaps: what a price follows from, and what it does not (an identifier)."""
    draw = random.Random(seed)
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.write("id,area,rooms,city,age" + (",price" if price else "") + "\r\n")
        for i in range(rows):
            area, rooms, city, age = draw.uniform(40, 200), draw.randint(1, 6), draw.choice(["K\u00f6ln", "Rome", "Oslo"]), draw.randint(0, 90)
            cost = 3000 * area + 9000 * rooms + {"K\u00f6ln": 0, "Rome": 40000, "Oslo": 90000}[city] - 500 * age
            cells = [f"h{i:04}", f"{area:.1f}", str(rooms), city, "" if draw.random() < 0.1 else str(age)]
            file.write(",".join(cells + ([f"{cost + draw.gauss(0, 8000):.0f}"] if price else [])) + "\r\n")
    return path


def pictures(work):
    run("datasets", "export", "sign_mnist", f"{work}/all", "limit=900")
    for part in ("train", "test"):
        for letter in "ABC":
            shutil.copytree(f"{work}/all/{part}/{letter}", f"{work}/my pets/{part}/{letter}")
    pets = f"{work}/my pets"
    said, _ = run("train", pets, "epochs=12", f"out={work}/runs")
    check("chosen for" in said and "A" in said and "test accuracy" in said, said)
    model, one = f"{work}/runs/my_pets-1/model.safetensors", sorted(os.listdir(f"{pets}/test/A"))[0]
    check("%  " in run("predict", model, f"{pets}/test/A/{one}")[0], "predict of a photo")
    again = run_json("train", f"{work}/runs/my_pets-1/recipe.toml", "epochs=6", "seed=1", 'augment.steps=[{type="rotate",degrees=5}]',
                     f"out={work}/runs", "--quiet")
    both = run_json("evaluate", model, again["model"], f"data={pets}")
    check(both["models"] == 2 and both["test_accuracy"] >= 0.8, f"two models as one: {both}")
    run("augment", f"{work}/runs/my_pets-1/recipe.toml", f"file={work}/sheet.png", "rows=3", "columns=4")
    check(open(f"{work}/sheet.png", "rb").read(4) == b"\x89PNG", "the sheet")


def table(work):
    csv, new = houses(f"{work}/houses.csv", 600), houses(f"{work}/new.csv", 40, price=False, seed=1)
    folds = run_json("train", csv, "target=price", "folds=5", f"out={work}/runs", "--quiet")
    check(folds["test_r2"] > 0.9 and len(folds["folds"]) == 5, f"five folds: {folds}")
    said, _ = run("train", csv, "target=price", f"out={work}/runs")
    check("target 'price': a number" in said and "'id' is left out" in said, said)
    lines = run("predict", f"{work}/runs/houses-2", new)[0].splitlines()
    check(len(lines) == 41 and lines[0].split() == ["id", "price"], f"40 new rows: {lines[:2]}")
    run("predict", f"{work}/runs/houses-2", new, f"file={work}/submission.csv")
    rows = open(f"{work}/submission.csv", encoding="utf-8").read().splitlines()
    check(len(rows) == 41 and rows[0] == "id,price" and rows[40].startswith("h0039,"), f"to hand in: {rows[:2]}")
    few = houses(f"{work}/few.csv", 30)  # identifiers are no words to learn from, however few rows there are
    check("'id' is left out" in run("train", few, "target=price", "epochs=2", f"out={work}/runs")[0], "identifiers of 30 rows")
    comma = open(csv, encoding="utf-8").read().replace(",", ";").replace(".", ",")
    with open(f"{work}/comma.csv", "w", encoding="utf-8") as file:
        file.write(comma)
    _, said = run("train", f"{work}/comma.csv", "target=price", f"out={work}/none", code=3)
    check("comma" in said and "line 2" in said and "'area'" in said, said)


def interrupted_folds(work):
    """Ctrl-C ends cross-validation; a part of it is no result."""
    csv = houses(f"{work}/houses.csv", 600)
    job = subprocess.Popen([BIN, "train", csv, "target=price", "folds=5", "epochs=5000", "train.callbacks=[]",
                            f"out={work}/runs"], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while "fold 1" not in job.stdout.readline():
        pass
    time.sleep(0.3)
    job.send_signal(signal.SIGINT)
    _, said = job.communicate()
    check(job.returncode == 130 and "in fold 1 of 5" in said, f"exit {job.returncode}: {said}")
    check(not os.path.exists(f"{work}/runs"), "something was kept")


if not os.path.isdir(f"{DATA}/sign_mnist"):
    print("skipped: set PERCEPT_DATA to a folder with sign_mnist")
    sys.exit(77)
for part in (pictures, table, interrupted_folds):
    with temporary() as folder:
        part(folder)
    print(part.__name__, "good")
