#!/usr/bin/env python3
"""How the cost of an image grows with the work: batch, width, depth, threads; a plot each in docs/scaling/.

    python benchmarks/scaling.py [--rounds 3] [--seconds 1] [--percept FILE] [--docs DIR] [batch] [width] [depth] [threads]

All four plots for no word. Networks are recipes written into a temporary folder, so width and depth are numbers of a recipe;
`percept bench` times their steps. A point is the least over rounds of the processes' medians, the quietest round's: a neighbour of this machine must not bend
a line. The rounds visit the points in turn, every second one backwards. docs/scaling/scaling.json keeps the points and what they say, for the performance page
(benchmarks/peers/compare.py page).
"""
import argparse
import datetime
import json
import os
import statistics
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "benchmarks/peers"))
from items import ITEMS
from svg import Picture, line_chart, short
from watch import Processors, cpu_model, watched

BATCHES = tuple(2**i for i in range(11))
WIDTHS = (1, 2, 3, 4, 6, 8)
DEPTHS = (2, 5, 10, 20, 50, 100, 200)
BATCH_OF = {"dense": 256, "conv": 64}  # batch where another thing than the batch grows

RECIPE = """name = "{name}"
description = "written by benchmarks/scaling.py"

[data]
source = "mnist"

[preprocess]
scale = 255.0

[model]
layers = [
{layers}
]

[loss]
type = "cross_entropy"

[optimizer]
type = "SGD"
learning_rate = 1e-4

[train]
steps = 1
batch_size = 64
"""


def layer(kind, **values):
    return "  { " + ", ".join([f'type = "{kind}"'] + [f"{key} = {value}" for key, value in values.items()]) + " },"


def dense(width, depth):
    """depth layers of equal width with ReLU, then the classes."""
    lines = [layer("Flatten")]
    for _ in range(depth):
        lines += [layer("Linear", out_features=width, weight_init='"he_normal"'), layer("ReLU")]
    return lines + [layer("Linear", out_features=10)]


def conv(width, depth):
    """depth 3x3 convolutions of equal width on 14x14 places, the first with stride 2, then the classes."""
    lines = []
    for i in range(depth):
        lines += [layer("Conv2d", out_channels=width, kernel_size=3, padding=1, stride=2 if i == 0 else 1, weight_init='"he_normal"'), layer("ReLU")]
    return lines + [layer("Flatten"), layer("Linear", out_features=10)]


class Bench:
    """Times points in rounds. A point: (what percept bench runs, mode, batch, threads)."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder

    def recipe(self, build, width, depth):
        """The file of a generated recipe; the layers' kinds are those of `build`."""
        name = f"{build.__name__}_w{width}_d{depth}"
        file = os.path.join(self.folder, name + ".toml")
        with open(file, "w") as out:
            out.write(RECIPE.format(name=name, layers="\n".join(build(width, depth))))
        return file

    def times(self, points):
        """Each point's ms per step (of its quietest round) and GFLOP per step."""
        runs = {point: [] for point in points}
        for number in range(self.options.rounds):
            for point in points if number % 2 == 0 else reversed(points):
                what, mode, batch, threads = point
                runs[point].append(watched([self.options.percept, "bench", what, f"mode={mode}", f"batch_size={batch}", f"threads={threads}",
                                            f"seconds={self.options.seconds}", "--json"]))
            print(f"round {number + 1} of {self.options.rounds}: {len(points)} points", file=sys.stderr, flush=True)
        return {point: (min(run["median_ms"] for run in done), done[0]["gflops"] * done[0]["median_ms"] / 1e3)
                for point, done in runs.items()}


def microseconds(times, point):
    """Time per image in us."""
    return times[point][0] * 1e3 / point[2]


NETWORKS = (("dense", dense, 256, 3), ("conv", conv, 32, 3))


