#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# The list of equivalent changes fits the sources, and tools/mutants makes the changes that it says.
import os
import sys

import tree

sys.path.insert(0, os.path.join(tree.ROOT, "tools"))
sys.dont_write_bytecode = True
from mutation import equivalent, sites  # noqa: E402

LIST = "tools/mutants-equivalent"


def check(files):
    text = files.get(LIST, "")
    try:
        entries = equivalent.parse(text)
    except ValueError as error:
        return [(LIST, 1, str(error))]
    lines = [line.strip() for line in text.split("\n")]
    return [(LIST, lines.index(f"{path} {function}") + 1, f"{path} has no such line any more: {old[0]}")
            for path, function, old in equivalent.stale(entries, files.get)]


C = "int f(int a)\n{\n\tif (a < 2)\n\t\treturn -EINVAL;\n\treturn a;\n}\n"
ENTRY = "lib/a.c f\n-\tif (a < 2)\n+\tif (a <= 2)\n  Two is never passed.\n"

SAMPLES = [
    ("an entry whose line is there", {"lib/a.c": C, LIST: "# words\n" + ENTRY}, []),
    ("an entry whose line has changed", {"lib/a.c": C.replace("2", "3"), LIST: "# words\n" + ENTRY}, [f"{LIST}:2"]),
    ("an entry whose file is gone", {LIST: ENTRY}, [f"{LIST}:1"]),
    ("an entry without a reason", {"lib/a.c": C, LIST: ENTRY.replace("  Two is never passed.\n", "")}, [f"{LIST}:1"]),
]

# (operator, a line of a function, what it becomes)
OPERATORS = [
    ("comparison off by one", "if (a < b)", "if (a <= b)"),
    ("opposite comparison", "x = a == b;", "x = a != b;"),
    ("&& for ||", "return a && b;", "return a || b;"),
    ("+ for -", "x = a + b;", "x = a - b;"),
    ("& for |", "x = a & b;", "x = a | b;"),
    ("shift the other way", "x = a << b;", "x = a >> b;"),
    ("compound assignment", "x += b;", "x -= b;"),
    ("++ for --", "x++;", "x--;"),
    ("wrong rounding or end", "x = PFN_UP(a);", "x = PFN_DOWN(a);"),
    ("wrong right or flag", "map(a, PT_WRITE);", "map(a, 0);"),
    ("dropped flag", "map(a | PT_EXEC);", "map(a);"),
    ("wrong errno", "x = -ENOMEM;", "x = -EINVAL;"),
    ("error becomes success", "return -ENOMEM;", "return 0;"),
    ("constant off by one", "x = a[7];", "x = a[7];"),
    ("constant off by one", "x = a * 7;", "x = a * 8;"),
    ("wrong truth", "x = true;", "x = false;"),
    ("dropped !", "x = !a;", "x = a;"),
    ("negated condition", "if (a)", "if (!(a))"),
    ("dropped error path", "if (a)\n\t\treturn;", "if ((a) && 0)\n\t\treturn;"),
    ("swapped arguments", "put(a, b);", "put(b, a);"),
    ("swapped choices", "x = a ? b : c;", "x = a ? c : b;"),
    ("dropped assignment", "x = a;", "(void)0;"),
    ("dropped flush", "flush_tlb_all();", "(void)0;"),
    ("dropped unlock or free", "spin_unlock(&lock);", "(void)0;"),
    ("dropped unlock or free", "spin_unlock_irqrestore(&lock, flags);", "(void)flags;"),
    ("dropped call", "note(a);", "(void)a;"),
    ("dropped jump", "break;", "(void)0;"),
    ("wrong result", "return a;", "return 0;"),
    ("early return", "put(a);", "return; put(a);"),
    ("none", "BUG_ON(a < b);", "BUG_ON(a < b);"),
    ("none", "dsb();", "dsb();"),
    ("none", "const int x = 0;", "const int x = 0;"),
]


def made(operator, line):
    """The lines that an operator makes of one."""
    source = f"void f(void)\n{{\n\tfirst(0x1);\n\t{line}\n}}\n"
    start = source.index(line)
    return {sites.apply(source, c)[start:-3] for c in sites.find("lib/a.c", source)
            if c.operator == operator and c.start >= start}


def operators():
    wrong = [(operator, line, made(operator, line)) for operator, line, wanted in OPERATORS
             if made(operator, line) != ({wanted} - {line})]
    for operator, line, seen in wrong:
        print(f"check mutants: self-test: {operator} makes {sorted(seen)} of: {line}")
    print(f"check mutants: self-test: {len(OPERATORS) - len(wrong)} of {len(OPERATORS)} changes right")
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--selftest"] and operators():
        sys.exit(1)
    tree.main("mutants", check, SAMPLES, "the list of equivalent changes fits the sources")
