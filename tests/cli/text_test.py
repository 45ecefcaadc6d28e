#!/usr/bin/env python3
"""Raw text: a training that only right windows make good, the model asked and going on, and what is refused."""
import gzip
import json
import os

from _common import check, fail, run, run_json, temporary

RHYME = "One for the master, one for the dame,\nand one for the little boy who lives down the lane.\n"
SMALL = ("model.layers=[{type='Embedding',num_embeddings=%d,embedding_dim=8},{type='Flatten'},{type='Linear',out_features=32},"
         "{type='ReLU'},{type='Linear',out_features=%d}]")


def write(path, content):
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return path


def refused(words, *args, code=2):
    _, err = run(*args, code=code)
    for word in words if isinstance(words, (list, tuple)) else [words]:
        check(word in err, f"percept {' '.join(map(str, args))}: '{word}' is not in\n{err}")


def characters(work):
    text = write(os.path.join(work, "rhyme.txt"), RHYME * 60)
    packed = os.path.join(work, "packed.txt.gz")
    with gzip.open(packed, "wb") as f:
        f.write((RHYME * 60).encode())
    out, _ = run("init", text, f"file={work}/rhyme.toml")
    with open(f"{work}/rhyme.toml") as f:
        recipe = f.read()
    for word in ("Embedding", "perplexity", "test_split = 0.1"):
        check(word in recipe, f"'{word}' is not in the recipe:\n{recipe}")
    trained = []
    for source, threads, workers in ((text, 1, 0), (packed, 2, 3)):
        trained.append(run_json("train", source, "steps=300", "batch_size=32", f"threads={threads}",
                                f"num_workers={workers}", f"out={work}/runs", "--quiet"))
    result = trained[0]
    # The rhyme repeats: 16 characters nearly always tell the next one.
    check(result["test_accuracy"] > 0.95, f"accuracy {result['test_accuracy']}")
    check(result["test_perplexity"] < 1.3, f"perplexity {result['test_perplexity']}")
    check(trained[1]["weights_sha256"] == result["weights_sha256"], "other weights with other threads, workers or gzip")
    model = result["model"]
    again = run_json("evaluate", model, f"data={text}", "--quiet")
    check(again["test_perplexity"] == result["test_perplexity"], f"evaluate gives {again}")
    return text, model


def asked(work, model):
    told = run_json("predict", model, "text:for the little boy who lives down th", "top=2", "--quiet")["predictions"][0]
    check(told["class"] == "e" and len(told["top"]) == 2 and told["probability"] > 0.5, str(told))
    out, _ = run("predict", model, "text:for the little boy who lives down the lane.")
    check("'\\x0a'" in out, f"the line end is not shown as such:\n{out}")
    short = run_json("predict", model, "text:One for t", "--quiet")["predictions"][0]  # filled up in front
    check(short["class"] == "h", str(short))
    go_on = lambda *more: run_json("predict", model, "text:and one for the little", *more, "--quiet")["texts"][0]["text"]
    check(go_on("generate=33") == " boy who lives down the lane.\nOne", repr(go_on("generate=33")))
    drawn = [go_on("generate=40", "temperature=10", f"seed={seed}") for seed in (1, 1, 2)]
    check(drawn[0] == drawn[1] and drawn[0] != drawn[2], f"drawn: {drawn}")
    check(go_on("generate=40", "temperature=10", "seed=1", "threads=2") == drawn[0], "other threads draw another text")
    prompt = write(os.path.join(work, "prompt.txt"), "and one for the little")
    check(run("predict", model, prompt, "generate=4")[0] == " boy\n", "a file goes on otherwise")
    # A character that training never saw is unknown, no error.
    run("predict", model, "text:for the little \u00e9\u4e2d", "--quiet")


def words(work):
    text = write(os.path.join(work, "words.txt"), RHYME * 60)
    result = run_json("train", text, "data.level=word", "data.lower_case=true", "data.context=4", "data.vocabulary=12",
                      SMALL % (12, 12), "steps=150", "batch_size=32", f"out={work}/runs", "--quiet")
    check(result["test_accuracy"] > 0.9, f"words: accuracy {result['test_accuracy']}")
    told = run_json("predict", result["model"], "text:FOR the MASTER, one", "--quiet")["predictions"][0]
    check(told["class"] == "for", str(told))
    # data.test is another file; its words that training lacks are unknown.
    other = write(os.path.join(work, "other.txt"), "one for the cat and one for the dog. " * 5)
    run_json("train", text, "data.level=word", "data.context=4", f"data.test={other}", "epochs=1", "--quiet",
             f"out={work}/runs")


def refusals(work, text, model):
    runs = f"out={work}/none"
    refused(["latin.txt, line 2: the bytes are no UTF-8", "iconv"], "train",
            write(f"{work}/latin.txt", b"one\nf\xfcnf\n"), runs, code=3)
    refused("holds no text", "train", write(f"{work}/empty.txt", ""), runs, code=3)
    refused(["the training part has 9 characters", "data.context = 16"], "train",
            write(f"{work}/short.txt", "0123456789"), runs, code=3)
    refused(["data.level is 'letter'", '"character" or "word"'], "train", text, "data.level=letter", runs)
    refused("data.context is 0", "train", text, "data.context=0", runs)
    refused("data.stride is 0", "train", text, "data.stride=0", runs)
    refused("data.vocabulary is 1", "train", text, "data.vocabulary=1", runs)
    refused("text is cut by position", "train", text, "folds=3", runs)
    refused("holds no text", "predict", model, "text:")
    refused("temperature is '-1'", "predict", model, "text:a", "generate=3", "temperature=-1")
    check(not os.path.exists(f"{work}/none"), "a refused training left a folder")


with temporary() as work:
    text, model = characters(work)
    asked(work, model)
    words(work)
    refusals(work, text, model)
