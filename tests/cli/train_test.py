#!/usr/bin/env python3
"""The way of a newcomer: train, evaluate, predict, look; every verb answers --help, and the program starts quickly."""
import csv
import json
import os
import signal
import subprocess
import time
import xml.etree.ElementTree

from _common import BIN, check, run, run_json, temporary, write_idx_folder, write_recipe

# bf16 where this machine has it.
LOW = "bf16" if "bf16" in run_json("doctor")["findings"]["precisions"] else "bf16_rounded"


def interrupted(folder):
    """The first SIGINT ends training after the step; the model is saved and works."""
    args = [BIN, "train", "spirals", "train.epochs=1000000", f"out={folder}/stopped", "--json", "--quiet"]
    process = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    run_folder = f"{folder}/stopped/spirals-1"
    for _ in range(600):
        time.sleep(0.1)
        if os.path.exists(f"{run_folder}/metrics.csv") and len(open(f"{run_folder}/metrics.csv").readlines()) > 1:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    check(process.returncode == 130, f"after SIGINT: exit {process.returncode}\n{err}")
    check("stopped by signal 2 after step" in err, err)
    result = json.loads(out.strip().splitlines()[-1])
    evaluated = run_json("evaluate", result["model"])
    check(evaluated["test_accuracy"] == result["test_accuracy"], "the model of a stopped run is not that of its result")


