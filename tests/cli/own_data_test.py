#!/usr/bin/env python3
"""What the kind of data settles: dtypes and axes of arrays, classes by name, the parts of folders, exports that can be used again."""
import csv
import gzip
import os
import struct
import zipfile
import zlib

from _common import check, run, run_json, temporary, write_idx_folder

KINDS = {"u1": "B", "f4": "f", "i8": "q", "b1": "?"}


def npy(kind, shape, values):
    """An array as numpy.save writes it."""
    text = f"{{'descr': '{'|' if kind[1] == '1' else '<'}{kind}', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + struct.pack(f"<{len(values)}{KINDS[kind]}", *values)


def npz(path, **arrays):
    with zipfile.ZipFile(path, "w") as z:
        for name, content in arrays.items():
            z.writestr(name + ".npy", npy(*content))
    return path


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(value, side=8):
    lines = b"".join(b"\0" + bytes([value]) * side for _ in range(side))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return path


def pictures(folder, classes=("cat", "dog"), count=6, broken=()):
    for k, name in enumerate(classes):
        for i in range(count):
            write(f"{folder}/{name}/{i}.png", b"broken" if name in broken else png((20 + 200 // len(classes) * k + i) % 256))
    return folder


def corners(count, classes=4, side=8):
    """Pictures whose class is the corner that is bright, and the classes."""
    pixels = []
    for i in range(count):
        k = i % classes
        pixels += [(200 if y // (side // 2) == k // 2 and x // (side // 2) == k % 2 else 0) + (i + x + y) % 40
                   for y in range(side) for x in range(side)]
    return pixels, [i % classes for i in range(count)]


def refused(code, words, *args):
    _, err = run(*args, code=code)
    for word in words:
        check(word in err, f"{args}: the message lacks '{word}':\n{err}")
    return err


def train(work, source, *args):
    return run_json("train", source, *args, "--quiet", f"out={work}/runs")


def dtypes(work):
    """Floats are not bytes: what is done to the one is not done to the other."""
    pixels, labels = corners(96)
    floats = [p / 255 for p in pixels]
    u8 = npz(f"{work}/u8.npz", x=("u1", (96, 8, 8), pixels), y=("i8", (96,), labels))
    f32 = npz(f"{work}/f32.npz", x=("f4", (96, 8, 8), floats), y=("i8", (96,), labels))
    results = {}
    for path in (u8, f32):
        out, err = run("train", path, "steps=40", f"out={work}/runs", "--json")
        results[path] = run_json("evaluate", f"{work}/runs/{os.path.basename(path)[:-4]}-1/model.safetensors", f"data={path}", "--quiet")
        check(results[path]["test_accuracy"] == 1, f"{path}: {results[path]}")
        check(("bytes become" in err) == (path == u8) and "taken for pictures: [96, 1, 8, 8]" in err, err)
    model = f"{work}/runs/f32-1/model.safetensors"
    refused(2, ["picture of bytes", "f32"], "predict", model, write(f"{work}/one.png", png(9)))
    refused(3, ["u8", "trained on f32"], "evaluate", model, f"data={u8}")
    refused(3, ["f32", "trained on u8"], "evaluate", f"{work}/runs/u8-1/model.safetensors", f"data={f32}")
    # NCHW with a short last side stays as it is; three channels behind longer sides go first.
    narrow = npz(f"{work}/narrow.npz", x=("f4", (60, 8, 3, 3), [float(i % 7) for i in range(60 * 72)]), y=("i8", (60,), [i % 2 for i in range(60)]))
    _, err = run("train", narrow, "steps=1", f"out={work}/runs", "--json")
    check("taken for pictures" not in err and "3 x 3" in err, err)
    last = npz(f"{work}/last.npz", x=("f4", (60, 8, 6, 3), [float(i % 7) for i in range(60 * 144)]), y=("i8", (60,), [i % 2 for i in range(60)]))
    _, err = run("train", last, "steps=1", f"out={work}/runs", "--json")
    check("[60, 3, 8, 6]" in err, err)
    rows = [float(i * 7 % 13) for i in range(120)]
    truth = npz(f"{work}/truth.npz", x=("f4", (40, 3), rows), y=("b1", (40,), [i % 3 == 0 for i in range(40)]))
    check("test_accuracy" in train(work, truth, "steps=2"), "booleans are classes")
    whole = npz(f"{work}/whole.npz", x=("f4", (40, 3), rows), y=("i8", (40,), [i - 20 for i in range(40)]))
    told = train(work, whole, "steps=2", "data.task=regress")
    check("test_mae" in told, f"data.task=regress of integers: {told}")
    check("test_mae" in run_json("evaluate", told["model"], f"data={whole}", "--quiet"), "the same archive, evaluated")
    real = npz(f"{work}/real.npz", x=("f4", (40, 3), rows), y=("f4", (40,), rows[:40]))
    refused(2, ["data.task", "f32"], "train", real, "steps=1", "data.task=classify")


def arrays_to_predict(work):
    """An array for predict is what training took, or moved into its place, or refused."""
    pixels, labels = corners(96)
    u8 = train(work, npz(f"{work}/p8.npz", x=("u1", (96, 8, 8), pixels), y=("i8", (96,), labels)), "steps=40", "batch_size=32")["model"]
    save = lambda name, *array: write(f"{work}/{name}.npy", npy(*array))
    tops = lambda model, path: [p["top"] for p in run_json("predict", model, path, "--quiet")["predictions"]]
    as_trained = tops(u8, save("nchw", "u1", (96, 1, 8, 8), pixels))
    check(len({p[0]["class"] for p in as_trained}) == 4, f"four corners: {as_trained[:4]}")
    for name, shape in (("nhw", (96, 8, 8)), ("nhwc", (96, 8, 8, 1))):
        check(tops(u8, save(name, "u1", shape, pixels)) == as_trained, f"{shape}: the same pictures")
    check(tops(u8, save("hw", "u1", (8, 8), pixels[:64])) == as_trained[:1], "one picture without an axis of channels")
    for shape in ((96, 8, 8), (96, 1, 8, 8)):
        refused(3, ["floats.npy are f32", "trained on u8", "bytes go from 0 to 255"], "predict", u8,
                save("floats", "f4", shape, [p / 255 for p in pixels]))
    refused(3, ["wide.npy", "[8, 7]", "[1, 8, 8]"], "predict", u8, save("wide", "u1", (96, 8, 7), pixels[:96 * 56]))
    colour = [float(i * 7 % 11) for i in range(60 * 8 * 6 * 3)]
    f32 = train(work, npz(f"{work}/rgb.npz", x=("f4", (60, 8, 6, 3), colour), y=("i8", (60,), [i % 2 for i in range(60)])), "steps=2")["model"]
    first = [colour[i * 144 + (y * 6 + x) * 3 + c] for i in range(60) for c in range(3) for y in range(8) for x in range(6)]
    answers = tops(f32, save("first", "f4", (60, 3, 8, 6), first))
    check(tops(f32, save("last", "f4", (60, 8, 6, 3), colour)) == answers, "channels behind are moved as training moved them")
    check(tops(f32, save("one", "f4", (8, 6, 3), colour[:144])) == answers[:1], "of one picture, too")
    refused(3, ["u8", "trained on f32"], "predict", f32, save("bytes", "u1", (60, 3, 8, 6), [int(v) for v in first]))


def parts_of_archives(work):
    rows, labels = [float(i * 7 % 13) for i in range(120)], [i % 2 for i in range(40)]
    x, y = ("f4", (40, 3), rows), ("i8", (40,), labels)
    refused(3, ["x_train without y_train"], "train", npz(f"{work}/a.npz", x_train=x, y=y), "steps=1")
    path = npz(f"{work}/b.npz", x_train=x, y_train=y, x_val=x, y_val=y, x_test=x, y_test=y, names=y)
    _, err = run("train", path, "epochs=1", f"out={work}/runs", "--json")
    check("not used are the arrays names" in err and "a tenth of the training part" not in err, err)
    check("val_accuracy" in open(f"{work}/runs/b-1/metrics.csv").readline(), "x_val and y_val are the validation part")
    found = run_json("evaluate", f"{work}/runs/b-1/model.safetensors", f"data={path}", "split=all", "--quiet")
    check(found["samples"] == 120, f"all of it is 3 x 40: {found}")


def folds(work):
    """Each fold is tested on its own samples, not on the folder's test part."""
    pictures(f"{work}/pets/train", count=9)
    for name, value in (("cat", 125), ("dog", 25)):  # the other way round
        for i in range(2):
            write(f"{work}/pets/test/{name}/{i}.png", png(value + i))
    result = run_json("train", f"{work}/pets", "folds=3", "steps=60", "augment.steps=[]", "data.validation_split=0", "--quiet",
                      f"out={work}/runs")
    places = list(csv.DictReader(open(result["run"] + "/fold_of_sample.csv")))
    check(len(places) == 18, f"18 samples in folds: {len(places)}")
    check(result["test_accuracy"] > 0.9, f"dark and bright are told apart, but for the test part's: {result}")
    model = train(work, f"{work}/pets", "steps=2")["model"]
    check(run_json("evaluate", model, f"data={work}/pets", "split=all", "--quiet")["samples"] == 22, "18 in train/, 4 in test/")


def bad_files(work):
    skip = ("steps=1", "data.skip_bad=true")
    refused(3, ["all/cat", "none of the 6 files"], "train", pictures(f"{work}/all", broken=("cat", "dog")), *skip)
    refused(3, ["one/dog", "none of the 6 files", "dog/0.png"], "train", pictures(f"{work}/one", broken=("dog",)), *skip)
    pictures(f"{work}/two/train")
    refused(3, ["two/test/cat", "none of"], "train", os.path.dirname(pictures(f"{work}/two/test", broken=("cat", "dog"))), *skip)


def part_names(work):
    for train_name, test_name in (("Train", "Test"), ("training_set", "test_set")):
        root = f"{work}/{train_name}"
        pictures(f"{root}/{train_name}", count=7)
        pictures(f"{root}/{test_name}", count=2)
        result = train(work, root, "steps=1")
        check(run_json("evaluate", result["model"], f"data={root}", "--quiet")["samples"] == 4, f"{test_name} is the test part")
    _, err = run("train", pictures(f"{work}/veh", classes=("train", "plane", "car")), "steps=1", f"out={work}/runs", "--json")
    check("3 classes" in err and "taken for classes" in err and "'train'" in err, f"train may be a class:\n{err}")
    pictures(f"{work}/beside/test")
    pictures(f"{work}/beside")
    refused(3, ["'test'", "no train beside it"], "train", f"{work}/beside", "steps=1")
    refused(3, ["'test', 'train'", "no folder of a class"], "train", pictures(f"{work}/flat", classes=("train", "test")), "steps=1")


def classes_by_name(work):
    """Folders 0..11 in the order of text, numbers in their own: told by name, whatever kind holds them."""
    folder = pictures(f"{work}/twelve", classes=[str(i) for i in range(12)], count=4)
    model = train(work, folder, "steps=120", 'augment.steps=[]')["model"]
    def value(k, i):
        return (20 + 200 // 12 * k + i) % 256

    pixels = [v for k in range(12) for i in range(4) for v in [value(k, i)] * 64]
    labels = [k for k in range(12) for _ in range(4)]
    same = npz(f"{work}/same.npz", x=("u1", (48, 8, 8), pixels), y=("i8", (48,), labels))
    by_folder = run_json("evaluate", model, f"data={folder}", "split=all", "--quiet")
    by_array = run_json("evaluate", model, f"data={same}", "split=all", "--quiet")
    check(by_folder["all_accuracy"] == by_array["all_accuracy"] > 0.3, f"{by_folder} as a folder, {by_array} as arrays")
    more = npz(f"{work}/more.npz", x=("u1", (2, 8, 8), [0] * 128), y=("i8", (2,), [3, 12]))
    refused(3, ["no class '12'"], "evaluate", model, f"data={more}")
    # Words for names: numbers then count the classes.
    words = train(work, pictures(f"{work}/words", classes=("cat", "dog", "eel")), "steps=2")["model"]
    few = npz(f"{work}/few.npz", x=("u1", (3, 8, 8), [9] * 192), y=("i8", (3,), [0, 1, 2]))
    check(run_json("evaluate", words, f"data={few}", "--quiet")["samples"] == 3, "labels count the model's classes")
    refused(3, ["no class '0'"], "evaluate", train(work, pictures(f"{work}/grey", classes=("1", "2", "x")), "steps=1")["model"], f"data={few}")


def exports(work):
    """What is exported can be used again."""
    red = [200 if (i // 25) % 3 == 0 else (i * 7) % 100 for i in range(20 * 75)]
    colour = npz(f"{work}/colour.npz", x_train=("u1", (20, 3, 5, 5), red), y_train=("i8", (20,), [i % 2 for i in range(20)]),
                 x_test=("u1", (20, 3, 5, 5), red), y_test=("i8", (20,), [i % 2 for i in range(20)]))
    run("datasets", "export", colour, f"{work}/csv", "format=csv")
    model = train(work, colour, "steps=3")["model"]
    there, back = (run_json("evaluate", model, f"data={d}", "--quiet") for d in (colour, f"{work}/csv/test.csv"))
    check(there["test_loss"] == back.get("all_loss", back.get("test_loss")), f"{there} of the arrays, {back} of the table they became")
    run("datasets", "export", colour, f"{work}/png")
    check(run_json("evaluate", model, f"data={work}/png/test", "--quiet")["samples"] == 20, "folders of PNG files")
    run("datasets", "export", npz(f"{work}/six.npz", x_train=("u1", (6, 5, 5), [1] * 150), y_train=("i8", (6,), [5, 0, 1, 2, 3, 4]),
                                  x_test=("u1", (2, 5, 5), [1] * 50), y_test=("i8", (2,), [0, 1])), f"{work}/first", "limit=2")
    check(sorted(os.listdir(f"{work}/first/train")) == ["0", "5"], f"folders of classes without pictures: {os.listdir(f'{work}/first/train')}")
    kinds = {"numbers as targets": ("u1", "f4"), "pictures of f32": ("f4", "i8")}
    for words, (samples, targets) in kinds.items():
        path = npz(f"{work}/kind.npz", **{f"{a}_{p}": (k, (4, *s), [1] * (4 * len(s) ** 2 * (4 if s else 1) or 4))
                                          for p in ("train", "test") for a, k, s in (("x", samples, (4, 4)), ("y", targets, ()))})
        refused(2, [words, "format=csv"], "datasets", "export", path, f"{work}/none")
        check(not os.path.exists(f"{work}/none"), "a refused export leaves a folder")
    odd = pictures(f"{work}/odd/train", classes=("a b", "c,d"), count=3)
    pictures(f"{work}/odd/test", classes=("a b", "c,d"), count=1)
    run("datasets", "export", f"{work}/odd", f"{work}/table", "format=csv")
    check([row[0] for row in csv.reader(open(f"{work}/table/test.csv"))] == ["label", "a b", "c,d"], "labels are the classes' names")


def settings(work):
    """What a kind of data would pass over in silence is refused."""
    x, y = ("f4", (40, 3), [float(i) for i in range(120)]), ("i8", (40,), [i % 2 for i in range(40)])
    arrays = npz(f"{work}/rows.npz", x=x, y=y)
    files = write_idx_folder(f"{work}/idx")
    folder = pictures(f"{work}/pets")
    text = write(f"{work}/text.txt", "one two three " * 50)
    table = write(f"{work}/t.csv", "u,y\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(40)))
    header = "label," + ",".join(f"pixel{i}" for i in range(16)) + "\n"
    dots = write(f"{work}/dots.csv", header + "".join(f"{i % 2}" + f",{i}" * 16 + "\n" for i in range(20)))
    cases = [(source, key) for key, sources in {
        "data.target=u": (arrays, files, folder, text, dots), 'data.ignore=["u"]': (arrays, files, folder, text, dots),
        "data.task=regress": (files, folder, text, dots), "data.skip_bad=true": (arrays, files, text, table, dots),
        "data.level=word": (arrays, files, folder, table), "data.context=4": (folder, table), "data.stride=2": (arrays,),
        "data.vocabulary=9": (files,), "data.lower_case=true": (folder,)}.items() for source in sources]
    for source, key in cases:
        refused(2, [key.split("=")[0], os.path.basename(source), "leave it out"], "train", source, "steps=1", key, f"out={work}/none")
    check(not os.path.exists(f"{work}/none"), "a refused training leaves a folder")
    train(work, dots, "target=label", "steps=1")


def texts(work):
    """A text is cut for the model that was trained on it; another one is looked at whole, and all is all."""
    mine = write(f"{work}/mine.txt", "the cat sat on the mat. " * 60)
    other = write(f"{work}/other.txt", "a dog lay under the tree. " * 40)
    model = train(work, mine, "steps=5", "batch_size=8")["model"]
    count = {source: len(open(source).read()) for source in (mine, other)}
    found = run_json("evaluate", model, f"data={mine}", "--quiet")
    check(found["samples"] == count[mine] // 10 - 16, f"the last tenth of it: {found}")
    check(run_json("evaluate", model, f"data={mine}", "split=all", "--quiet")["samples"] == count[mine] - 16, "all of it")
    check(run_json("evaluate", model, f"data={other}", "--quiet")["samples"] == count[other] - 16, "another text is tested on whole")
    refused(2, ["not what the model was trained on"], "evaluate", model, f"data={other}", "split=test")


def bombs(work):
    """Files that unpack to a thousand times their size, and what is honestly dense."""
    for name, line in (("bomb.txt.gz", b"a" * 63 + b"\n"), ("bomb.csv.gz", b"1,2\n")):
        path = write(f"{work}/{name}", gzip.compress(b"u,y\n" + line * ((70 << 20) // len(line))))
        target = ["target=y"] if "csv" in name else []
        refused(3, [name, "unpack to more than 67108864", "gunzip"], "train", path, "steps=1", *target)
    rows = "u\tthe place, the year, the rest\ty\n" + "".join(f"{i}\ta, b, {i}\t{'ab'[i % 2]}\n" for i in range(60))
    for name, content in (("t.tsv", rows.encode()), ("t.tsv.gz", gzip.compress(rows.encode()))):
        _, err = run("train", write(f"{work}/{name}", content), "target=y", "steps=1", f"out={work}/runs", "--json")
        check("60 rows of 3 columns" in err, err)
    # A size beyond the limits stands in the header: known before the training, and named with the others.
    folder = pictures(f"{work}/large")
    huge = png(5)[:16] + struct.pack(">II", 30000, 30000) + png(5)[24:29]
    write(f"{folder}/cat/huge.png", huge + struct.pack(">I", zlib.crc32(huge[12:29])) + png(5)[33:])
    refused(3, ["1 of 13 files", "cat/huge.png", "30,000 x 30,000"], "train", folder, "steps=1")


def cifar(work):
    """CIFAR-10 by its name has its classes' names, whether or not the file of names is there."""
    records = b"".join(bytes([i % 10]) + bytes([20 * (i % 10)]) * 3072 for i in range(20))
    for name in ("data_batch_1.bin", "test_batch.bin"):
        write(f"{work}/cifar10/{name}", records)
    run("datasets", "export", "cifar10", f"{work}/out", env={"PERCEPT_DATA": work})
    check("airplane" in os.listdir(f"{work}/out/train"), f"cifar10's classes are {os.listdir(f'{work}/out/train')}")


for part in (settings, texts, bombs, cifar, dtypes, arrays_to_predict, parts_of_archives, folds, bad_files, part_names, classes_by_name, exports):
    with temporary() as folder:
        part(folder)
    print(part.__name__, "good")
