#!/usr/bin/env python3
"""Adding an op touches one new file and one line: CONTRIBUTING's steps for an op, followed to the letter.

The op of the guide is written into a copy of the tree, the lists are generated anew, and the test that knows every op
is linked against the library that stands, with the new file and the new list in front. It must see the op and find it
right; with the derivative broken it must say so; without samples it must fail.
"""
import os
import re
import shutil
import subprocess
import sys

from _common import SOURCE, check, fail, temporary

BUILD = os.environ["PERCEPT_BUILD"]


def guide_block(title):
    """The code block under a heading of CONTRIBUTING.md."""
    text = open(os.path.join(SOURCE, "CONTRIBUTING.md")).read()
    found = re.search(r"<!-- " + title + r" -->\n```cpp\n(.*?)```", text, re.S)
    check(found, f"CONTRIBUTING.md has no block marked {title}")
    return found.group(1)


def command(*words, cwd=None, ok=True):
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True)
    if ok and done.returncode != 0:
        fail(f"{' '.join(words)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


with temporary() as work:
    tree = os.path.join(work, "tree")
    shutil.copytree(SOURCE, tree, ignore=shutil.ignore_patterns("build", ".git", "runs"))
    # Step 1: one new file. Step 2: one line.
    with open(os.path.join(tree, "percept/ops/pointwise/softsign.cpp"), "w") as f:
        f.write(guide_block("op-file"))
    header = os.path.join(tree, "percept/ops/ops.h")
    lines = open(header).read().replace("Tensor relu(Arg x);\n", "Tensor relu(Arg x);\n" + guide_block("op-line"))
    with open(header, "w") as f:
        f.write(lines)
    changed = command("diff", "-rq", SOURCE, tree, "-x", "build", "-x", ".git", "-x", "runs", "-x", "__pycache__", ok=False).stdout.strip().splitlines()
    check(len(changed) == 2, f"adding an op touched more than a file and a line: {changed}")

    # Configuring regenerates the list of ops from the file names.
    command("cmake", "-S", tree, "-B", os.path.join(work, "b"), "-G", "Ninja", "-DPERCEPT_TESTS=OFF", "-DPERCEPT_CLI=OFF",
            "-DPERCEPT_EXAMPLES=OFF", "-DPERCEPT_BENCHMARKS=OFF")
    lists = [os.path.join(where, name) for where, _, names in os.walk(os.path.join(work, "b")) for name in names if name == "ops_list.cpp"]
    check(len(lists) == 1 and "ops_softsign" in open(lists[0]).read(), "the generated list does not name the new op")

    flags = ["g++", "-std=c++20", "-O1", "-I", tree, "-I", os.path.join(work, "b/generated"), f"-DPERCEPT_SOURCE_DIR=\"{tree}\""]

    def build(name, source):
        out = os.path.join(work, name)
        command(*flags, "-c", source, "-o", out)
        return out

    new_list = build("list.o", lists[0])
    harness = [build(f"{name}.o", os.path.join(SOURCE, f"tests/{name}.cpp")) for name in ("every_op", "_main")]
    archive = os.path.join(BUILD, "libpercept.a")
    # What the standing test program links, as the build itself does it.
    link = command("ninja", "-C", BUILD, "-t", "commands", "tests/test_every_op").stdout.strip().splitlines()[-1].split()
    libraries = [os.path.join(BUILD, word) if word.startswith("lib/") else word for word in link[link.index("libpercept.a") + 1:]
                 if ".so" in word or word.endswith(".a") or word.startswith("-l")]

    def run(op_object):
        program = os.path.join(work, "every_op")
        # The new list comes before the archive, which then does not bring its own.
        command("g++", op_object, new_list, *harness, archive, *libraries, "-lpthread", "-o", program)
        return command(program, "--gtest_filter=*/softsign", "--gtest_brief=1", ok=False)

    op_source = os.path.join(tree, "percept/ops/pointwise/softsign.cpp")
    good = run(build("op.o", op_source))
    check(good.returncode == 0 and "PASSED" in good.stdout, f"the guide's op fails:\n{good.stdout[-3000:]}")

    text = open(op_source).read()
    with open(op_source, "w") as f:
        f.write(text.replace("square(1 + abs(c.input(0)))", "(1 + abs(c.input(0)))"))
    broken = run(build("op.o", op_source))
    check(broken.returncode != 0 and "HasGradientsThatMatchDifferences" in broken.stdout, "a wrong derivative was not noticed")

    with open(op_source, "w") as f:
        f.write(re.sub(r"static std::vector<Sample> samples\(\)", "static std::vector<Sample> no_samples()", text))
    silent = run(build("op.o", op_source))
    check(silent.returncode != 0 and "write samples()" in silent.stdout, "an op without samples passed")
print("one new file, one new line: seen, checked, and refused when wrong")