with temporary() as work:
    data = write_idx_folder(os.path.join(work, "data"))
    recipe = write_recipe(os.path.join(work, "small.toml"), data)
    result = run_json("train", recipe, f"out={work}/runs", "epochs=12")
    for key in ("test_accuracy test_loss epochs steps train_seconds images_per_second peak_rss_mib weights_sha256 model "
                "run threads seed").split():
        check(key in result, f"train --json lacks {key}")
    check(result["test_accuracy"] == 1.0, f"four corners are not told apart: {result}")
    check(result["epochs"] == 12 and result["steps"] == 48, f"epochs and steps: {result}")
    check(sorted(os.listdir(result["run"])) == ["log.txt", "metrics.csv", "model.safetensors", "recipe.toml", "result.json"],
          f"the run folder holds {os.listdir(result['run'])}")
    check(json.load(open(result["run"] + "/result.json"))["weights_sha256"] == result["weights_sha256"], "result.json differs")
    rows = list(csv.DictReader(open(result["run"] + "/metrics.csv")))
    check(len(rows) == 12 and {"epoch", "accuracy", "loss"} <= rows[0].keys(), f"metrics.csv: {rows[:1]}")

    interrupted(work)
    # More outputs than classes: the rows of the table are the model's outputs, and evaluate knows them too.
    wide = run_json("train", recipe, f"out={work}/wide", "epochs=12", "model.layers[4].out_features=6")
    check(wide["test_accuracy"] == 1.0, f"6 outputs for 4 classes: {wide['test_accuracy']}")
    check(run_json("evaluate", wide["model"], f"data={data}")["test_accuracy"] == 1.0, "evaluate with 6 outputs")
    # Weights that are no numbers are no result.
    _, said = run("train", "spirals", "steps=1", "optimizer.type=SGD", "learning_rate=1e308", "schedule.type=constant",
                  f"out={work}/nan", code=4)
    check("after training the test loss is" in said and not os.path.exists(f"{work}/nan"), said)
    _, said = run("train", recipe, "batch_size=0", code=2)
    check("in: the setting batch_size=0" in said, said)
    again = run_json("train", result["run"] + "/recipe.toml", f"out={work}/runs")
    check(again["weights_sha256"] == result["weights_sha256"], "the resolved recipe trains to other weights")

    # Below f32: other weights, the same accuracy; evaluate gives what training gave where it is asked to.
    low = run_json("train", recipe, f"data={data}", f"out={work}/low", "epochs=12", f"precision={LOW}")
    check(low["weights_sha256"] != result["weights_sha256"] and low["test_accuracy"] > 0.9, f"{LOW}: {low}")
    check(low["precision"] == LOW and result["precision"] == "f32", f"the result's precision: {low}")
    check(f" threads, {LOW}" in open(low["run"] + "/log.txt").read(), "the log lacks the precision")
    check(f'precision = "{LOW}"' in open(low["run"] + "/recipe.toml").read(), "the resolved recipe lacks the precision")
    same = run_json("evaluate", low["model"], f"data={data}", f"precision={LOW}")
    check(same["test_loss"] == low["test_loss"], f"evaluate in {LOW} gives {same}, train gave {low}")
    check(run_json("evaluate", low["model"], f"data={data}")["test_loss"] != low["test_loss"], "evaluate is in f32")
    _, said = run("evaluate", low["model"], f"data={data}", "precision=fp8", code=2)
    check("precision is 'fp8'" in said and "bf16_rounded" in said, said)
    for verb, more in (("bench", ["steps=5"]), ("plan", []), ("profile", ["steps=2"])):
        check(run_json(verb, recipe, f"precision={LOW}", *more)["precision"] == LOW, f"{verb} does not tell the precision")
    # Without the instructions it is refused, before data are read.
    without = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    for words in (["train", recipe, f"out={work}/none"], ["train", recipe, "folds=3", f"out={work}/none"],
                  ["lr-find", recipe], ["evaluate", low["model"]]):
        _, said = run(*words, "data=/nowhere", "precision=bf16", code=1, env=without)
        check("avx512_bf16" in said and "bf16_rounded" in said, f"{words}: {said}")
    check(not os.path.exists(f"{work}/none"), "a refused training leaves a folder")

    _, refusal = run("evaluate", result["model"], code=2)
    check("no data set by name" in refusal and f"data={data}" in refusal, refusal)  # a path in a file is not followed
    evaluated = run_json("evaluate", result["model"], f"data={data}")
    check(evaluated["test_accuracy"] == result["test_accuracy"] and evaluated["test_loss"] == result["test_loss"],
          f"evaluate gives {evaluated}, train gave {result['test_accuracy']} {result['test_loss']}")
    predicted = run_json("predict", result["model"], f"{data}:test:3", f"{data}:train:0")
    check([p["class"] for p in predicted["predictions"]] == ["3", "0"], f"predict: {predicted}")
    check({"input", "class", "probability", "top"} <= predicted["predictions"][0].keys(), f"predict: {predicted}")

    header = b'{"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}'
    foreign = os.path.join(work, "foreign.safetensors")
    with open(foreign, "wb") as f:
        f.write(len(header).to_bytes(8, "little") + header + bytes(8))
    check(run_json("summary", foreign) == {"tensors": [{"name": "w", "dtype": "f32", "shape": [2, 1]}], "elements": 2},
          "summary of a file without a recipe")
    names = ["a\\u001b[2J\\r\\nb", "n" * 100000] + [f"t{i}" for i in range(300)]
    header = ("{" + ",".join(f'"{n}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}' for n in names) + "}").encode()
    with open(foreign, "wb") as f:
        f.write(len(header).to_bytes(8, "little") + header)
    table, _ = run("summary", foreign)
    check("\x1b" not in table and "\\x1b[2J" in table and len(table) < 60000, "names from a file reach the terminal as they are")
    run("predict", result["model"], ":test:0", code=2)
    summary = run_json("summary", result["model"])
    check(summary["params"] == 4 * 9 + 4 + 36 * 4 + 4, f"summary: {summary['params']} parameters")
    validated = run_json("train", recipe, f"out={work}/runs", "data.validation_split=0.25")
    check("val_accuracy" in open(validated["run"] + "/metrics.csv").readline(), "no val_accuracy in metrics.csv")
    out, _ = run("train", recipe, f"out={work}/runs")
    check("test accuracy" in out and "precision" in out and "model.safetensors" in out, out)
    check("\r" not in out and "\x1b" not in out, "control characters although the output is no terminal")

