#!/usr/bin/env python3
"""What a look at data gives: the recipe with its reasons, what does not fit it refused in words of recipes, `doctor DATA`."""
import csv
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import time
import zlib

from _common import BIN, check, gz, run, run_json, temporary, write_idx_folder

DATA = os.environ.get("PERCEPT_DATA", "")


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(path, side, pixel, colour=True):
    """pixel(y, x) -> (red, green, blue), or one grey value."""
    rows = b"".join(b"\0" + b"".join(bytes(pixel(y, x)) for x in range(side)) for y in range(side))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2 if colour else 0, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def folder(path, tint, side=12, count=12, colour=True):
    """Two classes of brightness; `tint` is added to red."""
    for k, name in enumerate(("cat", "dog")):
        for i in range(count):
            value = 60 + 100 * k + i
            png(f"{path}/{name}/{i}.png", side, lambda y, x: (min(value + tint, 255), value, value) if colour else (value,), colour)
    return path


def table(path, head, rows, seed=0, target=lambda draw, row: draw.choice("ab")):
    draw = random.Random(seed)
    with open(path, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f)
        writer.writerow(head)
        for _ in range(rows):
            row = [draw.random() for _ in head[:-1]]
            writer.writerow(row + [target(draw, row)])
    return path


def plane(draw, row):
    return round(3 * row[0] - row[1] + draw.gauss(0, 0.1), 3)


def comments(path):
    return [line[2:].rstrip("\n") for line in open(path, encoding="utf-8") if line.startswith("#")]


def reasons(work):
    """They stand above init's recipe and the run's own; names of files and columns stay words in it."""
    names = ["a\nb", 'say "hi"', '"""', "'''", "# no comment", "x\\", "\x7fdel", "\x1b[2J", "tab\there", "K\u00f6ln", "a = 1", "[train]", 'y\n# "']
    place = f'{work}/host\nile\n[train]\nepochs = 7\n"""#'
    os.makedirs(place)
    data = table(f"{place}/t.csv", names, 60)
    said, _ = run("init", data, "target=" + names[-1], f"file={work}/h.toml")
    told = [line.strip()[2:] for line in said.splitlines() if line.startswith("  - ")]
    above = comments(f"{work}/h.toml")
    check(len(told) >= 4 and [" - " + line for line in told] == above[1:], f"init says {told}, the file {above}")
    check("\\x0aepochs = 7" in above[0], f"the name of the folder: {above[0]!r}")
    first = run_json("train", f"{work}/h.toml", "epochs=2", f"out={work}/runs", "--quiet")
    at_once, _ = run("train", data, "target=" + names[-1], "epochs=2", f"out={work}/runs")
    check("\x1b" not in at_once and "\x7f" not in at_once, f"control characters: {at_once!r}")
    second = json.load(open(f"{work}/runs/t-2/result.json"))
    above = comments(f"{work}/runs/t-2/recipe.toml")
    check(len(above) == 6 and "\\x0aepochs = 7" in above[0] and "2 epochs of batches" in above[3], f"the run's recipe has {above}")
    again = run_json("train", f"{work}/runs/t-2/recipe.toml", f"out={work}/runs", "--quiet")
    check(first["epochs"] == 2 and first["weights_sha256"] == second["weights_sha256"] == again["weights_sha256"],
          "the recipes behind one look train to other weights")
    bytes_of_no_text = os.fsencode(work) + b"/\xff\xfe.csv"
    shutil.copy(data, bytes_of_no_text)
    done = subprocess.run([BIN, "init", bytes_of_no_text, "target=" + names[-1], f"file={work}/bytes.toml"], capture_output=True)
    check(done.returncode == 0 and "\\xff\\xfe" in comments(f"{work}/bytes.toml")[0], f"a name that is no UTF-8: {done}")


