#!/usr/bin/env python3
"""Bad input of every kind: its exit code, a message that names file, value and remedy, and nothing left behind."""
import os
import shutil
import struct
import subprocess

from _common import BIN, RECIPE, check, fail, gz, idx, listing, run, temporary, write_idx_folder, write_recipe

cases = 0


def refused(work, code, words, *args, env=None):
    """The program refuses with `code`, says each of `words` and a fix, and leaves `work` as it was."""
    global cases
    cases += 1
    before = listing(work)
    _, err = run(*args, code=code, cwd=work, env=env)
    for word in words:
        check(word in err, f"{args}: the message lacks '{word}':\n{err}")
    check("fix:" in err, f"{args}: no remedy in\n{err}")
    check(listing(work) == before, f"{args}: files were left behind: {sorted(set(listing(work)) ^ set(before))}")


def data_cases(work):
    images, labels = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"

    def with_file(name, change, code, words):
        folder = os.path.join(work, "data")
        shutil.rmtree(folder, ignore_errors=True)
        write_idx_folder(folder, edit=lambda n, content: change(content) if n == name else content)
        recipe = write_recipe(os.path.join(work, "r.toml"), folder)
        refused(work, code, words, "train", recipe, "--quiet")

    with_file(images, lambda c: None, 3, ["train-images"])
    with_file(images, lambda c: b"", 3, [images])
    with_file(images, lambda c: c[:-5], 3, [images])
    with_file(images, lambda c: c[:9], 3, [images])
    with_file(images, lambda c: c + b"x", 3, [images])
    with_file(images, lambda c: struct.pack(">HBBIII", 0, 8, 3, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF), 3, [images])
    with_file(images, lambda c: struct.pack(">HBBIII", 0, 8, 3, 100000, 28, 28), 3, [images])
    with_file(images, lambda c: b"\x89PNG" + c[4:], 3, [images])
    with_file(images, lambda c: struct.pack(">HBB", 0, 0x42, 3) + c[4:], 3, [images])
    with_file(images, lambda c: struct.pack(">HBB", 0, 8, 200) + c[4:], 3, [images])
    with_file(labels, lambda c: idx([63], c[8:71]), 3, ["63", "64"])
    with_file("t10k-labels-idx1-ubyte", lambda c: c[:-1] + b"\xc8", 3, ["200", "position"])
    with_file(images, lambda c: gz(c)[:40], 3, [images])
    with_file(images, lambda c: gz(c)[:20] + b"\0\0\0\0" + gz(c)[24:], 3, [images])
    with_file(images, lambda c: gz(c + b"more"), 3, [images])


def recipe_cases(work):
    data = write_idx_folder(os.path.join(work, "good"))
    base = RECIPE.format(data=data, optimizer="Adam", rate=0.01)

    def with_text(text, code, words, *more, env=None):
        path = os.path.join(work, "r.toml")
        with open(path, "w") as f:
            f.write(text)
        refused(work, code, words, "train", path, "--quiet", *more, env=env)

    with_text(base.replace("kernel_size = 3", "kernel_sizes = 3"), 2, ["kernel_sizes", "kernel_size", "r.toml:"])
    with_text(base.replace("epochs = 2", "epoch = 2"), 2, ["epoch", "epochs", "r.toml:"])
    with_text(base + "[augmen]\n", 2, ["augmen"])
    with_text(base + "[augment]\nsteps = [{ type = \"rotat\" }]\n", 2, ["rotat", "rotate", "augment.steps"])
    with_text(base + "[augment]\nsteps = [{ type = \"rotate\", degree = 3 }]\n", 2, ["degree", "degrees"])
    with_text(base.replace('"ReLU"', '"Relu"'), 2, ["Relu", "ReLU"])
    with_text(base.replace('"Adam"', '"Adamm"'), 2, ["Adamm", "Adam"])
    with_text(base.replace("[train]", "[train]\nprecision = \"fp16\""), 2, ["precision", "fp16", "bf16"])
    with_text(base.replace("[train]", "[train]\ncallbacks = [{ type = \"EarlyStoping\" }]"), 2, ["callbacks", "EarlyStopping"])
    with_text(base.replace("[train]", "[train"), 2, ["r.toml:", "TOML"])
    with_text(base.replace("out_features = 4", "out_features = -3"), 2, ["out_features"])
    with_text(base.replace("out_features = 4", "out_features = \"four\""), 2, ["out_features", "four"])
    with_text(base.replace("rate}", "").replace("learning_rate = 0.01", "learning_rate = -1"), 2, ["learning_rate", "-1"])
    with_text(base.replace("kernel_size = 3", "kernel_size = 30"), 3, ["Conv2d", "layers.0", "[1, 1, 8, 8]", "line"])
    with_text(base.replace("out_features = 4", "in_features = 7, out_features = 4"), 3, ["Linear", "layers.4", "shapes:", "line"])
    with_text(base.replace('  { type = "Flatten" }, ', "  "), 3, ["Linear", "layers.3"])
    with_text(base, 2, ["batch_size", "0"], "batch_size=0")
    with_text(base, 2, ["threads", "0"], "threads=0")
    with_text(base, 2, ["epochs"], "epochs=0")
    with_text(base, 2, ["epoch", "epochs"], "epoch=3")
    with_text(base, 2, ["num_workers"], "num_workers=-1")
    with_text(base, 2, ["fashion_mnist"], "data=fashion_mnst")
    with_text(base, 3, ["no/such"], "data=no/such/folder")
    with_text(base, 2, ["resume"], "resume=runs/x")
    with_text(base, 2, ["dry_run"], "dry_run=true")
    with_text(base.replace('"Adam"', '"SGD"'), 4, ["loss", "learning_rate", "step"], "learning_rate=1e30")
    with_text(base, 3, ["/proc/nothing"], "out=/proc/nothing")
    refused(work, 3, ["missing.toml"], "train", "missing.toml")
    refused(work, 2, ["fashion_cn"], "train", "fashion_cn")
    refused(work, 2, ["trian", "train"], "trian", "x")
    refused(work, 2, ["mnist"], "datasets", "check", "mnst")
    refused(work, 3, ["mnist"], "datasets", "get", "mnist", env={"PERCEPT_DATA": work, "XDG_CACHE_HOME": work})


