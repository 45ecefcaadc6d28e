#!/usr/bin/env python3
"""weights_sha256.py FILE... - the weights_sha256 of models in .safetensors files; percept/io/save.h defines it."""
import hashlib
import json
import sys

for path in sys.argv[1:]:
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    metadata = header.pop("__metadata__", {})
    digest = hashlib.sha256()
    for name in sorted(json.loads(metadata["model_states"]) if "model_states" in metadata else header):
        begin, end = header[name]["data_offsets"]
        digest.update(f'{name}\n{header[name]["dtype"].lower()}\n{header[name]["shape"]}\n'.encode())
        digest.update(data[start + begin:start + end])
    print(digest.hexdigest(), path)