for item, params in {"a_softmax": 7850, "b_mlp5": 185300, "c_psc_cnn": 3274634, "d_mnist_cnn": 1199882, "e_lenet5": 61706,
                     "f_resnet20": 272474, "f_resnet18": 11173962}.items():
    check(run_json("summary", item)["params"] == params, f"{item} has not {params} parameters")
bench = run_json("bench", "e_lenet5", "seconds=0.1")
for key in "item median_ms p10_ms p90_ms steps images_per_second gflops threads peak_rss_mib loss_first loss_last weights_sha256".split():
    check(key in bench, f"bench --json lacks {key}")
check(bench["system_allocations"] == 0, f"steps after the third asked the system for memory: {bench}")
for name in ("a_softmax", "b_mlp5", "d_mnist_cnn"):
    check(run_json("bench", name, "steps=5")["system_allocations"] == 0, f"{name} asked the system for memory")
eager = run_json("bench", "b_mlp5", "steps=5", "capture=false")
planned = run_json("bench", "b_mlp5", "steps=5")
check(eager["weights_sha256"] == planned["weights_sha256"], "bench: captured steps give other weights than eager ones")
check(planned["planned_mib"] > 0, f"bench: nothing is planned: {planned}")
answers = run_json("bench", "b_mlp5", "mode=infer", "batch_size=3", "steps=5")
check(answers["batch_size"] == 3 and answers["mode"] == "infer" and answers["system_allocations"] == 0, f"bench mode=infer: {answers}")
with temporary() as work:
    plan = run_json("plan", "c_psc_cnn", f"svg={work}/plan.svg", f"dot={work}/plan.dot")
    check(abs(plan["flops"] - 4.102e9) < 1e6, f"plan: {plan['flops']} FLOP in a step of c_psc_cnn")  # items.md
    check(any(c["layer"] == "layers.0" and c["op"] == "conv2d_weight_grad" for c in plan["calls"]), "plan: no gradient of layers.0")
    check(xml.etree.ElementTree.parse(f"{work}/plan.svg").getroot().tag.endswith("svg"), "plan svg=")
    check(open(f"{work}/plan.dot").read().startswith("digraph"), "plan dot=")
    check("GFLOP" in run("plan", "e_lenet5", "mode=infer", "batch_size=2")[0], "plan as a table")
    profile = run_json("profile", "e_lenet5", "steps=3", f"trace={work}/trace.json")
    events = json.load(open(f"{work}/trace.json"))["traceEvents"]
    check(len(events) == 3 * (1 + len(profile["calls"])) and all(e["ph"] == "X" and e["dur"] >= 0 for e in events), "profile trace=")
    check("ms per step" in run("profile", "e_lenet5", "steps=2", "capture=false", "top=5")[0], "profile of eager steps")
    for verb in ("plan", "profile"):
        run(verb, "e_lenet5", "mode=both", code=2)
        run(verb, "e_lenett", code=2)
    run("plan", "e_lenet5", f"svg={work}/no/such/folder/plan.svg", code=3)
for words in (["mode=inference"], ["batch_size=0"], ["capture=maybe"]):
    run("bench", "a_softmax", *words, code=2)

recipes = [r["name"] for r in run_json("recipes")["recipes"]]
check({"fashion_cnn", "softmax_regression", "mlp5_relu", "mlp5_dropout", "lenet5"} <= set(recipes), f"recipes: {recipes}")
check("findings" in run_json("doctor") and "kernels" in run_json("doctor")["findings"], "doctor --json")
check(run_json("check-op", "softmax")["names"][0]["failures"] == [], "check-op softmax")
check("conv2d" in run_json("explain")["names"]["ops"], "explain lists no ops")
for name in ("conv2d", "Conv2d", "Adam", "one_cycle", "cross_entropy"):
    check(len(run("explain", name)[0]) > 40, f"explain {name}")
for verb in "train evaluate predict summary recipes datasets doctor explain check-op bench plan profile".split():
    check("usage: percept " + verb in run(verb, "--help")[0], f"{verb} --help")
check("fashion_mnist" in run("datasets", "list")[0], "datasets list")
check("usage" in run("help")[0], "help")
run(code=2)
