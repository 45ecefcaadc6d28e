#!/usr/bin/env python3
"""Damaged, hostile and careless data of one's own: an exit code that says whose fault it is, a message that names file and line, bounded
time and memory, and nothing left behind."""
import os
import resource
import shutil
import struct
import subprocess
import tempfile
import time
import zipfile
import zlib

from _common import BIN, SOURCE, check, idx, listing, run, run_json, temporary

PICTURES = os.path.join(SOURCE, "tests", "oracle", "pictures")
MOST_SECONDS = 120  # a hang, not a slow machine
cases = 0


def refused(work, code, words, *args, most_mib=400):
    """The program refuses with `code`, says each of `words` and a fix in plain text, holds at most `most_mib`, leaves `work` as it was."""
    global cases
    cases += 1
    before = listing(work)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([BIN, *map(str, args)], stdout=out, stderr=err, cwd=work)
        end = time.time() + MOST_SECONDS
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.time() > end:
                process.kill()
                check(False, f"{args}: still running after {MOST_SECONDS} s")
            time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        err.seek(0)
        text = err.read().decode(errors="replace")
    if process.returncode != code and len(args) > 1 and os.path.isfile(args[1]):
        text += repr(open(args[1], "rb").read(300))
    check(process.returncode == code, f"{args}: exit {process.returncode}, wanted {code}\n{text[-2000:]}")
    for word in words:
        check(word in text, f"{args}: the message lacks '{word}':\n{text}")
    check("fix:" in text and len(text) < 12000, f"{args}: no remedy, or a flood, in\n{text[:3000]}")
    check(all(c == "\n" or (c >= " " and c != "\x7f") for c in text), f"{args}: control characters in\n{text!r}")
    check(usage.ru_maxrss < most_mib * 1024, f"{args}: held {usage.ru_maxrss // 1024} MiB")
    check(listing(work) == before, f"{args}: files were left behind: {sorted(set(listing(work)) ^ set(before))}")
    return text


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width=8, height=8, value=100, rows=None, depth=8, colour=0):
    """A grey PNG of one brightness; `rows`: how many are there indeed."""
    lines = b"".join(b"\0" + bytes([value]) * width for _ in range(height if rows is None else rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b""))


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return path


def pictures_of(folder, classes=("cat", "dog"), count=6):
    for k, name in enumerate(classes):
        for i in range(count):
            write(f"{folder}/{name}/{i}.png", png(value=(40 + 90 * k + i) % 256))
    return folder