def mirrors(work):
    flip = "horizontal_flip"
    grey, stored, large = folder(f"{work}/grey", 0, colour=False), folder(f"{work}/stored", 0), folder(f"{work}/large", 0, side=80, colour=False)
    for name, data, mirrored in (("colour", folder(f"{work}/colour", 60), True), ("grey", grey, False), ("stored", stored, False), ("large", large, False)):
        said, _ = run("init", data, f"file={work}/{name}.toml")
        body = [line for line in open(f"{work}/{name}.toml") if not line.startswith("#")]
        check((flip in "".join(body)) == mirrored, f"{name}: {''.join(body)}")
        words = ("mirrored, since they are in colour", "take horizontal_flip out") if mirrored else ("not mirrored, since they are grey", "add horizontal_flip")
        check(all(word in said for word in words), f"{name}: {said}")
    said, _ = run("init", grey, f"file={work}/own.toml", "augment.steps=[]", 'model.layers=[{type="Flatten"},{type="Linear",out_features=2}]')
    check("mirrored" not in said and "stages" not in said, f"reasons for what the user chose: {said}")


def losses(work):
    """One vocabulary, and a loss that takes what the target is."""
    numbers = table(f"{work}/n.csv", ["u", "v", "y"], 60, target=plane)
    words = table(f"{work}/w.csv", ["u", "v", "y"], 60)
    few = table(f"{work}/f.csv", ["u", "v", "y"], 60, target=lambda draw, row: draw.randint(0, 2))
    for verb in (["train"], ["lr-find", f"file={work}/lr.csv", "points=10"]):
        for loss in ("cross_entropy", "focal", "nll", "multi_margin"):
            _, err = run(*verb, numbers, "target=y", "epochs=1", f"loss.type={loss}", "--quiet", code=2)
            check(f'"{loss}"' in err and "'y' is a number" in err and 'loss.type = "mse"' in err and 'data.task = "classify"' in err, err)
        for loss in ("mse", "l1", "huber", "smooth_l1", "bce", "bce_with_logits", "hinge", "kl_div", "poisson_nll"):
            _, err = run(*verb, words, "target=y", "epochs=1", f"loss.type={loss}", "--quiet", code=2)
            check(f'"{loss}"' in err and "'y' has 2 classes" in err and 'loss.type = "cross_entropy"' in err, err)
    for data, task, loss in ((few, "auto", "cross_entropy"), (few, "regress", "mse"), (few, "classify", "focal")):
        run("train", data, "target=y", "epochs=1", f"data.task={task}", f"loss.type={loss}", f"out={work}/runs", "--quiet")
    _, err = run("train", words, "target=y", "data.task=regress", "--quiet", code=3)
    check('task = "regress"' in err and 'task = "classify"' in err and "number\"" not in err, err)
    for data, outputs, wanted in ((numbers, 3, "one number"), (words, 1, "2 classes")):
        _, err = run("train", data, "target=y", "epochs=1", f'model.layers=[{{type="Linear",out_features={outputs}}}]', f"out={work}/none", "--quiet", code=3)
        check(f"[1, {outputs}]" in err and wanted in err and "fix: end the layers with" in err, err)
    said, _ = run("init", numbers, "target=y", f"file={work}/l1.toml", "loss.type=l1")
    check("mean square" not in said, said)


def near_names(work):
    data = table(f"{work}/p.csv", ["area", "rooms", "price"], 60, target=plane)
    for setting, meant in (("lr=0.01", "optimizer.learning_rate"), ("lerning_rate=1", "learning_rate"), ("epoch=3", "epochs"),
                           ("val_split=0.1", "data.validation_split"), ("test_split=0.1", "data.test_split"), ("task=classify", "data.task"),
                           ("data.targett=x", "target"), ("optimizer=SGD", "optimizer.type=SGD"), ("target=prise", "price")):
        target = [] if setting.startswith("target") else ["target=price"]
        for verb in ("train", "init"):
            _, err = run(verb, data, *target, setting, code=2)
            check(meant in err.split("fix:")[1], f"{verb} {setting}: {err}")
    _, err = run("train", data, "data.target=humidity", code=2)
    check("no column 'humidity'" in err and "area, rooms, price" in err, err)


