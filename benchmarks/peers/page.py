"""Writes docs/performance.md and docs/performance.svg from what compare.py measured; nothing is measured here."""
import json
import os
import sys
import textwrap

import convolutions
from items import BOUND, ITEMS, TITLES

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from svg import Picture, short

WHAT_CALLS = {"kernel": "the kernel alone", "add": "`add(x, y)`", "add_recorded": "`add(x, w)`, recorded for gradients",
              "chain_with_gradient": "products and their gradients"}  # as eager_cost.py says


def table(head, rows):
    """A Markdown table; the first column to the left, the others to the right."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] + ["--:"] * (len(head) - 1)) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def time_of(figure):
    return f"{short(figure['median_ms'])} ({short(figure['p10_ms'])})" if figure else "-"


def peer_of(entry, peer):
    """A cell of a peer's time; where it did not run, why."""
    if peer in entry["figures"]:
        return time_of(entry["figures"][peer])
    note = entry["notes"].get(peer, "-")
    return "failed" if note.startswith("round") else note


def best_peer(figures):
    """The fastest peer: the one with the least ratio to Percept."""
    peers = [peer for peer in figures if peer != "percept" and "ratio" in figures[peer]]
    return min(peers, key=lambda peer: figures[peer]["ratio"]) if peers else None


def ratio_cells(item, entry):
    figure = entry["figures"].get(item.rival, {})
    if "ratio" not in figure:
        return ["-", "-", f"{item.wanted:g}"]
    reached = "**" if figure["ratio"] >= item.wanted else ""
    return [f"{reached}{figure['ratio']:.2f}{reached}", f"{figure['ratio_p10']:.2f}", f"{item.wanted:g}"]


def bounds(item, entry, results):
    """The bound of items.py, and the FLOPs alone at the rate that percept plan measured on this machine."""
    return [short(item.bound_ms), short(entry["plan"]["flops"] / results["machine"][item.precision]["machine_gflops"] / 1e6)]


def times_table(mode, results):
    rivals = "PyTorch" if mode == "train" else "onnxruntime"
    others = ["JAX", "Keras on TensorFlow"] if mode == "train" else ["PyTorch"]
    names = {title: peer for peer, title in TITLES.items()}
    head = ["item", "batch", "bound, ms", "FLOPs here, ms", "Percept, ms", "Percept / bound", f"{rivals}, ms", "ratio", "of p10",
            "wanted", *(f"{other}, ms" for other in others)]
    rows = []
    for item, entry in measured(mode, results):
        ours = entry["figures"].get("percept")
        over = f"{ours['median_ms'] / item.bound_ms:.2f}" if ours else "-"
        rows.append([f"`{item.name}`, {item.title}", str(item.batch), *bounds(item, entry, results), time_of(ours), over,
                     peer_of(entry, item.rival), *ratio_cells(item, entry), *(peer_of(entry, names[o]) for o in others)])
    return table(head, rows)


def memory_table(results):
    rows = []
    for item, entry in measured(None, results):
        found = entry["figures"]
        ours, torch = found.get("percept"), found.get("torch")
        if not ours:
            continue
        weights = item.parameters * 4 / 2**20
        wanted = f"{weights * (1 if item.precision == 'f32' else 1.5) + 60:.0f}"
        if item.mode == "train":
            wanted = f"PyTorch x {item.memory_share:g}" + (f", {item.memory_mib:.0f}" if item.memory_mib else "")
        share = f"{ours['rss_mib'] / torch['rss_mib']:.2f}" if torch else "-"
        runtime = f"{found['onnxruntime']['rss_mib']:.0f}" if "onnxruntime" in found else "-"
        rows.append([f"`{item.key}`", f"{ours['rss_mib']:.0f}", f"{torch['rss_mib']:.0f}" if torch else "-", share, wanted, runtime,
                     *("-" if ours.get(key) is None else f"{ours[key]:.1f}" for key in ("planned_mib", "grown_mib", "plan_ms"))])
    return table(["item", "Percept, MiB", "PyTorch, MiB", "share", "wanted at most", "onnxruntime, MiB", "planned, MiB", "grown, MiB",
                  "plan made in, ms"], rows)


def measured(mode, results):
    return [(item, results["items"][item.key]) for item in ITEMS
            if item.key in results["items"] and mode in (None, item.mode) and "figures" in results["items"][item.key]]


