#!/usr/bin/env python3
"""experiments_test.py - tools/experiments.py: says what is not run, runs what is asked for, and does not run it again."""
import os
import subprocess
import sys
import tempfile

from _common import BIN, SOURCE, check


def experiments(folder, code, *arguments):
    done = subprocess.run([sys.executable, os.path.join(SOURCE, "tools/experiments.py"), "--page", f"{folder}/page.md",
                           *arguments], capture_output=True, text=True,
                          env={**os.environ, "PERCEPT_BIN": BIN, "PERCEPT_EXPERIMENTS": f"{folder}/kept"})
    check(done.returncode == code, f"{arguments}: exit {done.returncode}, wanted {code}: {done.stdout}{done.stderr}")
    page = open(f"{folder}/page.md").read() if os.path.exists(f"{folder}/page.md") else ""
    return done.stdout, {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}


with tempfile.TemporaryDirectory() as folder:
    _, rows = experiments(folder, 3, "--table")
    check(len(rows) >= 18 and all("not run" in line for line in rows.values()), f"every row says not run: {rows}")

    said, rows = experiments(folder, 3, "--threads", "1", "spirals_linear")
    check(said.count("seed") >= 3, f"three seeds are run: {said}")
    cells = [cell.strip() for cell in rows["spirals_linear"].split("|")]
    check(0.5 < float(cells[5].strip("*")) <= 0.75, f"the linear net cannot part the spirals: {cells}")
    check("not run" not in rows["spirals_linear"] and "not run" in rows["spirals"], "the others are still not run")

    again, repeated = experiments(folder, 3, "--threads", "1", "spirals_linear")
    check("seed 0 ..." not in again and repeated == rows, f"nothing is run twice: {again}")
    experiments(folder, 1, "no_such_recipe")
print(f"{len(rows)} experiments known")
