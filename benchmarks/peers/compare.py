#!/usr/bin/env python3
"""Percept beside PyTorch, onnxruntime, JAX and Keras on the reference items: choose settings, measure, write the page.

    pip install torch==2.13.0 onnx onnxscript onnxruntime jax      (and keras tensorflow-cpu, here or in another Python)
    python benchmarks/peers/compare.py select [SECONDS] [ITEM...]         every PyTorch setting twice, 3 s; writes best_settings.json
    python benchmarks/peers/compare.py run ROUNDS SECONDS [ITEM...]       interleaved fresh processes; writes results.json
    python benchmarks/peers/compare.py page                               docs/performance.md and .svg from results.json

ITEM is a key of items.py (b_mlp5, c_psc_cnn-infer-1, c_psc_cnn-bf16), train, infer, f32 or bf16; none means all. Options, before or after:
    --percept FILE                          the program             (build/release/percept)
    --python-torch --python-onnx --python-jax --python-tf FILE     the Python that has the peer (the one that runs this)
    --settings FILE --results FILE --docs DIR                      other places for what is written

A round runs each item once by each peer, every time in a fresh process on the same two processors, every second round in
reverse order. The figure of a pair is the median over rounds of the rounds' ratios of medians. Nothing else should run
meanwhile; the share of the processors that went to others is recorded.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile

from items import ITEMS, TITLES, chosen
from watch import Failed, Processors, cpu_model, versions_of, watched

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
THREADS = 2
PACKAGE = {"torch": "torch", "onnxruntime": "onnxruntime", "jax": "jax", "keras": "tensorflow"}
KEPT = ("median_ms", "p10_ms", "steps", "rss_mib", "planned_mib", "grown_mib", "plan_ms", "first_step_ms")
SPREAD = {"OMP_NUM_THREADS": str(THREADS), "TORCHINDUCTOR_COMPILE_THREADS": "1"}


def settings_of(item):
    """Every setting of PyTorch worth a try: eager and compiled, both orders of memory, both ways of the optimizer."""
    one = "foreach" if item.name == "d_mnist_cnn" else "fused"  # Adadelta has no fused kernel
    tails = ["", one] if item.mode == "train" else [""]
    heads = ["eager", "compile"] if item.mode == "train" else ["eager", "compile", "compile,freeze"]
    orders = [""] if item.flat else ["", "last"]
    precision = "" if item.precision == "f32" else item.precision
    return [",".join(filter(None, (head, order, tail, precision))) for head in heads for order in orders for tail in tails]


class Runner:
    """Runs a peer on an item. `shown` collects the commands, without the places of this machine."""

    def __init__(self, options, exports):
        self.percept = options.percept
        self.pythons = {"torch": options.python_torch, "onnxruntime": options.python_onnx, "jax": options.python_jax,
                        "keras": options.python_tf}
        self.versions = {peer: versions_of(python) for peer, python in self.pythons.items()}
        self.exports, self.shown = exports, {}

    def has(self, peer):
        return PACKAGE[peer] in self.versions[peer]

    def script(self, peer, name, *words):
        return [self.pythons[peer], os.path.join(HERE, name), *map(str, words)]

    def run(self, peer, item, seconds, setting=None):
        match peer:
            case "percept":
                command = [self.percept, "bench", item.name, f"seconds={seconds}", f"threads={THREADS}", f"mode={item.mode}",
                           f"batch_size={item.batch}", f"precision={item.precision}", "--json"]
            case "torch":
                command = self.script(peer, "torch_item.py", item.name, item.mode, item.batch, seconds, THREADS, setting)
            case "onnxruntime":
                command = self.script(peer, "onnx_item.py", "run", self.exported(item), seconds, THREADS)
            case "jax":
                command = self.script(peer, "jax_item.py", item.name, item.mode, item.batch, seconds)
            case "keras":
                command = self.script(peer, "keras_item.py", item.name, item.mode, item.batch, seconds, THREADS)
        self.shown.setdefault(item.key, {})[peer] = " ".join(self.without_places(word) for word in command)
        return {key: value for key, value in watched(command, SPREAD).items() if key in KEPT}

    def without_places(self, word):
        if word in self.pythons.values():
            return "python"
        word = word.replace(self.exports + os.sep, "")
        return "percept" if word == self.percept else word.replace(ROOT + os.sep, "")

    def exported(self, item):
        """The item's ONNX file, written by PyTorch when it is first wanted."""
        file = os.path.join(self.exports, item.key + ".onnx")
        if not os.path.exists(file):
            command = self.script("torch", "onnx_item.py", "export", item.name, item.batch, file)
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                raise Failed("export: " + "; ".join(done.stderr.strip().splitlines()[-2:]))
        return file

    def plan(self, item):
        """FLOPs of a step and what this machine reaches, from percept plan."""
        command = [self.percept, "plan", item.name, f"mode={item.mode}", f"batch_size={item.batch}", f"threads={THREADS}",
                   f"precision={item.precision}", "--json"]
        plan = watched(command)
        return {key: plan[key] for key in ("flops", "machine_gflops", "machine_gib_per_second", "bound_ms")}

    def conditions(self):
        """What a figure needs beside it."""
        commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
        try:
            program = subprocess.run([self.percept, "--version"], capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError) as error:
            raise Failed(f"{error}; build it, or name it with --percept") from None
        return {"date": datetime.date.today().isoformat(), "processors": len(os.sched_getaffinity(0)), "percept": program, "commit": commit}


