#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Small tidiness of every text file: a licence line, no notes to self, no disabled code, no stray
# blanks, an end to the last line.
import re

import tree

# The words are put together here so that this file does not find itself.
NOTE = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
DISABLED = re.compile(r"\s*#\s*if\s+0\b")
SPDX = "SPDX-" + "License-Identifier: MIT"
# Prose, and files whose format has no room for a comment or whose name says it all.
NO_LICENCE_LINE = re.compile(r"(.*\.(md|svg|json|dts)|LICENSE|(.*/)?\.[^/]*)$")
# What the kernel prints, byte for byte.
OUTPUT = "tests/boot/golden/"


def check(files):
    found = []
    for path, text in files.items():
        if not text or (path.startswith(OUTPUT) and path.endswith(".txt")):
            continue
        if not NO_LICENCE_LINE.match(path) and SPDX not in "".join(text.split("\n")[:2]):
            found.append((path, 1, f"no '{SPDX}' in its first lines"))
        if path == "LICENSE":
            continue
        lines = text.split("\n")
        if lines[-1]:
            found.append((path, len(lines), "the last line has no end"))
        for number, line in enumerate(lines, 1):
            if line != line.rstrip():
                found.append((path, number, "blanks at the end of the line"))
            if NOTE.search(line):
                found.append((path, number, "a note to self: what is missing goes to CAVEATS.md"))
            if DISABLED.match(line) and tree.is_c(path):
                found.append((path, number, "disabled code: delete it"))
    return found


HEAD = "// " + SPDX + "\n"
SAMPLES = [
    ("a tidy tree", {
        "a.c": HEAD + "int a;\n", "t": "#!/bin/sh\n# " + SPDX + "\n", "README.md": "# words\n",
        ".gitignore": "build/\n", "b.c": HEAD + "#if 01 // XXXX\n#endif\n"}, []),
    ("what the kernel prints", {"tests/boot/golden/a.txt": "blanks \n", "tests/boot/b.txt": "blanks \n"},
     ["tests/boot/b.txt:1", "tests/boot/b.txt:1"]),
    ("no licence line", {"a.c": "int a;\n", "Makefile": "all:\n", "tools/t": "#!/bin/sh\n"},
     ["a.c:1", "Makefile:1", "tools/t:1"]),
    ("notes and disabled code", {
        "a.c": HEAD + "// TO" + "DO: this\n#if 0\n#endif\nint a; // XX" + "X\n",
        "README.md": "FIX" + "ME\n"},
     ["a.c:2", "a.c:3", "a.c:5", "README.md:1"]),
    ("blanks and ends", {"a.c": HEAD + "int a; \n\t\nint b;"}, ["a.c:2", "a.c:3", "a.c:4"]),
]

if __name__ == "__main__":
    tree.main("tidy", check, SAMPLES, "licence lines, line ends, no notes, no disabled code")
