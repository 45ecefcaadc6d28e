"""How every peer's steps are timed: three steps and up to a second are not counted, then each step by itself."""
import json
import time


def measure(step, seconds):
    """Median, 10th and 90th percentile of step() in ms, over `seconds` and at least five steps."""
    start, warm = time.perf_counter(), 0
    while warm < 3 or time.perf_counter() - start < min(1.0, seconds / 3):
        step()
        warm += 1
    times, start = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        step()
        times.append((time.perf_counter() - before) * 1e3)
    times.sort()
    part = lambda share: times[int(share * len(times))]
    return {"median_ms": part(0.5), "p10_ms": part(0.1), "p90_ms": part(0.9), "steps": len(times)}


def report(step, seconds, **facts):
    """Times step() and prints one JSON line, which compare.py reads."""
    print(json.dumps({**measure(step, seconds), **facts}), flush=True)
