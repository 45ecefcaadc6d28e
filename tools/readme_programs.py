#!/usr/bin/env python3
"""Writes the programs of README.md (blocks after `<!-- example: NAME.cpp -->`) into a folder and prints their names."""
import os
import re
import sys

text = open(sys.argv[1]).read()
os.makedirs(sys.argv[2], exist_ok=True)
for name, code in re.findall(r"<!-- example: (\w+)\.cpp -->\n```cpp\n(.*?)```", text, re.S):
    path = os.path.join(sys.argv[2], name + ".cpp")
    if not os.path.exists(path) or open(path).read() != code:
        with open(path, "w") as f:
            f.write(code)
    print(name)