def conditions(results):
    """What the figures are of; a paragraph per run, where items were measured again later."""
    versions = results["versions"]
    of = lambda peer, package: versions.get(peer, {}).get(package)
    names = [("PyTorch", of("torch", "torch")), ("onnxruntime", of("onnxruntime", "onnxruntime")), ("JAX", of("jax", "jax")),
             ("Keras", of("keras", "keras") if of("keras", "tensorflow") else None), ("TensorFlow", of("keras", "tensorflow"))]
    found = ", ".join(f"{name} {version}" for name, version in names if version)
    texts = [f"{results['cpu']}, {results['threads']} threads. Percept beside {found}. percept plan measured "
             + ", ".join(f"{of['machine_gflops']:.0f} GFLOP/s in {precision}" for precision, of in results["machine"].items())
             + f" and {results['machine']['f32']['machine_gib_per_second']:.0f} GiB/s at best."]
    for number, run in enumerate(results["runs"]):
        items = [f"`{item.key}`" for item in ITEMS if results["items"].get(item.key, {}).get("run") == number]
        if not items:
            continue
        load = run["over_all"]
        worst = max((each["steal_percent"] + each["others_percent"] for each in run["load"]), default=0)
        texts.append(f"{' '.join(items)}: {run['date']}, {run['percept']} ({run['commit']}), {run['rounds_done']} rounds of {run['seconds']:g} s per "
                     f"process. Of the processors' time {load['steal_percent']:.1f} % was given to other machines (steal) and "
                     f"{load['others_percent']:.1f} % went to other processes; in the worst round both together took {worst:.1f} %.")
    return "\n\n".join(textwrap.fill(text, 120, break_on_hyphens=False) for text in texts)


def settings_text(results):
    rows = [[f"`{item.key}`", entry["setting"] or "-"] for item, entry in measured(None, results) if "torch" in entry["figures"]]
    return table(["item", "PyTorch's setting"], rows)


def commands_text(results):
    """The commands of the items, a line each, items in their order."""
    lines = []
    for item, _ in measured(None, results):
        lines += [f"    {command}" for _, command in sorted(results.get("commands", {}).get(item.key, {}).items())]
    return "\n".join(lines)


def scaling_text(docs):
    """One line per plot of docs/scaling/, with what scaling.py found."""
    file = os.path.join(docs, "scaling", "scaling.json")
    if not os.path.exists(file):
        return ""
    with open(file) as source:
        found = json.load(source)
    lines = [f"- **{name}** ([plot](scaling/{name}.svg), {plot['rounds']} runs of {plot['seconds']:g} s on {plot['date']}): {plot['finding']}"
             for name, plot in found["plots"].items()]
    return ("\n## As work grows\n\n`python benchmarks/scaling.py`, " + f"{found['cpu']}; each point is the median of its quietest run, so that a "
            "neighbour of this machine bends no line.\n\n" + "\n".join(lines) + "\n")


def eager_text():
    """The cost of a call, from eager_cost.py's file where there is one."""
    file = os.path.join(os.path.dirname(os.path.abspath(__file__)), "eager_cost.json")
    if not os.path.exists(file):
        return ""
    with open(file) as source:
        found = json.load(source)
    cell = lambda figure: "-" if figure is None else f"{figure['median_us']:.2f} ({figure['p10_us']:.2f})"
    kernel = found["figures"]["kernel"]["percept"]["median_us"]
    rows = [[WHAT_CALLS[name], cell(of.get("percept")), f"{of['percept']['median_us'] - kernel:.2f}", cell(of.get("torch"))]
            for name, of in found["figures"].items()]
    return ("\n## A call that is not captured\n\nMicroseconds per op on 8 numbers, one thread; medians (p10) of "
            f"{found['rounds']} processes of each in turn, {found['date']}, {found['cpu']}: `python benchmarks/peers/eager_cost.py`.\n\n"
            + table(["", "Percept", "over the kernel", "PyTorch " + found["torch"]], rows) + "\n")


def chart(results, file):
    """Bars per item: time relative to the best peer's."""
    groups = [(name, measured(mode, results)) for name, mode in (("Training step", "train"), ("Inference", "infer"))]
    groups = [(name, [pair for pair in pairs if best_peer(pair[1]["figures"])]) for name, pairs in groups]
    width, left, unit, most = 860, 216, 280, 1.5  # unit: pixels of the best peer's time; longer bars than `most` are cut
    heights = {"percept": 16, "peer": 11}
    row = lambda entry: heights["percept"] + 3 + sum(heights["peer"] + 3 for peer in entry["figures"] if peer != "percept") + 17
    height = 92 + sum(36 + sum(row(entry) for _, entry in pairs) for _, pairs in groups if pairs) + 22
    picture = Picture(width, height, "Time of a step relative to the best peer")
    picture.text(24, 34, "Time of a step, relative to the best peer", size=18, bold=True)
    versions = results["versions"]
    torch = versions["torch"].get("torch", "-").split("+")[0]
    picture.text(24, 56, f"shorter is faster; {results['threads']} threads; PyTorch {torch} in its best setting per item", "quiet", 12.5)
    for part in (0.25, 0.5, 0.75):
        picture.line([(left + part * unit, 88), (left + part * unit, height - 24)], "grid")
    picture.line([(left + unit, 88), (left + unit, height - 24)], "axis", 1.2, "5 4")
    picture.text(left + unit, 81, "best peer", "quiet", 11.5, "middle")
    picture.text(left, 81, "0", "quiet", 11.5, "middle")
    picture.text(width - 24, 81, "speed, best peer = 1", "quiet", 11.5, "end")
    y = 92
    for name, pairs in groups:
        if not pairs:
            continue
        picture.text(24, y + 18, name, "quiet", 13, bold=True)
        y += 36
        for item, entry in pairs:
            y = draw_item(picture, item, entry, left, unit, most, heights, y) + 17
    picture.line([(left, 88), (left, height - 24)], "axis")
    picture.save(file)