def write_json(file, data):
    with open(file + ".new", "w") as out:
        json.dump(data, out, indent=1)
        out.write("\n")
    os.replace(file + ".new", file)


def read_json(file):
    with open(file) as source:
        return json.load(source)


def select(runner, options):
    """Runs each setting of PyTorch twice per item, the second time in reverse order (a machine that slows down in between
    must not choose), and keeps the one with the least median of its better run. Items not named keep theirs."""
    if not runner.has("torch"):
        raise SystemExit(f"{options.python_torch}: PyTorch is not installed there; name its Python with --python-torch")
    words = options.words
    seconds = float(words.pop(0)) if words and words[0][:1].isdigit() else 3.0
    kept = {"torch": runner.versions["torch"]["torch"], "cpu": cpu_model(), "threads": THREADS, "items": {}}
    if os.path.exists(options.settings):
        before = read_json(options.settings)
        if all(before[key] == kept[key] for key in ("torch", "cpu", "threads")):
            kept = before
    for item in chosen(words):
        tried = {}
        settings = settings_of(item)
        for setting in settings + settings[::-1]:
            try:
                figure = runner.run("torch", item, seconds, setting)
                if setting not in tried or figure["median_ms"] < tried[setting]["median_ms"]:
                    tried[setting] = {key: round(figure[key], 4) for key in ("median_ms", "p10_ms", "rss_mib")}
                print(f"{item.key:24}{setting:24}{figure['median_ms']:10.3f} ms  p10 {figure['p10_ms']:.3f}", flush=True)
            except Failed as failure:
                print(f"{item.key:24}{setting:24}failed: {failure}", flush=True)
        if not tried:
            raise SystemExit(f"{item.key}: no setting ran")
        best = min(tried, key=lambda setting: tried[setting]["median_ms"])
        kept["items"][item.key] = {"best": best, "date": datetime.date.today().isoformat(), "seconds": seconds, "tried": tried}
        write_json(options.settings, kept)


def figures(runs):
    """The figures of an item from its rounds: medians over rounds, and each peer's ratio to Percept, of medians and of p10."""
    found = {}
    for peer, rounds in runs.items():
        done = [run for run in rounds if run]
        if done:
            found[peer] = {key: statistics.median(run[key] for run in done) for key in KEPT if key in done[0] and key != "steps"}
    for peer, rounds in runs.items():
        pairs = [(theirs, ours) for theirs, ours in zip(rounds, runs["percept"]) if theirs and ours]
        if peer != "percept" and pairs:
            for name, key in (("ratio", "median_ms"), ("ratio_p10", "p10_ms")):
                ratios = [theirs[key] / ours[key] for theirs, ours in pairs]
                found[peer][name] = statistics.median(ratios)
                if name == "ratio":
                    found[peer]["ratio_range"] = [min(ratios), max(ratios)]
    return found


