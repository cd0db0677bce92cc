"""Fails if a file of src/ includes one of a folder above its own."""

import pathlib
import re
import sys

ORDER = ["core", "device", "io", "data", "layers", "net", "solver"]

source = pathlib.Path(sys.argv[1], "src")
wrong = []
for file in sorted(source.rglob("*.*")):
    own = file.relative_to(source).parts[0]
    if own not in ORDER:
        continue
    for line, text in enumerate(file.read_text().splitlines(), 1):
        found = re.match(r'#include "(\w+)/([^"]*)"', text)
        other = found and found.group(1)
        if other in ORDER and ORDER.index(other) > ORDER.index(own):
            wrong.append(f"{file}:{line}: {own}/ must not include {other}/")
        if own == other == "layers":
            target = found.group(2)
            own_header = re.sub("_cpu$", "", file.stem) + ".h"
            if target != own_header and not target.startswith("shared/"):
                wrong.append(f"{file}:{line}: layers do not include one another")
print("\n".join(wrong) or "ok")
sys.exit(bool(wrong))