def ends_early(work):
    noise = table(f"{work}/noise.csv", ["u", "v", "w", "y"], 200, target=lambda draw, row: round(draw.gauss(0, 1), 3))  # soon learned by heart
    said, _ = run("train", noise, "target=y", f"out={work}/runs")
    result = json.load(open(f"{work}/runs/noise-1/result.json"))
    best = result["restored_epoch"]
    check(result["epochs"] == best + 20 < 100 and not result["interrupted"], f"{result}")
    told = f"EarlyStopping after epoch {best + 20}; weights of epoch {best} restored"
    check(result["stopped"] == told and f"training ended: {told}\n" in said and told in open(f"{work}/runs/noise-1/log.txt").read(), f"{result}\n{said[-900:]}")
    check("epochs=" not in said.split("again:")[1], "more epochs are proposed although training stopped before their end")
    found = run_json("evaluate", result["model"], f"data={noise}", "split=validation", "--quiet")
    rows = list(csv.DictReader(open(f"{work}/runs/noise-1/metrics.csv")))
    check(abs(found["validation_loss"] - float(rows[best - 1]["val_loss"])) < 1e-6, "the model has not the weights that the result names")
    for settings in (["train.callbacks=[]"], ["data.validation_split=0"]):
        plain = run_json("train", noise, "target=y", *settings, f"out={work}/runs", "--quiet")
        check((plain["stopped"], plain["restored_epoch"], plain["epochs"]) == (None, None, 100), f"{settings}: {plain}")
    many = table(f"{work}/many.csv", ["u", "v", "y"], 3000, target=plane)
    run("init", many, "target=y", f"file={work}/many.toml")
    check("EarlyStopping" not in open(f"{work}/many.toml").read(), "a large table is stopped early")
    said, _ = run("train", noise, "target=y", "folds=2", f"out={work}/runs")
    check(said.count("training ended: EarlyStopping after epoch") == 2, said)