def draw_item(picture, item, entry, left, unit, most, heights, y):
    found = entry["figures"]
    best = best_peer(found)
    peers = sorted((peer for peer in found if peer != "percept"), key=lambda peer: found[peer]["median_ms"])
    middle = y + (heights["percept"] + len(peers) * (heights["peer"] + 3)) / 2
    picture.text(24, middle - 1, item.title, bold=True)
    picture.text(24, middle + 14, f"{item.name}, batch {item.batch}, {item.precision}", "quiet", 11.5)
    ratio = found[best]["ratio"]
    picture.text(picture.width - 24, middle + 4, f"{short(ratio)} x", "s0" if ratio >= 1 else "ink", 15, "end", bold=True)
    parts = [("percept", 1 / found[best]["ratio"], heights["percept"], "s0")]
    parts += [(peer, found[peer]["median_ms"] / found[best]["median_ms"], heights["peer"], "peer") for peer in peers]
    for peer, length, thick, style in parts:
        end = left + min(length, most) * unit
        picture.bar(left, y, end - left, thick, style)
        if length > most:  # two strokes in the card's colour: the bar is longer than drawn
            for shift in (-14, -9):
                picture.line([(end + shift - 3, y + thick + 1), (end + shift + 3, y - 1)], "cut", 2)
        words = f"{TITLES[peer]} {short(found[peer]['median_ms'])} ms"
        if peer == "percept":
            picture.text(end + 7, y + thick - 4, words, "s0", 12.5, bold=True, back=True)
        else:
            picture.text(end + 7, y + thick - 1.5, words, "quiet", 11, back=True)
        y += thick + 3
    return y


def write_page(results, docs):
    """docs/performance.md and docs/performance.svg; the plots of docs/scaling/ are mentioned where they exist."""
    chart(results, os.path.join(docs, "performance.svg"))
    notes = [f"- `{item.key}`, {TITLES[peer]}: {note}" for item, entry in measured(None, results) for peer, note in entry["notes"].items()]
    with open(os.path.join(docs, "performance.md"), "w") as out:
        out.write(f"""# Performance

Generated by `benchmarks/peers/compare.py page`; do not edit.

{conditions(results)}

![time of a step relative to the best peer](performance.svg)

Times are milliseconds per step, the median over rounds of each process's median, its 10th percentile in brackets.

- **bound**: {BOUND}.
- **FLOPs here**: the item's FLOPs alone at the rate above.
- **bf16**: Percept's `precision=bf16`, PyTorch under autocast to bfloat16; onnxruntime stays in f32, for which it has kernels.
- **ratio**: the rival's time over Percept's, the median over rounds of the rounds' ratios, bold where it reaches what is
  wanted; **of p10**: the same of the 10th percentiles.

## Training

One step: forward, cross-entropy, backward, optimizer. PyTorch in its best setting (below).

{times_table("train", results)}

## Inference

{times_table("infer", results)}

## Memory

Peak resident memory of the whole process, read from outside (`VmHWM`). **planned**: what Percept says before the first step;
**grown**: by how much its peak then grew over the first steps.

{memory_table(results)}
{convolutions.text(table)}{eager_text()}{scaling_text(docs)}
## How to measure again

    pip install torch==2.13.0 onnx onnxscript onnxruntime jax keras tensorflow-cpu
    python benchmarks/peers/compare.py select 3
    python benchmarks/peers/compare.py run {results['runs'][0]['rounds']} {results['runs'][0]['seconds']:g}
    python benchmarks/peers/compare.py page

`select` tried each item once in every setting of PyTorch: eager and `torch.compile`, default and channels-last order, the
optimizer fused or not (Adadelta: over lists or not); `benchmarks/peers/best_settings.json` has all figures. It chose:

{settings_text(results)}

The processes of a round (`benchmarks/peers/`; ONNX files exported from PyTorch's network):

{commands_text(results)}
""")
        if notes:
            out.write("\nWhat did not run:\n\n" + "\n".join(notes) + "\n")