def plot_batch(bench, file):
    lines = [(f"{name}, {mode}", bench.recipe(build, width, depth), mode) for name, build, width, depth in NETWORKS for mode in ("train", "infer")]
    times = bench.times([(recipe, mode, batch, 2) for _, recipe, mode in lines for batch in BATCHES])
    series = [(name, [(batch, microseconds(times, (recipe, mode, batch, 2))) for batch in BATCHES], None) for name, recipe, mode in lines]
    line_chart(file, "Time per image as the batch grows", "3 dense layers of 256; 3 convolutions of 32 channels on 14x14; SGD, 2 threads",
               "images in a batch", "us per image", series, BATCHES)
    said = []
    for name, points, _ in series:
        least = min(y for _, y in points)
        start = next(i for i in range(len(points)) if all(y <= 1.2 * least for _, y in points[i:])) if points[-1][1] <= 1.2 * least else None
        said.append(f"{name} {'from ' + str(points[start][0]) + ' images' if start is not None else 'not at 1024 images'}")
    return series, "time per image is within 20 % of its minimum, and stays there: " + "; ".join(said) + "."


def plot_width(bench, file):
    lines = []
    for name, build, width, depth in (("dense", dense, 128, 3), ("conv", conv, 16, 3)):
        for mode in ("train", "infer"):
            line = [(times_wider, (bench.recipe(build, width * times_wider, depth), mode, BATCH_OF[name], 2)) for times_wider in WIDTHS]
            lines.append((f"{name}, {mode}", line))
    times = bench.times([point for _, line in lines for _, point in line])
    series, said = [], []
    for name, line in lines:
        measured = [(wider, microseconds(times, point)) for wider, point in line]
        rates = [times[point][1] / times[point][0] * 1e3 for _, point in line]
        by_work = [(wider, times[point][1] / max(rates) * 1e6 / point[2]) for wider, point in line]
        series.append((name, measured, by_work))
        first, last = line[0][1], line[-1][1]
        said.append(f"{name} {times[last][1] / times[first][1]:.1f} times the FLOPs in {times[last][0] / times[first][0]:.1f} times the time")
    line_chart(file, "Time per image as layers grow wider", "3 dense layers of 128, batch 256; 3 convolutions of 16 channels, batch 64; "
               "dashed: the FLOPs at the line's best rate", "times as wide", "us per image", series, WIDTHS)
    return series, f"{WIDTHS[-1]} times as wide is, " + "; ".join(said) + "."


def straight(points):
    """The line a + b x through the points that keeps relative errors least, and the largest relative error."""
    weights = [1 / y**2 for _, y in points]
    total = sum(weights)
    mean_x = sum(w * x for w, (x, _) in zip(weights, points)) / total
    mean_y = sum(w * y for w, (_, y) in zip(weights, points)) / total
    spread = sum(w * (x - mean_x) ** 2 for w, (x, _) in zip(weights, points))
    slope = sum(w * (x - mean_x) * (y - mean_y) for w, (x, y) in zip(weights, points)) / spread
    line = [(x, mean_y + slope * (x - mean_x)) for x, _ in points]
    return line, slope, max(abs(y / fit - 1) for (_, y), (_, fit) in zip(points, line))


def plot_depth(bench, file):
    lines = [(f"{name}, {mode}", [(depth, (bench.recipe(build, width, depth), mode, BATCH_OF[name], 2)) for depth in DEPTHS])
             for name, build, width in (("dense", dense, 128), ("conv", conv, 16)) for mode in ("train", "infer")]
    times = bench.times([point for _, line in lines for _, point in line])
    series, said = [], []
    for name, line in lines:
        measured = [(depth, microseconds(times, point)) for depth, point in line]
        fit, slope, worst = straight(measured)
        series.append((name, measured, fit))
        said.append(f"{name} {short(slope)} us ({100 * worst:.0f} %)")
    line_chart(file, "Time per image as networks grow deeper", "dense layers of 128, batch 256; convolutions of 16 channels on 14x14, batch 64; "
               "dashed: a straight line", "layers", "us per image", series, DEPTHS)
    return series, "time per image and layer, and the largest distance from a straight line from 2 to 200 layers: " + "; ".join(said) + "."


