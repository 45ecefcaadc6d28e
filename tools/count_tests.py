#!/usr/bin/env python3
"""count_tests.py - from ctest's JUnit file, names what failed or was skipped and ends with "N passed, N failed"."""

import sys
import xml.etree.ElementTree


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: count_tests.py JUNIT_FILE", file=sys.stderr)
        return 2
    passed, failed, skipped = [], [], []
    for case in xml.etree.ElementTree.parse(sys.argv[1]).iter("testcase"):
        name, status = case.get("name"), case.get("status")
        if case.find("failure") is not None or status == "fail":
            failed.append(name)
        elif status == "run":
            passed.append(name)
        # ctest says "notrun" both for a test that skipped itself and for one whose program is missing.
        elif (case.find("skipped") is not None and "SKIP_" in case.find("skipped").get("message", "")) or status == "disabled":
            skipped.append(name)
        else:
            failed.append(name)
    for name in skipped:
        print(f"skipped: {name}")
    for name in failed:
        print(f"FAILED: {name}")
    if not passed and not failed:
        print("no test ran: is the build complete?", file=sys.stderr)
        failed.append("(no test)")
    print(f"{len(passed)} passed, {len(failed)} failed" + (f", {len(skipped)} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
