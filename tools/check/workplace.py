#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# The project stands for itself: it mentions no place, paper or person of the workshop it is made in.
import re

import tree

# Put together here so that this file does not find itself.
NAMES = [r"(?<![\w.])/wo" + r"rk\b", r"\bsha" + r"red/", r"\bclaims\." + "md", r"/tmp/pl" + "an",
         r"\bissues sh" + "ow", r"\bhelper ses" + "sion"]
NAME = re.compile("|".join(NAMES))


def check(files):
    return [(path, number, f"mentions the workplace: '{match.group()}'")
            for path, text in files.items() for number, line in tree.numbered(text)
            for match in NAME.finditer(line)]


SAMPLES = [
    ("ordinary words", {"a.c": "// work, /home/work, shared by all; claims: S136, build/workers\n"}, []),
    ("mentions", {"a.c": "int a;\n// see /wo" + "rk/x\n", "README.md": "see sha" + "red/x\n",
                  "docs/a.md": "\nrow 3 of claims." + "md\n"},
     ["a.c:2", "README.md:1", "docs/a.md:2"]),
]

if __name__ == "__main__":
    tree.main("workplace", check, SAMPLES, "no mention of where it was made")