def pictures(work):
    """Pictures that are none, or of every kind that is."""
    small = ["steps=2", "--quiet"]

    def with_file(name, content, code, words, *args):
        folder = pictures_of(f"{work}/pictures")
        write(f"{folder}/{name}", content)
        refused(work, code, words, "train", folder, *small, *args)
        shutil.rmtree(folder)

    whole = open(f"{PICTURES}/baseline420.jpg", "rb").read()
    for name, content, word in (("empty.png", b"", "empty"), ("text.jpg", b"hello", "neither a PNG nor a JPEG"), ("gif.png", b"GIF89a" + bytes(99), "GIF"),
                                ("heic.jpg", b"\0\0\0\x18ftypheic", "HEIC"), ("cut.png", png()[:20], "cut.png"), ("cut.jpg", whole[:30], "cut.jpg"),
                                ("zero.png", png(0, 8), "zero.png"), ("crc.png", png()[:29] + b"\0\0\0\0" + png()[33:], "crc.png")):
        with_file("cat/" + name, content, 3, [f"cat/{name}", word, "1 of 13 files", "data.skip_bad=true"])
    # What only decoding finds: the header is good. Named, whichever thread meets it.
    bomb = png(30000, 30000, rows=1)
    with_file("dog/bomb.png", bomb, 3, ["dog/bomb.png", "30,000 x 30,000", "1 of 13 files"])  # a size beyond the limits is in the header
    for name, content in (("rows.png", png(rows=3)), ("cut.png", png(40, 40)[:-20]), ("half.jpg", whole[:len(whole) // 2])):
        for workers in (0, 2):
            with_file("dog/" + name, content, 3, [f"dog/{name}"], f"num_workers={workers}")
    folder = pictures_of(f"{work}/many", count=1500)
    for i in range(0, 1500, 100):
        write(f"{folder}/cat/{i}.png", b"broken")
    text = refused(work, 3, ["15 of 3000 files", "cat/0.png", "and 10 more"], "train", folder, *small)
    check(text.count("neither a PNG") == 5, f"five are named:\n{text}")
    shutil.rmtree(folder)
    folder = pictures_of(f"{work}/skip", count=8)
    for name, content in (("a.png", b""), ("b.png", bomb), ("c.jpg", whole[:len(whole) // 2])):
        write(f"{folder}/cat/{name}", content)
    refused(work, 3, ["data.skip_bad"], "train", folder, *small)
    _, err = run("train", folder, "steps=2", "data.skip_bad=true", f"out={work}/runs", "--json")
    check("3 files left out" in err and "cat/b.png" in err, f"what was left out is not said:\n{err}")
    result = run_json("evaluate", f"{work}/runs/skip-1/model.safetensors", f"data={folder}", "--quiet")
    check(result["samples"] == 3, f"a fifth of 16 is held out: {result}")
    for bad in ("a.png", "b.png", "c.jpg"):
        refused(work, 3, [bad], "predict", f"{work}/runs/skip-1/model.safetensors", f"{folder}/cat/{bad}")
    refused(work, 3, ["cat/a.png"], "predict", f"{work}/runs/skip-1/model.safetensors", f"{folder}/cat", "--quiet")
    shutil.rmtree(folder)

    # Every kind of PNG and JPEG in one folder: depths, palettes, transparency, CMYK, turned by Exif, interlaced, 1 x 1.
    for i, name in enumerate(sorted(os.listdir(PICTURES))):
        if name.endswith((".png", ".jpg")) and name != "large.jpg":
            os.makedirs(f"{work}/kinds/{'ab'[i % 2]}", exist_ok=True)
            shutil.copy(f"{PICTURES}/{name}", f"{work}/kinds/{'ab'[i % 2]}/{name}")
    result = run_json("train", f"{work}/kinds", "steps=2", f"out={work}/runs", "--quiet")
    model, files = result["model"], len([f for f in listing(f"{work}/kinds") if "." in f])
    check(len(run_json("predict", model, f"{work}/kinds", "--quiet")["predictions"]) == files, "every kind of picture is told")
    shutil.rmtree(f"{work}/kinds")


def folders(work):
    small = ["steps=1", "--quiet"]
    one = pictures_of(f"{work}/one", classes=("cat",))
    refused(work, 3, ["one folder only", "cat"], "train", one, *small)
    os.makedirs(f"{work}/nothing")
    refused(work, 3, ["nothing"], "train", f"{work}/nothing", *small)
    os.makedirs(f"{work}/hollow/a")
    os.makedirs(f"{work}/hollow/b")
    refused(work, 3, ["hollow/a", "no PNG or JPEG file"], "train", f"{work}/hollow", *small)
    two = pictures_of(f"{work}/two")
    os.makedirs(f"{two}/empty")
    refused(work, 3, ["two/empty"], "train", two, *small)
    shutil.rmtree(f"{two}/empty")
    os.symlink("../two", f"{two}/loop")
    refused(work, 3, ["loop"], "train", two, *small)
    os.remove(f"{two}/loop")
    os.symlink("dog", f"{two}/hound")
    refused(work, 3, ["link"], "train", two, *small)
    os.remove(f"{two}/hound")
    os.symlink("self", f"{two}/cat/self")  # a link to itself is no picture
    os.symlink("..", f"{two}/cat/up")
    os.symlink("nowhere.png", f"{two}/cat/gone.png")
    refused(work, 3, ["gone.png"], "train", two, *small)
    os.remove(f"{two}/cat/gone.png")
    os.mkfifo(f"{two}/cat/pipe.png")
    refused(work, 3, ["pipe.png"], "train", two, *small)
    os.remove(f"{two}/cat/pipe.png")
    os.mkdir(f"{two}/cat/folder.png")
    check(run_json("train", two, "steps=1", f"out={work}/runs", "--quiet")["steps"] == 1, "folders, links to oneself and to nowhere within a class")
    deep = f"{work}/deep/a"
    pictures_of(f"{work}/deep", classes=("b", "a" + "/x" * 70))
    refused(work, 3, ["deep"], "train", f"{work}/deep", *small)
    if os.geteuid() != 0:  # root reads everything
        os.chmod(f"{two}/cat", 0)
        refused(work, 3, ["two/cat", "ermission"], "train", two, *small)
        os.chmod(f"{two}/cat", 0o755)
    model = f"{work}/runs/two-1/model.safetensors"
    refused(work, 3, ["no PNG or JPEG"], "predict", model, f"{work}/nothing")
    refused(work, 3, ["nowhere"], "predict", model, "nowhere")
    refused(work, 3, ["/dev/zero"], "predict", model, "/dev/zero")
    odd = pictures_of(f"{work}/odd", classes=("\x1b[2J\nred", "\U0001f600", " ", "a" * 200))
    result = run_json("train", odd, "steps=2", f"out={work}/runs", "--quiet")
    text, err = run("evaluate", result["model"], f"data={odd}")
    check("\x1b" not in text + err, f"names of classes reach the terminal as they are: {text!r}")
    text, err = run("predict", result["model"], f"{odd}/\U0001f600/0.png", f"{odd}/\x1b[2J\nred/0.png")
    check("\x1b" not in text + err, f"names of files reach the terminal as they are: {text!r}")
    text, err = run("train", odd, "steps=2", f"out={work}/runs")
    check("\x1b" not in text + err, f"train: {text!r}")
    refused(work, 2, ["data.test_split"], "train", odd, *small, "data.test_split=0.999")
    refused(work, 2, ["folds"], "train", two, *small, "folds=900")
    refused(work, 2, ["no parameters"], "train", two, *small, 'model.layers=[{type="Flatten"}]')
    for weights in ("[1]", "[-1,1]", "[1,1,1]"):
        refused(work, 2, ["class_weight", "2 classes"], "train", two, *small, "train.class_weight=" + weights)
    refused(work, 2, ["nosuch.*"], "train", two, *small, 'train.regularizers=[{type="L2",parameters="nosuch.*"}]')
    refused(work, 2, ["leads out"], "train", two, *small, 'train.callbacks=[{type="ModelCheckpoint",filepath="../../best.safetensors"}]')
    refused(work, 2, ["from 1 to 0.1"], "lr-find", two, "from=1", "to=0.1", "--quiet")
    refused(work, 3, ["no/such"], "lr-find", two, "points=10", "file=no/such/x.csv", "--quiet")
    for k, name in enumerate(("a", "b")):
        for i in range(6):
            write(f"{work}/dots/{name}/{i}.png", png(1, 1, 40 + i + 90 * k))
            write(f"{work}/lines/{name}/{i}.png", png(900, 1, 40 + i + 90 * k))
    for name in ("dots", "lines"):
        check(run_json("train", f"{work}/{name}", "steps=1", f"out={work}/runs", "--quiet")["steps"] == 1, f"pictures of one pixel a side: {name}")
    tiny = pictures_of(f"{work}/tiny", count=1)
    refused(work, 2, ["samples in both parts"], "train", tiny, *small)
    refused(work, 2, ["preprocess.picture"], "train", two, *small, "preprocess.picture.height=60000", "preprocess.picture.width=60000")
    refused(work, 2, ["preprocess.picture"], "train", two, *small, "preprocess.picture.height=0", "preprocess.picture.width=9")
    refused(work, 2, ["preprocess.picture"], "train", two, *small, "preprocess.picture.height=60000")
    refused(work, 2, ["colour", "color"][1:], "train", two, *small, 'preprocess.picture={height=8,width=8,color="cmyk"}')


def tables(work):
    """Tables that are damaged, and calls that ask for what they have not."""
    small, told = ["epochs=1", "--quiet", "target=y"], ("epochs=1", "--quiet")  # pixels are told by their column of labels

    def with_text(content, code, words, *args, name="t.csv", settings=tuple(small)):
        path = write(f"{work}/{name}", content)
        text = refused(work, code, [*words, name] if code == 3 else words, "train", path, *settings, *args)
        os.remove(path)
        return text

    rows = "".join(f"{i},{(i * 37) % 11},{'ab'[i % 2]}\n" for i in range(40))
    good = "u,v,y\n" + rows
    for form in (good, "\ufeff" + good, good.replace("\n", "\r\n"), good.replace("\n", "\r"), good.replace(",", ";"), '"u","v","y"\n' + rows, "\n\n" + good):
        path = write(f"{work}/good.csv", form)
        check(run_json("train", path, *small, f"out={work}/runs")["steps"] > 0, f"a good table: {form[:30]!r}")
    hashes = {run_json("train", write(f"{work}/good.csv", form), *small, f"out={work}/runs")["weights_sha256"]
              for form in (good, "\ufeff" + good.replace("\n", "\r\n"), good.replace(",", ";"))}
    check(len(hashes) == 1, "one table in three forms, other weights")

    with_text(good + "1,2\n", 3, ["line 42", "2 fields"])
    with_text(good + "1,2,3,4\n", 3, ["line 42", "4 fields"])
    with_text(good + '1,"2,a\n', 3, ["line 42", "never closed"])
    with_text(good + '1,"2"x,a\n', 3, ["line 42", "closing quote"])
    with_text(good.encode() + b"1,\xff\xfe,a\n", 3, ["line 42", "UTF-8"])
    with_text(good + "1,\0,a\n", 3, ["line 42", "NUL"])
    with_text(good.encode("utf-16"), 3, ["UTF-16"])
    with_text(good + "1,1e999,a\n", 3, ["line 42", "1e999", "out of range"])
    with_text(good + "1,2,\n", 3, ["line 42", "target"])
    with_text("u,y\n" + "".join(f"{i if i != 77 else 'two'},{'ab'[i % 2]}\n" for i in range(200)), 3, ["line 79", "two", "199 of 200"])
    with_text(b"", 3, ["empty"])
    with_text("u,v,y\n", 3, ["no rows"])
    with_text("u,v,v\n1,2,3\n", 3, ["two columns", "v"], "target=u")
    with_text("u,v,y\n" + "1,2,a\n" * 20, 3, ["y", "every row"])
    with_text("u,y\n" + "".join(f"{i},7\n" for i in range(30)), 3, ["y", "every row", "7"])
    with_text("u,y\n" + "".join(f"{i},{10 ** 9 + i}\n" for i in range(30)), 3, ["every row", "f32"])  # f32 knows 1e9 and 1e9 + 64
    with_text("u,v,y\n" + "1,2,a\n" * 20 + "1,2,b\n" * 20, 3, ["no column to learn from"])
    with_text(good, 3, ["no column to learn from"], 'data.ignore=["u","v"]')
    with_text("y\n" + "a\nb\n" * 20, 3, ["no column to learn from"])
    with_text("u,y\n" + "".join(f"{i},word{i}\n" for i in range(200)), 3, ["200 different words"])
    with_text(good, 2, ["Y", "y"], settings=("--quiet", "target=Y"))
    with_text(good, 2, ["w", "u, v, y"], 'data.ignore=["w"]')
    with_text(good.replace("y", "z", 1), 2, ["z"], settings=("--quiet",))
    with_text(good, 3, ["number", "line 2", "a"], "data.task=regress")
    with_text(good, 2, ["data.task"], "data.task=both")
    with_text(good, 2, ["data.test_split"], "data.test_split=0.999")
    with_text(good, 2, ["data.test_split"], "data.test_split=1")
    with_text(good, 2, ["data.test_split"], "data.test_split=-0.1")
    with_text(good, 2, ["validation_split"], "data.validation_split=0.001")
    with_text(good, 2, ["folds=41"], "folds=41")
    with_text(good, 2, ["folds"], "folds=1")
    with_text("u,y\n1,a\n2,b\n", 2, ["test_split"])
    with_text("u,y\n" + "1e308,a\n-1e308,b\n" * 20, 3, ["u", "standard deviation"])
    with_text("u,y\n" + "".join(f"{i},{i * 1e300}\n" for i in range(40)), 3, ["line 3", "y", "1e+300"])
    with_text("label," + ",".join(f"pixel{i}" for i in range(1, 17)) + "\n" + "0," + ",".join(["256"] * 16) + "\n", 3, ["line 2", "256"], settings=told)
    with_text("label," + ",".join(f"pixel{i}" for i in range(1, 17)) + "\n" + "0," + ",".join(["1"] * 15) + "\n", 3, ["line 2"], settings=told)
    with_text("label," + ",".join(f"pixel{i}" for i in range(1, 17)) + "\n", 3, ["no row"], settings=told)
    with_text("label," + ",".join(f"pixel{i}" for i in range(1, 17)) + "\n" + ("," + ",".join(["1"] * 16) + "\n") * 9, 3, ["line 2", "label"], settings=told)
    with_text(",".join(f"pixel{i}" for i in range(1, 17)) + "\n" + (",".join(["1"] * 16) + "\n") * 9, 3, ["labels"], settings=told)
    pixels = "label," + ",".join(f"pixel{i}" for i in range(1, 17)) + "\n"
    with_text(pixels + ("0," + ",".join(["1"] * 16) + "\n") * 9, 3, ["class"], settings=told)
    with_text(b"\x1f\x8b\x08\0garbage", 3, ["t.csv.gz"], name="t.csv.gz")
    with_text(b"PK\3\4" + bytes(50), 3, ["zip"])
    with_text(good, 2, [".xlsx"], name="t.xlsx")
    os.makedirs(f"{work}/folder.csv")
    refused(work, 2, ["folder.csv", "is a folder", "target"], "train", f"{work}/folder.csv", *small)
    os.mkfifo(f"{work}/pipe.csv")
    refused(work, 3, ["pipe.csv"], "train", f"{work}/pipe.csv", *small)
    refused(work, 3, ["no/such.csv"], "train", "no/such.csv", *small)
    refused(work, 3, ["nosuch.csv"], "train", "nosuch.csv", *small)
    path = write(f"{work}/t.csv", good)
    refused(work, 3, ["gone.csv"], "train", path, *small, f"data.test={work}/gone.csv")
    refused(work, 2, ["other.csv", "column"], "train", path, *small, f"data.test={write(f'{work}/other.csv', 'u,y' + chr(10) + '1,a' + chr(10))}")
    refused(work, 3, ["other.csv, line 2", "c"], "train", path, *small, f"data.test={write(f'{work}/other.csv', 'u,v,y' + chr(10) + '1,2,c' + chr(10))}")
    refused(work, 2, ["both given"], "train", path, *small, f"data.test={path}", "data.test_split=0.5")

    # A million different words in a column: the column is left out, and its words are not kept; what stays is the text (26 MB), twice
    # while it grows, 8 bytes per cell, and the counts of the first 100,000 words. The same as the target: refused.
    many = write(f"{work}/many.csv", "u,v,y\n" + "".join(f"word{i},{i % 17},{'ab'[i % 2]}\n" for i in range(1_000_000)))
    refused(work, 3, ["many.csv", "different words"], "train", many, "target=u", "epochs=1", "--quiet", most_mib=600)
    with tempfile.TemporaryFile() as err:
        process = subprocess.Popen([BIN, "train", many, "target=y", "steps=2", "batch_size=64", f"out={work}/runs", "--quiet"], stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    check(process.returncode == 0 and usage.ru_maxrss < 600 * 1024, f"a column of a million words: exit {process.returncode}, {usage.ru_maxrss // 1024} MiB")
    os.remove(many)


def npy(shape, content, descr="|u1", order="False", shape_text=None):
    header = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape_text or shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + content


def arrays(work):
    small = ["epochs=1", "--quiet"]
    x, y = npy((12, 3), bytes(range(36))), npy((12,), bytes([0, 1] * 6))

    def with_arrays(code, words, how=zipfile.ZIP_STORED, change=None, **arrays):
        path = f"{work}/a.npz"
        with zipfile.ZipFile(path, "w", how) as z:
            for name, content in arrays.items():
                z.writestr(name + ".npy", content)
        if change:
            write(path, change(open(path, "rb").read()))
        refused(work, code, ["a.npz", *words], "train", path, *small)

    with_arrays(3, ["x_train"], a=x, b=y)
    with_arrays(3, ["x_train"], x=x)
    with_arrays(3, ["x_test"], x_train=x, y_train=y, x_test=x)
    with_arrays(3, ["y_test"], x_train=x, y_train=y, y_test=y)
    with_arrays(3, ["12", "11"], x=x, y=npy((11,), bytes([0, 1] * 5 + [0])))
    with_arrays(3, ["targets"], x=x, y=npy((12, 2), bytes(24)))
    with_arrays(3, ["targets are [N]"], x=x, y=npy((), b"\0", shape_text="()"))
    with_arrays(3, ["x is []"], x=npy((), b"\0", shape_text="()"), y=y)
    with_arrays(3, ["x is [0, 3]"], x=npy((0, 3), b""), y=npy((0,), b""))
    with_arrays(3, ["x is [12, 0]"], x=npy((12, 0), b""), y=y)
    with_arrays(3, ["label"], x=x, y=npy((12,), struct.pack("<12q", *[0, -1] * 6), "<i8"))
    with_arrays(3, ["label"], x=x, y=npy((12,), struct.pack("<12q", *[0, 2 ** 62] * 6), "<i8"))
    with_arrays(3, ["class"], x=x, y=npy((12,), bytes(12)))
    with_arrays(3, ["samples of one shape"], x_train=x, y_train=y, x_test=npy((12, 4), bytes(48)), y_test=y)
    with_arrays(3, ["y f32"], x_train=x, y_train=y, x_test=x, y_test=npy((12,), struct.pack("<12d", *range(12)), "<f8"))
    with_arrays(3, ["nan"], x=x, y=npy((12,), struct.pack("<12d", *[float("nan")] * 12), "<f8"))
    with_arrays(3, ["pickle", "|O"], x=npy((12, 3), b"\x80\x04pickle", "|O"), y=y)
    with_arrays(3, ["pickle"], x=b"\x80\x04\x95pickle", y=y)
    with_arrays(3, ["36 bytes", "at most 5"], x=npy((12, 3), bytes(5)), y=y)
    with_arrays(3, ["too many elements"], x=npy((1 << 40, 1 << 22), b""), y=y)
    with_arrays(3, ["at most 65,536"], how=zipfile.ZIP_DEFLATED, x=npy((1 << 32,), bytes(1 << 16)), y=y)
    with_arrays(3, ["its end is missing"], x=x, y=y, change=lambda c: c[:-30])
    with_arrays(3, ["damaged"], x=x, y=y, change=lambda c: c[:200] + bytes([c[200] ^ 1]) + c[201:])
    with_arrays(3, ["empty"], x=x, y=y, change=lambda c: b"")
    with_arrays(3, ["no .npz archive"], x=x, y=y, change=lambda c: b"\x80\x04\x95pickle")
    os.makedirs(f"{work}/f.npz")
    refused(work, 3, ["f.npz"], "train", f"{work}/f.npz", *small)


def folders_of_files(work):
    """IDX and CIFAR folders: CIFAR's records have no magic number, only a length."""
    small = ["epochs=1", "--quiet"]
    record = bytes([3]) + bytes(3072)
    for name, content, words in (("data_batch_1.bin", record[:-1], ["data_batch_1.bin", "3,072"]), ("data_batch_1.bin", b"", ["data_batch_1.bin"]),
                                 ("data_batch_1.bin", bytes([200]) + record[1:], ["200"])):
        folder = f"{work}/cifar"
        write(f"{folder}/{name}", content)
        write(f"{folder}/test_batch.bin", record)
        refused(work, 3, words, "train", folder, *small)
        shutil.rmtree(folder)
    write(f"{work}/half/data_batch_1.bin", record * 4)
    refused(work, 3, ["test_batch"], "train", f"{work}/half", *small)
    write(f"{work}/idx/train-images-idx3-ubyte", idx([2, 4, 4], bytes(32)))
    refused(work, 3, ["labels"], "train", f"{work}/idx", *small)


for part in (pictures, folders, tables, arrays, folders_of_files):
    with temporary() as folder:
        part(folder)
print(f"{cases} cases refused")