def interrupted(work):
    data = table(f"{work}/p.csv", ["u", "v", "y"], 100, target=plane)
    # Of an R2 that shall go down the first epoch is the best: its weights come back, also when a signal ends the run.
    first = '[{type="EarlyStopping",monitor="r2",mode="min",patience=1000000,restore_best_weights=true}]'
    for callbacks, kept in (("[]", "the model is saved as it was then"), (first, "the model is saved as it was at the end of epoch ")):
        out = f"{work}/runs{len(callbacks)}"
        job = subprocess.Popen([BIN, "train", data, "target=y", "epochs=1000000", f"train.callbacks={callbacks}", f"out={out}", "--quiet", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(600):
            time.sleep(0.1)
            if os.path.exists(f"{out}/p-1/metrics.csv") and len(open(f"{out}/p-1/metrics.csv").readlines()) > 3:
                break
        job.send_signal(signal.SIGINT)
        _, err = job.communicate(timeout=60)
        result = json.load(open(f"{out}/p-1/result.json"))
        text = f"signal 2 after step {result['steps']}"
        check(job.returncode == 130 and result["interrupted"] and result["stopped"].startswith(text), f"{result}\n{err}")
        check("training ended: " + text in open(f"{out}/p-1/log.txt").read(), "log.txt says nothing of the signal")
        check(kept in err and (result["restored_epoch"] is None) == (callbacks == "[]"), f"{result}\n{err}")


def looks(work):
    """`doctor DATA` and `datasets check DATA` say what train would find."""
    def look(*words, code=0, **more):
        texts = [run(verb, *rest, *words, code=code, **more) for verb, rest in (("doctor", []), ("datasets", ["check"]))]
        check(texts[0] == texts[1], f"doctor and datasets check differ: {texts}")
        return texts[0][0] or texts[0][1]

    def has(text, *words):
        for word in words:
            check(word in text, f"'{word}' is missing in:\n{text}")

    pets = folder(f"{work}/pets", 60)
    has(look(pets), "a folder of pictures", "24 files", "12 x 12 in colour", "24 samples [3, 12, 12]", "2 classes: cat (12), dog (12)", "no test part")
    png(f"{pets}/cat/wide.png", 30, lambda y, x: (1, 2, 3))
    has(look(pets), "from 12 x 12 to 30 x 30", "cat (13)")
    whole = open(f"{pets}/dog/0.png", "rb").read()
    for name, content in (("broken", b"no picture"), ("cut", whole[:-30]), ("void", b"")):
        with open(f"{pets}/dog/{name}.png", "wb") as f:
            f.write(content)
    with open(f"{pets}/dog/notes.txt", "w") as f:
        f.write("x")
    text = look(pets, code=3)  # `cut` has a good header: only reading it whole tells
    has(text, "ERROR", "3 files left out", "dog/broken.png", "dog/cut.png", "dog/void.png", "data.skip_bad=true", "dog/notes.txt", "dog (12)")
    has(look(pets, "data.skip_bad=true"), "warning: 3 files left out")
    findings = run_json("doctor", pets, code=3)["findings"]
    check(any(one["level"] == "ERROR" for one in findings), f"{findings}")
    for name in os.listdir(f"{work}/pets/dog"):
        os.truncate(f"{work}/pets/dog/{name}", 5)
    has(look(pets, code=3), "ERROR")
    for part in ("train", "test", "val"):
        folder(f"{work}/parts/{part}", 0, count=8 if part == "train" else 3)
    has(look(f"{work}/parts"), "train: 16 samples", "test: 6 samples", "validation: 6 samples")

    data = table(f"{work}/p.csv", ["area", "rooms", "price"], 60, target=plane)
    has(look(data, "target=price"), "a table", "60 rows of 3 columns", "target 'price': a number", "60 samples [2]", "the target is a number from ")
    has(look(data, code=2), "which column", "target=price")
    has(look(data, "target=prise", code=2), "did you mean 'price'")
    has(look(data, "target=price", "epochs=3", code=2), "epochs=3")
    has(look(data, "target=price", "data.task=classify"), "classes")
    words = table(f"{work}/w.csv", ["u", "species"], 40)
    with open(f"{work}/w.csv.gz", "wb") as f:
        f.write(gz(open(words, "rb").read()))
    has(look(f"{work}/w.csv.gz"), "2 classes: a (", "target 'species'")
    with open(words, "a") as f:
        f.write("1,2,3\n")
    has(look(words, code=3), "ERROR", "line 42", "3 fields")
    one = table(f"{work}/one.csv", ["u", "y"], 40, target=lambda draw, row: "same")
    has(look(one, code=3), "ERROR", "same")
    has(look(write_idx_folder(f"{work}/idx")), "a folder of IDX files", "64 samples [1, 8, 8]", "4 classes: 0 (16)")
    with open(f"{work}/t.txt", "w") as f:
        f.write("to be or not to be " * 40)
    has(look(f"{work}/t.txt"), "text", "760 characters", "test: ")
    has(look("spirals"), "computed")
    has(look("nosuch", code=2), "no file or folder 'nosuch'")
    has(look(f"{work}/no/such", code=3), "ERROR", "no such file")
    os.makedirs(f"{work}/empty")
    has(look(f"{work}/empty", code=3), "ERROR", "no folder in it")
    with open(f"{work}/x.xlsx", "w") as f:
        f.write("x")
    has(look(f"{work}/x.xlsx", code=2), ".xlsx")
    check("\x1b" not in look(folder(f"{work}/odd/\x1b[2J", 0, count=2)), "control characters reach the terminal")


def memory(work):
    """What no machine holds is refused before it is asked for."""
    pets = folder(f"{work}/pets", 60)
    for size, code, words in ((100_000, 2, ("100000 x 100000", "pixels in all")), (4000, 5, ("GiB", "[3, 4000, 4000]", "batch_size"))):
        args = [BIN, "train", pets, f"preprocess.picture={{height={size},width={size}}}", f"out={work}/runs", "--quiet",
                'model.layers=[{type="Conv2d",out_channels=4000,kernel_size=1},{type="GlobalAvgPool"},{type="Linear",out_features=2}]']
        job = subprocess.Popen(args, stderr=subprocess.PIPE, text=True)
        err = job.stderr.read()
        _, status, usage = os.wait4(job.pid, 0)
        job.returncode = os.waitstatus_to_exitcode(status)
        check(job.returncode == code and all(word in err for word in words), f"{size}: exit {job.returncode}\n{err}")
        check(usage.ru_maxrss < 1 << 20, f"{size}: held {usage.ru_maxrss >> 10} MiB")
    check(not os.path.exists(f"{work}/runs"), "a refused run leaves a folder")


def bars(work):
    """Five folds of what is suggested for the courses' tables."""
    if not os.path.isdir(f"{DATA}/tabular"):
        return
    for name, metric, bar in (("iris", "test_accuracy", 0.93), ("auto_mpg", "test_r2", 0.83), ("california_housing", "test_r2", 0.75)):
        found = run_json("train", "data:" + name, "folds=5", f"out={work}/runs", "--quiet")[metric]
        check(found >= bar, f"{name}: {metric} is {found}, below {bar}")


for part in (reasons, mirrors, losses, near_names, ends_early, interrupted, looks, memory, bars):
    with temporary() as place:
        part(place)
    print(part.__name__, "good")
