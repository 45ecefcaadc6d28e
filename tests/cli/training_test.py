#!/usr/bin/env python3
"""What recipes ask of a training beside the model: augmentation of float pictures, callbacks and their files, losses that
do not fit, the learning rate range test."""
import json
import os
import random

from _common import check, listing, run, run_json, temporary, write_idx_folder, write_npz, write_recipe

SOFTMAX = 'model.layers=[{type="Flatten"},{type="Linear",out_features=4}]'


def refused(work, words, *args):
    """Exit code 2 with those words, and nothing is left."""
    before = listing(work)
    _, err = run(*args, code=2, cwd=work)
    for word in words:
        check(word in err, f"{args}: the message lacks '{word}':\n{err}")
    check(listing(work) == before, f"{args}: left {set(listing(work)) ^ set(before)}")


def text(path):
    with open(path) as f:
        return f.read()


def callback_files(work, recipe):
    best = os.path.join(work, "outside.safetensors")
    with open(best, "w") as f:
        f.write("precious")
    for name, words in {best: ["leads out of the run's folder"], "../x.safetensors": ["leads out"],
                        "a/../../x.safetensors": ["leads out"], "model.safetensors": ["the run writes model.safetensors"],
                        "./a/../model.safetensors": ["the run writes"],
                        "result.json/x.safetensors": ["the run writes result.json"]}.items():
        callback = f'train.callbacks=[{{type="ModelCheckpoint",filepath="{name}"}}]'
        refused(work, ["train.callbacks[0].filepath", *words], "train", recipe, callback)
        refused(work, words, "lr-find", recipe, callback)
    for name in ("metrics.csv", "log.txt", "recipe.toml", "result.json", "folds.csv", "fold_of_sample.csv", "/tmp/x.csv"):
        refused(work, ["train.callbacks[0].filename"], "train", recipe,
                f'train.callbacks=[{{type="CSVLogger",filename="{name}"}}]')
    check(text(best) == "precious", "a file outside was overwritten")
    # Braces of a folder's name are no fields; folders below the run's are made.
    both = ('train.callbacks=[{type="ModelCheckpoint",filepath="kept/{epoch}.safetensors"},'
            '{type="CSVLogger",filename="sub/log.csv"}]')
    result = run_json("train", recipe, both, f"out={work}/a{{b}}c", "epochs=2")
    check({"kept/1.safetensors", "kept/2.safetensors", "sub/log.csv"} <= set(listing(result["run"])), listing(result["run"]))
    folds = run_json("train", recipe, both, f"out={work}/folds", "epochs=1", "folds=2")
    for k in (0, 1):
        check({f"fold-{k}/kept/1.safetensors", f"fold-{k}/sub/log.csv"} <= set(listing(folds["run"])), listing(folds["run"]))


def what_callbacks_say(work, recipe):
    reduces = ('train.callbacks=[{type="ReduceLROnPlateau",monitor="loss",min_delta=1e9,patience=1,verbose=1},'
               '{type="ModelCheckpoint",verbose=1}]')
    out, err = run("train", recipe, reduces, f"out={work}/said", "epochs=3")
    check("reducing learning rate to 0.001." in err and "finished saving model" in err, err)
    check("learning_rate: 0.0100" in out, f"the progress line lacks what a callback adds:\n{out}")
    log = text(f"{work}/said/small-1/log.txt")
    check("reducing learning rate to 0.001." in log and "test accuracy" in log, log)
    _, err = run("train", recipe, reduces, f"out={work}/quiet", "epochs=3", "--quiet")
    check("reducing" not in err, err)
    check("reducing" in text(f"{work}/quiet/small-1/log.txt"), "the log depends on what is shown")
    _, err = run("train", recipe, reduces.replace(",verbose=1", ""), f"out={work}/silent", "epochs=3")
    check("reducing" not in err and "reducing" not in text(f"{work}/silent/small-1/log.txt"), err)

    def warned(callbacks):
        out, _ = run("train", recipe, f"train.callbacks=[{callbacks}]", f"out={work}/ema", "epochs=1",
                     "data.validation_split=0.25")
        return "EMAWeights validates averages" in out

    early = '{type="EarlyStopping",restore_best_weights=true}'
    check(warned('{type="EMAWeights"},' + early), "no word about weights that were not validated")
    check(warned(early + ',{type="EMAWeights",swap_on_epoch=true}'), "no word about the order")
    check(not warned('{type="EMAWeights",swap_on_epoch=true},' + early), "a warning for nothing")
    check(not warned('{type="EMAWeights"},{type="ModelCheckpoint"}'), "a warning for nothing")


