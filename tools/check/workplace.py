#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# The project stands for itself: it mentions no place, paper or person of the workshop it is made in, for a
# reader has none of them.
import re

import tree

# Put together here so that this file does not find itself.
NAMES = [r"(?<![\w.])/wo" + r"rk\b", r"\bsha" + r"red/", r"\bclaims\." + "md", r"/tmp/pl" + "an",
         r"\bissues sh" + "ow", r"\bhelper ses" + "sion",
         r"\bissue \d", r"\bnote 0\d\d", r"\b(?:ANCH" + r"ORS|FAC" + r"TS|DES" + r"IGN|STY" + r"LE)\.md"]
NAME = re.compile("|".join(NAMES))


def check(files):
    return [(path, number, f"mentions the workplace: '{match.group()}'")
            for path, text in files.items() for number, line in tree.numbered(text)
            for match in NAME.finditer(line)]


SAMPLES = [
    ("ordinary words", {"a.c": "// work, /home/work, shared by all; claims: S136, build/workers\n"}, []),
    ("mentions", {"a.c": "int a;\n// see /wo" + "rk/x\n", "README.md": "see sha" + "red/x\n",
                  "docs/a.md": "\nrow 3 of claims." + "md\n",
                  "b.c": "// as iss" + "ue 2 wants\n// an issue\n// see STY" + "LE.md\n// no" + "te 004:8\n"},
     ["a.c:2", "README.md:1", "docs/a.md:2", "b.c:1", "b.c:3", "b.c:4"]),
]

if __name__ == "__main__":
    tree.main("workplace", check, SAMPLES, "no mention of where it was made")