def run(runner, options):
    """Measures, and writes results.json after every round. Items not named keep theirs, and the run they are of."""
    if len(options.words) < 2:
        raise SystemExit("run needs ROUNDS and SECONDS; e.g. run 10 3")
    rounds, seconds, items = int(options.words[0]), float(options.words[1]), chosen(options.words[2:])
    settings = read_json(options.settings)["items"] if os.path.exists(options.settings) else {}
    if missing := [item.key for item in items if runner.has("torch") and item.key not in settings]:
        raise SystemExit(f"{options.settings}: no setting for {' '.join(missing)}; run select first")
    this_run = {**runner.conditions(), "rounds": rounds, "seconds": seconds, "rounds_done": 0, "load": []}
    results = {"cpu": cpu_model(), "threads": THREADS, "versions": runner.versions, "runs": [], "machine": {}, "commands": {}, "items": {}}
    if os.path.exists(options.results):
        before = read_json(options.results)
        if all(before[key] == results[key] for key in ("cpu", "threads", "versions")):
            results = before
        else:
            print(f"{options.results}: of another machine or other versions; all of it is replaced", file=sys.stderr)
    named = {item.key for item in items}
    left = sorted({entry["run"] for key, entry in results["items"].items() if key not in named})  # runs that still have items
    results["items"] = {key: {**entry, "run": left.index(entry["run"])} for key, entry in results["items"].items() if key not in named}
    results["runs"] = [results["runs"][number] for number in left] + [this_run]
    for item in items:
        results["items"][item.key] = {"run": len(left), "plan": runner.plan(item), "setting": settings.get(item.key, {}).get("best"), "notes": {},
                                      "runs": {peer: [] for peer in ("percept", *item.peers) if peer == "percept" or runner.has(peer)}}
        for peer in item.peers:
            if not runner.has(peer):
                results["items"][item.key]["notes"][peer] = "not installed"
    whole = Processors()
    for number in range(rounds):
        this = Processors()
        for item in items:
            entry = results["items"][item.key]
            for peer in sorted(entry["runs"], reverse=number % 2 == 1):
                try:
                    entry["runs"][peer].append(runner.run(peer, item, seconds, entry["setting"]))
                except Failed as failure:
                    entry["runs"][peer].append(None)
                    entry["notes"][peer] = f"round {number + 1}: {failure}"
                    print(f"{item.key} {peer}: {failure}", file=sys.stderr)
            entry["figures"] = figures(entry["runs"])
        this_run["load"].append(this.percent())
        this_run.update(rounds_done=number + 1, over_all=whole.percent())
        results["commands"].update(runner.shown)
        results["machine"] = machine_of(results)
        write_json(options.results, results)
        print(f"round {number + 1} of {rounds} done: {this_run['load'][-1]}", file=sys.stderr, flush=True)
    print_table(items, results, this_run)


def machine_of(results):
    """The best that percept plan measured of this machine, by precision."""
    best = {}
    for item in ITEMS:
        plan = results["items"].get(item.key, {}).get("plan", {})
        of = best.setdefault(item.precision, {}) if plan else {}
        for key in ("machine_gflops", "machine_gib_per_second") if plan else ():
            of[key] = max(of.get(key, 0), plan[key])
    return best


def print_table(items, results, this_run):
    print(f"{THREADS} threads, {this_run['rounds']} rounds of {this_run['seconds']} s; ms per step, median (p10); {this_run['over_all']}")
    for item in items:
        entry = results["items"][item.key]
        for peer, found in entry["figures"].items():
            ratio = f"ratio {found['ratio']:6.2f} (p10 {found['ratio_p10']:.2f})" if "ratio" in found else ""
            print(f"{item.key:24}{TITLES[peer]:22}{found['median_ms']:10.3f} ({found['p10_ms']:.3f}){found['rss_mib']:8.0f} MiB  {ratio}")
        for peer, note in entry["notes"].items():
            print(f"{item.key:24}{TITLES[peer]:22}{note}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("select", "run", "page"))
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--percept", default=os.path.join(ROOT, "build/release/percept"))
    for peer in ("torch", "onnx", "jax", "tf"):
        parser.add_argument(f"--python-{peer}", default=None)
    parser.add_argument("--settings", default=os.path.join(HERE, "best_settings.json"))
    parser.add_argument("--results", default=os.path.join(HERE, "results.json"))
    parser.add_argument("--docs", default=os.path.join(ROOT, "docs"))
    options = parser.parse_intermixed_args()
    options.python_torch = options.python_torch or sys.executable
    for peer in ("onnx", "jax", "tf"):
        if getattr(options, f"python_{peer}") is None:
            setattr(options, f"python_{peer}", options.python_torch)
    if options.task == "page":
        from page import write_page

        if not os.path.exists(options.results):
            raise SystemExit(f"{options.results}: not there; run writes it")
        os.makedirs(options.docs, exist_ok=True)
        return write_page(read_json(options.results), options.docs)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])  # inherited by every process
    with tempfile.TemporaryDirectory(prefix="percept_peers_") as exports:
        try:
            {"select": select, "run": run}[options.task](Runner(options, exports), options)
        except Failed as failure:
            raise SystemExit(str(failure)) from None


if __name__ == "__main__":
    main()
