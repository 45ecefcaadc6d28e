"""Runs one process and looks at it from outside: its last line of JSON, its peak memory, what else used the processors."""
import json
import os
import subprocess
import tempfile
import time


class Failed(Exception):
    """A process that ended with an error; its text is the end of what it said."""


def peak_mib(pid):
    """High-water resident memory of a running process (VmHWM), or 0 where it has ended."""
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0.0


def watched(command, env=None, limit=900):
    """The object on the command's last line of output, with rss_mib: its peak memory, read every 10 ms until it ends.

    wait4's ru_maxrss would not do: a child starts with its parent's peak, which is above that of a small program.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        try:
            process = subprocess.Popen(command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})
        except OSError as error:
            raise Failed(str(error)) from None
        peak, start = 0.0, time.monotonic()
        try:
            while process.poll() is None:
                peak = max(peak, peak_mib(process.pid))
                if time.monotonic() - start > limit:
                    raise Failed(f"{command[0]}: not done after {limit} s")
                time.sleep(0.01)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        out.seek(0)
        err.seek(0)
        lines, said = out.read().strip().splitlines(), err.read().strip().splitlines()
    if process.returncode != 0 or not lines:
        raise Failed("; ".join(said[-2:]) or f"{command[0]} ended with {process.returncode}")
    try:
        return {**json.loads(lines[-1]), "rss_mib": round(peak, 1)}
    except json.JSONDecodeError:
        raise Failed(f"{command[0]}: the last line is no JSON: {lines[-1][:200]}") from None


class Processors:
    """What the processors did since it was made: /proc/stat, less what this process's children used."""

    def __init__(self):
        self.start, self.ours = self._ticks(), self._children()

    @staticmethod
    def _ticks():
        with open("/proc/stat") as stat:
            return [int(word) for word in stat.readline().split()[1:9]]  # user nice system idle iowait irq softirq steal

    @staticmethod
    def _children():
        times = os.times()
        return times.children_user + times.children_system + times.user + times.system

    def percent(self):
        """Shares of all processor time: steal (given to other machines) and others (processes that are not ours)."""
        ticks = [now - then for now, then in zip(self._ticks(), self.start)]
        total = max(sum(ticks), 1)
        ours = (self._children() - self.ours) * os.sysconf("SC_CLK_TCK")
        busy = total - ticks[3] - ticks[4] - ticks[7]
        return {"steal_percent": round(100 * ticks[7] / total, 2), "others_percent": round(100 * max(busy - ours, 0) / total, 2)}


def cpu_model():
    with open("/proc/cpuinfo") as info:
        return next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown")


PACKAGES = ("torch", "onnxruntime", "onnx", "jax", "jaxlib", "keras", "tensorflow", "tensorflow_cpu", "numpy")


def versions_of(python):
    """Package to version in another Python, and its own version."""
    code = ("import importlib.metadata as m, json, platform\n"
            "found = {'python': platform.python_version()}\n"
            f"for name in {PACKAGES}:\n"
            "    try: found[name] = m.version(name)\n"
            "    except m.PackageNotFoundError: pass\n"
            "print(json.dumps(found))")
    try:
        found = json.loads(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout)
    except (OSError, subprocess.CalledProcessError):
        return {}
    if "tensorflow_cpu" in found:
        found["tensorflow"] = found.pop("tensorflow_cpu")
    return found