def plot_threads(bench, file):
    points = [[(item.name, item.mode, item.batch, threads) for threads in (1, 2)] for item in ITEMS]
    times = bench.times([point for pair in points for point in pair])
    rows = [(item, *(times[point][0] for point in pair)) for item, pair in zip(ITEMS, points)]
    width, left, unit = 760, 220, 165
    picture = Picture(width, 88 + 27 * len(rows) + 16, "Speed of two threads")
    picture.text(20, 30, "Speed of two threads, one thread = 1", size=16, bold=True)
    picture.text(20, 50, "the reference items:", "quiet", 12)
    picture.text(148, 50, "training", "s0", 12, bold=True)
    picture.text(210, 50, "inference", "s1", 12, bold=True)
    for part in (1, 2):
        x = left + part * unit
        picture.line([(x, 76), (x, 84 + 27 * len(rows))], *(("axis", 1, "4 4") if part == 1 else ("grid",)))
        picture.text(x, 70, str(part), "quiet", 11, "middle")
    for i, (item, one, two) in enumerate(rows):
        y = 84 + 27 * i
        picture.text(left - 10, y + 13, f"{item.name} {item.mode} b{item.batch}", "ink", 12, "end")
        picture.bar(left, y + 2, one / two * unit, 15, "s0" if item.mode == "train" else "s1")
        picture.text(left + one / two * unit + 7, y + 14, f"{one / two:.2f} x", "ink", 12, bold=True, back=True)
        picture.text(width - 20, y + 14, f"{short(one)} to {short(two)} ms", "quiet", 11, "end")
    picture.save(file)
    series = [(item.key, [(1, one * 1e3 / item.batch), (2, two * 1e3 / item.batch)], None) for item, one, two in rows]
    ratios = {item.key: one / two for item, one, two in rows}
    slowest, fastest = min(ratios, key=ratios.get), max(ratios, key=ratios.get)
    return series, (f"two threads are {statistics.median(ratios.values()):.2f} x as fast as one in the middle, from {ratios[slowest]:.2f} ({slowest}) "
                    f"to {ratios[fastest]:.2f} ({fastest}).")


PLOTS = {"batch": plot_batch, "width": plot_width, "depth": plot_depth, "threads": plot_threads}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plots", nargs="*", metavar="PLOT")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--percept", default=os.path.join(ROOT, "build/release/percept"))
    parser.add_argument("--docs", default=os.path.join(ROOT, "docs"))
    options = parser.parse_intermixed_args()
    if unknown := [word for word in options.plots if word not in PLOTS]:
        raise SystemExit(f"{unknown[0]}: not a plot; expected some of {' '.join(PLOTS)}")
    folder = os.path.join(options.docs, "scaling")
    os.makedirs(folder, exist_ok=True)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    kept_in = os.path.join(folder, "scaling.json")
    kept = {"plots": {}}
    if os.path.exists(kept_in):
        with open(kept_in) as source:
            kept = json.load(source)
    kept.update(cpu=cpu_model())
    with tempfile.TemporaryDirectory(prefix="percept_scaling_") as recipes:
        for name in options.plots or PLOTS:
            load = Processors()
            series, finding = PLOTS[name](Bench(options, recipes), os.path.join(folder, name + ".svg"))
            measured = {"date": datetime.date.today().isoformat(), "rounds": options.rounds, "seconds": options.seconds}
            kept["plots"][name] = {"finding": finding, **measured, "load": load.percent(), "us_per_image": {line: dict(points) for line, points, _ in series}}
            kept["plots"] = {plot: kept["plots"][plot] for plot in PLOTS if plot in kept["plots"]}
            with open(kept_in, "w") as out:
                json.dump(kept, out, indent=1)
                out.write("\n")
            print(f"{name}: {finding}", flush=True)


if __name__ == "__main__":
    main()
