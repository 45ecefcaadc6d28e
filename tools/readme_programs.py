#!/usr/bin/env python3
"""readme_programs.py OUT FILE.md... - writes the programs of README.md and docs/ (blocks after
`<!-- example: NAME.cpp -->`) into the folder OUT and prints their names."""
import os
import re
import sys

out, files = sys.argv[1], sys.argv[2:]
os.makedirs(out, exist_ok=True)
text = "\n".join(open(name).read() for name in files)
for name, code in re.findall(r"<!-- example: (\w+)\.cpp -->\n```cpp\n(.*?)```", text, re.S):
    path = os.path.join(out, name + ".cpp")
    if not os.path.exists(path) or open(path).read() != code:
        with open(path, "w") as f:
            f.write(code)
    print(name)