def losses_that_do_not_fit(work, recipe):
    for loss in ("focal", "nll", "multi_margin"):
        refused(work, [f"[loss] {loss}", "mixed labels", "use cross_entropy"], "train", recipe, f"loss.type={loss}",
                'augment.steps=["mixup"]')
    refused(work, ["train.metrics: mse does not take the model's output f32 [4, 4]"], "train", recipe, 'train.metrics=["mse"]')
    refused(work, ["train.constraints[0]", "MaxNorm"], "train", recipe,
            'train.constraints=[{type="MaxNorm",axes=[7],parameters="*.weight"}]')
    two = write_npz(os.path.join(work, "two.npz"), {"x": [[i % 2, 1.0] for i in range(40)], "y": [i % 2 for i in range(40)]})
    refused(work, ["bce_with_logits", "cross_entropy"], "train", recipe, f"data.source={two}",
            "data.test_split=0.2", 'model.layers=[{type="Linear",out_features=1}]', "loss.type=bce_with_logits",
            "preprocess.scale=1")
    # What is tried beforehand changes nothing.
    norm = 'train.constraints=[{type="MaxNorm",max_value=0.1,parameters="*.weight"}]'
    shas = {run_json("train", recipe, f"out={work}/same", f"epochs={n}", norm, "train.steps=0")["weights_sha256"] for n in (1, 1)}
    check(len(shas) == 1, "two runs differ")


def float_pictures(work, recipe):
    random.seed(1)
    pixels = [[[[random.randrange(256) for _ in range(8)] for _ in range(8)]] for _ in range(48)]
    labels = [i % 4 for i in range(48)]

    def scaled(name, scale, shift=0.0):
        values = [[[[p * scale + shift for p in row] for row in plane] for plane in picture] for picture in pixels]
        return write_npz(os.path.join(work, name), {"x": values, "y": labels})

    def trained(source, *more):
        result = run_json("train", recipe, f"data.source={source}", "data.test_split=0.25", SOFTMAX, "epochs=1",
                          f"out={work}/floats", 'augment.steps=[{type="invert",probability=1}]', *more)
        return result["test_loss"], text(result["run"] + "/recipe.toml")

    unit, whole, other = scaled("unit.npz", 1 / 255), scaled("whole.npz", 1.0), scaled("other.npz", 2.0, -128.0)
    bytes_ = write_npz(os.path.join(work, "bytes.npz"), {"x": pixels, "y": labels}, byte=True)
    wanted, recipe_text = trained(bytes_)
    check("value_range" not in recipe_text, "bytes are 0..255 whatever is said")
    for source, scale, words in ((unit, 1, "0, 1"), (whole, 255, "0, 255")):
        loss, recipe_text = trained(source, f"preprocess.scale={scale}")
        check(abs(loss - wanted) < 1e-4, f"{source}: loss {loss}, of bytes {wanted}")
        check(f"value_range = [{words}]" in recipe_text.replace(".0", ""), recipe_text)
    refused(work, ["[augment] changes the light", "from -128 to ", "augment.value_range = [0, 1]"], "train", recipe,
            f"data.source={other}", "data.test_split=0.25", SOFTMAX, 'augment.steps=["invert"]')
    trained(other, "augment.value_range=[-128,382]")
    refused(work, ["augment.value_range is [1, 0]"], "train", recipe, f"data.source={unit}", "data.test_split=0.25", SOFTMAX,
            'augment.steps=["invert"]', "augment.value_range=[1,0]")
    moved = run_json("train", recipe, f"data.source={other}", "data.test_split=0.25", SOFTMAX, "epochs=1",
                     f"out={work}/moved", 'augment.steps=["horizontal_flip",{type="random_crop",padding=1}]')
    # The views of a saved model know black and white, too.
    kept = run_json("train", recipe, f"data.source={unit}", "data.test_split=0.25", SOFTMAX, "epochs=1", "preprocess.scale=1",
                    f"out={work}/kept", 'augment.steps=[{type="gaussian_noise",sigma=0.1}]')
    plain, views = (run_json("evaluate", kept["model"], f"data={unit}", *tta)["test_loss"] for tta in ((), ("tta=4",)))
    check(abs(plain - views) < 0.2, f"{plain} without, {views} with noisy views of pictures of 0..1")
    check(moved["test_loss"] > 0, moved)


def borders_beyond_measure(work, recipe):
    refused(work, ["[augment]", "134217728 values"], "train", recipe,
            'augment.steps=[{type="pad",left=23170,right=23170,top=23170,bottom=23170},{type="brightness",factor=[1,1]},'
            '{type="rotate",degrees=[0.001,0.001]},{type="shift",width=[-0.4999,-0.4999],height=[-0.4999,-0.4999]},'
            '{type="center_crop",height=8,width=8}]')


def rates(work, _):
    def found(*more):
        return run("lr-find", "spirals", f"file={work}/rates.csv", "threads=1", *more)[0]

    said = found("points=12", "to=1e-5")
    check("falls fastest" in said, said)
    low, high = said.split("next: train with learning_rate=")[1].split()[0:3:2]
    check(float(low) < float(high), said)
    said = found("points=20", "from=1", "to=100")
    check("the loss never falls at these rates" in said and "learning_rate=" not in said, said)


with temporary() as folder:
    small = write_recipe(os.path.join(folder, "small.toml"), write_idx_folder(os.path.join(folder, "data")))
    for part in (callback_files, what_callbacks_say, losses_that_do_not_fit, float_pictures, borders_beyond_measure, rates):
        part(folder, small)
