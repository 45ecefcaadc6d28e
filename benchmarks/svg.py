"""Small charts as SVG text: bars and lines on a card that follows the reader's light or dark setting."""
import math
from html import escape

SERIES = 5  # colours of lines, classes s0 to s4
LIGHT = {"card": "#ffffff", "edge": "#d5dbe2", "ink": "#1d2630", "quiet": "#5f6b78", "grid": "#e5e9ee", "peer": "#a8b4c0",
         "s0": "#d4500f", "s1": "#0f7b8c", "s2": "#6b5bb5", "s3": "#5b8c2a", "s4": "#8a94a0"}
DARK = {"card": "#12171d", "edge": "#2c343d", "ink": "#e7ebf0", "quiet": "#98a4b1", "grid": "#252d36", "peer": "#566473",
        "s0": "#ff7a3c", "s1": "#35b3c6", "s2": "#a596f0", "s3": "#93c655", "s4": "#8a94a0"}


def _rules(colours):
    lines = "".join(f".l{i}{{stroke:{colours[f's{i}']}}}.s{i}{{fill:{colours[f's{i}']}}}" for i in range(SERIES))
    return (f".card{{fill:{colours['card']};stroke:{colours['edge']}}}.ink{{fill:{colours['ink']}}}.quiet{{fill:{colours['quiet']}}}"
            f".grid{{stroke:{colours['grid']}}}.axis{{stroke:{colours['quiet']}}}.peer{{fill:{colours['peer']}}}"
            f".cut{{stroke:{colours['card']}}}.back{{fill:{colours['card']}}}{lines}")


class Picture:
    """A card with shapes in the order of the calls. Colours are classes: ink, quiet, peer, s0..s4 fill; grid, axis, l0..l4 stroke."""

    def __init__(self, width, height, title):
        self.width, self.height, self.title, self.parts = width, height, title, []

    def text(self, x, y, words, style="ink", size=13, anchor="start", bold=False, back=False):
        """back: the card's colour behind words that start at x, where lines would cross them."""
        if back:
            self.parts.append(f'<rect x="{x - 3:.1f}" y="{y - size:.1f}" width="{len(words) * size * 0.61 + 6:.1f}" height="{size + 3}" class="back"/>')
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" font-size="{size}" text-anchor="{anchor}"{weight}>{escape(words)}</text>')

    def bar(self, x, y, width, height, style):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}" rx="2" class="{style}"/>')

    def line(self, points, style, width=1.0, dashes=""):
        dash = f' stroke-dasharray="{dashes}"' if dashes else ""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" class="{style}" fill="none" stroke-width="{width}" stroke-linejoin="round"{dash}/>')

    def dot(self, x, y, style, radius=3.2):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" class="{style}"/>')

    def save(self, file):
        body = "\n".join(self.parts)
        with open(file, "w") as out:
            out.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}" '
                      f'height="{self.height}" role="img" font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif">\n'
                      f"<title>{escape(self.title)}</title>\n<style>{_rules(LIGHT)}\n"
                      f"@media (prefers-color-scheme: dark) {{{_rules(DARK)}}}</style>\n"
                      f'<rect x="0.5" y="0.5" width="{self.width - 1}" height="{self.height - 1}" rx="10" class="card"/>\n{body}\n</svg>\n')


def short(value):
    """Three digits: 0.0513, 1.43, 36.2, 268, 12,000."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def plain(value):
    """A tick's number without a tail of zeros."""
    return f"{value:,.0f}" if value >= 1 and value == int(value) else f"{value:g}"


class Axis:
    """A range of values laid on a range of pixels."""

    def __init__(self, low, high, start, end, log):
        self.log, self.start, self.end = log, start, end
        self.low, self.high = (math.log(low), math.log(high)) if log else (low, high)

    def __call__(self, value):
        value = math.log(value) if self.log else value
        return self.start + (value - self.low) / ((self.high - self.low) or 1) * (self.end - self.start)


def round_ticks(low, high, log):
    """Ticks of 1, 2, 5 times powers of ten in [low, high]; on a logarithmic axis over more than two decades only the powers."""
    if log:
        steps = (1,) if high / low > 200 else (1, 2, 5)
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in (1, 2, 5, 10) if step * power >= rough)
    return [step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def spread_out(places, least):
    """The places, in their order, moved so that neighbours are `least` apart."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for before, after in zip(order, order[1:]):
        moved[after] = max(moved[after], moved[before] + least)
    excess = (moved[order[-1]] - places[order[-1]]) / 2 if order else 0
    return [place - excess for place in moved]


def line_chart(file, title, subtitle, x_label, y_label, series, x_ticks, log_x=True, log_y=True):
    """series: (name, points, dashed points or None) each; names stand at the ends of the lines."""
    width, height, left, right, top, bottom = 760, 420, 66, 150, 92, 52
    picture = Picture(width, height, title)
    picture.text(20, 30, title, size=16, bold=True)
    picture.text(20, 50, subtitle, "quiet", 12)
    xs = [x for _, points, _ in series for x, _ in points]
    ys = [y for _, points, extra in series for _, y in points + (extra or [])]
    low, high = (min(ys) / 1.25, max(ys) * 1.25) if log_y else (0, max(ys) * 1.08)
    x_of = Axis(min(xs), max(xs), left + 10, width - right, log_x)
    y_of = Axis(low, high, height - bottom, top, log_y)
    for value in round_ticks(low, high, log_y):
        picture.line([(left, y_of(value)), (width - right, y_of(value))], "grid")
        picture.text(left - 8, y_of(value) + 4, plain(value), "quiet", 11, "end")
    picture.line([(left, height - bottom), (width - right, height - bottom)], "axis")
    for value in x_ticks:
        picture.line([(x_of(value), height - bottom), (x_of(value), height - bottom + 4)], "axis")
        picture.text(x_of(value), height - bottom + 18, plain(value), "quiet", 11, "middle")
    picture.text((left + width - right) / 2, height - 14, x_label, "quiet", 12, "middle")
    picture.text(20, top - 14, y_label, "quiet", 11)
    ends = spread_out([y_of(points[-1][1]) for _, points, _ in series], 17)
    for index, (name, points, extra) in enumerate(series):
        if extra:
            picture.line([(x_of(x), y_of(y)) for x, y in extra], f"l{index}", 1.2, "4 4")
        picture.line([(x_of(x), y_of(y)) for x, y in points], f"l{index}", 2.2)
        for x, y in points:
            picture.dot(x_of(x), y_of(y), f"s{index}")
        picture.text(width - right + 12, ends[index] + 4, name, f"s{index}", 12.5, bold=True)
    picture.save(file)