def full_disk(work):
    """A file system of 64 KiB: the model does not fit, and nothing stays."""
    small = os.path.join(work, "small")
    os.makedirs(small)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True).returncode != 0:
        print("full disk: skipped, mounting needs rights")
        return
    try:
        data = write_idx_folder(os.path.join(work, "good2"), size=28)
        text = RECIPE.replace("out_channels = 4", "out_channels = 64")
        recipe = write_recipe(os.path.join(work, "big.toml"), data, text=text)
        refused(work, 3, ["model.safetensors"], "train", recipe, "--quiet", f"out={small}")
        check(os.listdir(small) == [], f"left on the full disk: {os.listdir(small)}")
    finally:
        subprocess.run(["umount", small], check=True)


def model_cases(work):
    data = write_idx_folder(os.path.join(work, "good3"))
    recipe = write_recipe(os.path.join(work, "ok.toml"), data)
    run("train", recipe, "--quiet", f"out={work}/runs")
    model = os.path.join(work, "runs", "small-1", "model.safetensors")
    whole = open(model, "rb").read()
    cut = os.path.join(work, "cut.safetensors")
    # Every byte in the format's own tests (percept/io); here a spread of places through the program.
    for length in [0, 1, 7, 8, 9, 100, len(whole) // 2, len(whole) - 4, len(whole) - 1]:
        with open(cut, "wb") as f:
            f.write(whole[:length])
        refused(work, 3, ["cut.safetensors"], "evaluate", cut)
    for place in [3, 20, len(whole) // 2, len(whole) - 1]:
        with open(cut, "wb") as f:
            f.write(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
        refused(work, 3, ["cut.safetensors"], "evaluate", cut)
    with open(cut, "wb") as f:
        f.write(b"\x80\x04\x95pickle")
    refused(work, 3, ["cut.safetensors"], "predict", cut, "fashion_mnist:test:0")
    refused(work, 3, ["nothing.safetensors"], "summary", "nothing.safetensors")
    refused(work, 3, ["no class 'Ankle boot'", "0, 1, 2, 3"], "evaluate", model, "data=fashion_mnist")
    wide = write_idx_folder(f"{work}/wide", size=12)
    refused(work, 3, ["[1, 12, 12]", "[1, 8, 8]"], "evaluate", model, f"data={wide}")
    refused(work, 2, ["tta", "augmentation"], "evaluate", model, "tta=4", "data=" + data)
    refused(work, 3, ["photo.jpg"], "predict", model, "photo.jpg")
    refused(work, 2, ["NAME:test:INDEX"], "predict", model, "fashion_mnist:tset:0")


for part in (data_cases, recipe_cases, full_disk, model_cases):
    with temporary() as folder:
        part(folder)
print(f"{cases} cases refused")
