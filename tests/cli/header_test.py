#!/usr/bin/env python3
"""Whether the first line of a table names its columns: the guess, data.header, and what a model keeps of both."""
from _common import check, run, run_json, temporary

SMALL = ("epochs=1", "batch_size=16")


def write(path, content):
    with open(path, "w") as f:
        f.write(content)
    return path


def table(path, first, kind):
    """60 rows of four numbers and what `kind` says, below the line `first` where there is one."""
    rows = [[f"{i % 3 + 0.01 * (i % 7):.2f}", str(i % 5), str(i * 7 % 11), str(i % 2), kind(i)] for i in range(60)]
    return write(path, "".join(",".join(row) + "\n" for row in ([first.split(",")] if first else []) + rows))


def word(i):
    return "abc"[i % 3]


def digit(i):
    return str(i % 3)


def refused(words, *args, code=2):
    _, err = run(*args, *SMALL, code=code)
    for one in words:
        check(one in err, f"{args}: the message lacks '{one}':\n{err}")
    return err


def train(work, source, *args):
    return run_json("train", source, *args, *SMALL, "--quiet", f"out={work}/runs")


def said(work, source, *args):
    return "".join(run("train", source, *args, *SMALL, f"out={work}/runs"))


def told(model, path):
    return run_json("predict", model, path, "--quiet")["predictions"]


def counted_names(work):
    """Columns as pandas names them are no sample."""
    counted = table(f"{work}/counted.csv", "0,1,2,3,target", word)
    for target in (["target=target"], []):
        text = said(work, counted, *target)
        check("read 60 rows" in text and "'target': 3 classes" in text, f"names that count:\n{text}")
        check(("is taken for the columns' names" in text) == (not target), f"a note where there is doubt:\n{text}")
    refused(["no column 'column 5'", "0, 1, 2, 3, target", 'data.header = "no"'], "train", counted, 'target="column 5"')
    model = train(work, counted, "target=target")["model"]
    check(len(told(model, write(f"{work}/one.csv", "0,1,2,3\n1,2,3,4\n"))) == 1, "the names that the model knows are a header")
    check(len(told(model, write(f"{work}/back.csv", "3,2,1,0\n1,2,3,4\n5,6,7,8\n"))) == 2, "in any order")
    unnamed = table(f"{work}/unnamed.csv", "0,1,2,3,4", digit)
    for target in ("target=4", 'target="4"'):
        text = said(work, unnamed, target)
        check("read 60 rows" in text and "'4': 3 classes" in text, f"all columns unnamed, {target}:\n{text}")
    test = table(f"{work}/test.csv", "0,1,2,3,4", digit)
    result = train(work, unnamed, 'target="4"', f"data.test={test}")
    check(run_json("evaluate", result["model"], f"data={unnamed}", "split=all", "--quiet")["samples"] == 60, "other parts likewise")


def target_names(work):
    """A line with the target's name is a header; where the guess was wrong, the message says what to do."""
    bands = table(f"{work}/bands.csv", "1100,1102,1104,1106,class", word)
    check("read 60 rows" in said(work, bands, "target=class"), "the target's name")
    refused(["which column", "line 1 is taken for a sample", 'data.header = "yes"'], "train", bands)
    refused(["no column 'clas'", "line 1 is taken for a sample", 'data.header = "yes"'], "train", bands, "target=clas")
    err = refused(["did you mean 'class'"], "train", bands, "target=clas", "data.header=yes")
    check("is taken for" not in err, f"nothing was guessed:\n{err}")


def settings(work):
    """data.header overrides the guess, stands in the recipe, and is the model's."""
    bare = table(f"{work}/bare.csv", "", digit)
    text = said(work, bare, 'target="column 5"')
    check("read 60 rows" in text and "line 1 is taken for a sample" in text, f"a note:\n{text}")
    check("line 1 is taken for a sample" in run("doctor", bare, 'target="column 5"')[0], "the doctor's note")
    nameless = train(work, bare, 'target="column 5"')["model"]
    check(len(told(nameless, write(f"{work}/steps.csv", "0,1,2,3\n5,2,0,1\n"))) == 2, "a model without names takes line 1 for a sample")
    years = table(f"{work}/years.csv", "2019,2020,2021,2022,2023", digit)
    asked = train(work, years, 'target="2023"', "data.header=yes")
    check('header = "yes"' in open(f"{asked['run']}/recipe.toml").read(), "the resolved recipe says so")
    check(len(told(asked["model"], write(f"{work}/more.csv", "2019,2020,2021,2022\n5,2,0,1\n"))) == 1, "predict reads another table so")
    check(run_json("evaluate", asked["model"], f"data={years}", "split=all", "--quiet")["samples"] == 60, "evaluate likewise")
    again = run_json("train", f"{asked['run']}/recipe.toml", "--quiet", f"out={work}/again")
    check(again["run"], "the resolved recipe trains again")
    words = write(f"{work}/words.csv", "a,b\n" * 3 + "c,d\n" * 20 + "a,b\n" * 17)
    text = said(work, words, 'target="column 2"', "data.header=no")
    check("read 40 rows" in text and "is taken for" not in text, f"no header:\n{text}")
    refused(["data.header", "maybe", '"auto", "yes" or "no"'], "train", bare, "data.header=maybe")


def pixels(work):
    """Tables of pixels have a header by their names; without one they are columns of numbers."""
    values = lambda i: ",".join(str((i * 31 + p * 7) % 256) for p in range(16))
    named = "label," + ",".join(f"pixel{p}" for p in range(16)) + "\n"
    rows = "".join(f"{i % 2},{values(i)}\n" for i in range(40))
    dots, bare = write(f"{work}/dots.csv", named + rows), write(f"{work}/bare.csv", rows)
    for setting in ([], ["data.header=yes"]):
        check("a table of pixels" in run("doctor", dots, *setting)[0], f"{setting}")
    refused(["data.header", "a table of pixels"], "train", dots, "data.header=no")
    text = said(work, bare, 'target="column 1"')
    check("read 40 rows" in text and "'column 1': 2 classes" in text, f"pixels without names:\n{text}")
    refused(["data.header is given", "for tables"], "train", write(f"{work}/words.txt", "one two " * 99), "data.header=yes")


for part in (counted_names, target_names, settings, pixels):
    with temporary() as folder:
        part(folder)
    print(part.__name__, "good")
