#!/usr/bin/env python3
"""check_rooms_test.py - the real tree keeps the rules; a planted violation of each rule is found, and named."""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(os.environ.get("PERCEPT_SOURCE", pathlib.Path(__file__).resolve().parents[2]))

# A small house that keeps all rules.
CLEAN = {
    "percept/base/error.h": "#pragma once\n#include <string>\n",
    "percept/core/tensor.h": '#pragma once\n#include "percept/base/error.h"\n',
    "percept/formats/png.cpp": '#include <zlib.h>\n#include "percept/core/tensor.h"\n',
    "percept/formats/png.h": "#pragma once\n",
    "percept/ops/ops.h": "#pragma once\n",
    "percept/ops/unary/relu.cpp": '#include "percept/ops/ops.h"\n',
    "percept/graph/plan.cpp": '#include "percept/core/tensor.h"\n// a pass over relu, said in a comment\n',
    "percept/nn/linear.h": '#pragma once\n#include "percept/ops/ops.h"\n#include "percept/version.h"\n',
    "percept/optim/sgd.h": '#pragma once\n#include "percept/nn/linear.h"\n',
    "percept/backends/cpu/relu.cpp": '#include "percept/ops/ops.h"\n#include "percept/backends/cpu/simd.h"\n',
    "percept/backends/cpu/simd.h": "#pragma once\n#include <hwy/highway.h>\n",
    "percept/backends/onednn/door.h": "#pragma once\n#include <dnnl.hpp>\n",
    "percept/percept.h": '#pragma once\n#include "percept/nn/linear.h"\n',
    "cli/main.cpp": '#include "percept/percept.h"\n#include <cstdio>\nint main() { std::printf("x"); }\n',
    "tools/format.sh": "echo\n",
}

# What the rule is -> (file, text put in its place, words the complaint must have)
PLANTED = {
    "a room to the right": ("percept/core/tensor.h", '#include "percept/nn/linear.h"\n', "core includes"),
    "formats beside ops": ("percept/formats/png.cpp", '#include "percept/ops/ops.h"\n', "beside formats"),
    "ops beside formats": ("percept/ops/ops.h", '#include "percept/formats/png.h"\n', "beside ops"),
    "a backend included": ("percept/nn/linear.h", '#include "percept/backends/cpu/simd.h"\n', "nobody includes"),
    "a backend by a test": ("tests/a.cpp", '#include "percept/backends/cpu/simd.h"\n', "nobody includes"),
    "a backend sees nn": ("percept/backends/cpu/relu.cpp", '#include "percept/nn/linear.h"\n', "backends see"),
    "a backend sees another": ("percept/backends/cpu/relu.cpp", '#include "percept/backends/onednn/door.h"\n', "another"),
    "a backend by a room's test": ("percept/nn/a_test.cpp", '#include "percept/backends/cpu/simd.h"\n', "nobody includes"),
    "an unknown room": ("percept/attic/old.cpp", '#include "percept/base/error.h"\n', "not in the plan"),
    "the umbrella in a room": ("percept/nn/linear.h", '#include "percept/percept.h"\n', "sees every room"),
    "a library in a public header": ("percept/base/error.h", "#include <fmt/core.h>\n", "public header"),
    "a relative include": ("percept/optim/sgd.h", '#include "linear.h"\n', "not relative to the root"),
    "graph includes ops.h": ("percept/graph/plan.cpp", '#include "percept/ops/ops.h"\n', "names ops"),
    "graph names an op": ("percept/graph/plan.cpp", 'auto x = "relu";\n', "names the op"),
    "graph names a backend": ("percept/graph/plan.cpp", "int onednn_threads;\n", "names the backend"),
    "printf": ("percept/base/error.cpp", 'void f() { printf("x"); }\n', "never prints"),
    "std::cout": ("percept/base/error.cpp", 'void f() { std::cout << "x"; }\n', "never prints"),
    "std::cerr": ("percept/base/error.cpp", 'void f() { std::cerr << "x"; }\n', "never prints"),
    "abort": ("percept/base/error.cpp", "void f() { std::abort(); }\n", "never ends"),
    "exit": ("percept/base/error.cpp", "void f() { exit(1); }\n", "never ends"),
    "system": ("percept/base/error.cpp", 'void f() { system("ls"); }\n', "shell"),
    "popen": ("percept/base/error.cpp", 'void f() { popen("ls", "r"); }\n', "shell"),
    "alloca": ("percept/base/error.cpp", "void f() { alloca(8); }\n", "stack"),
    "sprintf": ("percept/base/error.cpp", 'void f(char* p) { sprintf(p, "x"); }\n', "past the end"),
    "strcpy": ("percept/base/error.cpp", 'void f(char* p) { std::strcpy(p, "x"); }\n', "past the end"),
    "atoi": ("percept/base/error.cpp", 'int f() { return atoi("x"); }\n', "from_chars"),
    "too many lines": ("percept/base/error.cpp", "//\n" * 801, "801 lines"),
    "too long on the whole": (None, "//\n" * 151, "the median source"),
    "not ASCII": ("percept/base/error.cpp", "// na\u00efve\n", "outside ASCII"),
    "no final newline": ("percept/base/error.cpp", "// x", "no newline"),
}

# What looks like a violation and is none.
ALLOWED = {
    "in a comment or a string": 'const char* f() { return "exit(1)"; }  // printf(x)\n/* abort() */\n',
    "a member, or part of a name": "void f(S s) { s.exit(1); my_system(2); s->abort(); }\n",
    "asking which stream it is": "bool f(std::ostream& o) { return &o == &std::cout; }\n",
    "a digit separator": "int f() { return 1'000'000; }\nint g() { return 2'0; }\n",
}


def check(files):
    """Exit code and output of check_rooms on a house of these files."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        return run(folder)


def run(root):
    done = subprocess.run([sys.executable, ROOT / "tools/check_rooms", root], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main():
    failures = []

    def expect(what, files, code, *words):
        got, output = run(files) if isinstance(files, pathlib.Path) else check(files)
        if got != code or not all(word in output for word in words):
            failures.append(f"{what}: exit code {got} (wanted {code}), wanted {words!r} in:\n{output}")

    expect("the real tree", ROOT, 0, "0 violations")
    expect("the clean house", CLEAN, 0, "0 violations")
    expect("an empty folder", {"x/y": ""}, 1, "no sources")
    for what, (path, text, words) in PLANTED.items():
        if path is None:  # many files of this length
            planted = {f"percept/base/f{i}.cpp": text for i in range(2 * len(CLEAN))}
        else:
            planted = {path: text}
        expect(what, CLEAN | planted, 1, words, f"{path}:" if path else "percept/")
    for what, text in ALLOWED.items():
        expect(what, CLEAN | {"percept/base/error.cpp": text}, 0, "0 violations")
    death = '#include "percept/nn/linear.h"\n' + PLANTED["exit"][1] + PLANTED["printf"][1]
    expect("a test that looks right, prints and exits", CLEAN | {"percept/base/error_test.cpp": death}, 0, "0 violations")

    for failure in failures:
        print("FAILED", failure)
    print(f"{len(PLANTED)} planted violations, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
