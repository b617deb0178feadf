#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# C files look as .clang-format says, by any clang-format from 14 on; with --fix they are made so
# (make format).
#
# The options there are those that versions 14 to 19 read alike. What is left of their differences
# is not judged: in a macro, the old ones take (a) - 1 for a cast and write (a)-1.
import concurrent.futures
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile

import tree

OLDEST = 14
LIKE_CAST = re.compile(r"\) ?([&*+-]) ?(?=[\w(~])")


def run_clang_format(top, paths):
    """Rewrites these files below top. One process for many: its start costs more than a file."""
    run = subprocess.run(["clang-format", "--style=file", "-i", *paths], cwd=top, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode != 0:
        raise SystemExit(f"clang-format failed: {run.stdout.strip()}")


def formatted(files):
    """{path: text} as clang-format writes it."""
    with tempfile.TemporaryDirectory() as top:
        shutil.copy(os.path.join(tree.ROOT, ".clang-format"), top)
        for path, text in files.items():
            os.makedirs(os.path.join(top, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(top, path), "w", encoding="utf-8") as file:
                file.write(text)
        paths, count = sorted(files), os.cpu_count()
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            list(pool.map(lambda n: run_clang_format(top, paths[n::count]), range(min(count, len(paths)))))
        return {path: open(os.path.join(top, path), encoding="utf-8").read() for path in paths}


def same_to_all(line):
    """The line without what the versions disagree about."""
    return LIKE_CAST.sub(r")\1", line).replace("return )", "return)")


def fixed(text, wanted):
    """The text as it should be: clang-format's lines, but the author's where they are as good."""
    if text == wanted:
        return text
    ours, theirs = text.split("\n"), wanted.split("\n")
    match = difflib.SequenceMatcher(None, [same_to_all(l) for l in ours],
                                    [same_to_all(l) for l in theirs], autojunk=False)
    result = []
    for kind, a, b, c, d in match.get_opcodes():
        result += ours[a:b] if kind == "equal" else theirs[c:d]
    return "\n".join(result)


def first_difference(a, b):
    a, b = a.split("\n"), b.split("\n")
    for number, (x, y) in enumerate(zip(a, b), 1):
        if x != y:
            return number, y
    return min(len(a), len(b)), "(another number of lines)"


def all_fixed(files):
    """(path, text, text as it should be) of each C file that is not as it should be."""
    c_files = {p: t for p, t in files.items() if p.endswith((".c", ".h"))}
    wanted = formatted(c_files)
    better = ((path, text, fixed(text, wanted[path])) for path, text in c_files.items())
    return [(path, text, new) for path, text, new in better if text != new]


def check(files):
    found = []
    for path, text, better in all_fixed(files):
        line, wanted = first_difference(text, better)
        found.append((path, line, f"format: expected '{wanted.strip()}' (make format)"))
    return found


def fix():
    for path, _, better in all_fixed(tree.load()):
        print(f"  FORMAT  {path}")
        with open(os.path.join(tree.ROOT, path), "w", encoding="utf-8") as file:
            file.write(better)


def old_version():
    try:
        text = subprocess.run(["clang-format", "--version"], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
    except FileNotFoundError:
        return "clang-format is missing: tools/setup check"
    version = re.search(r"version (\d+)", text)
    if not version or int(version.group(1)) < OLDEST:
        return f"clang-format {OLDEST} or later is needed: {text.strip()}"
    return None


SAMPLES = [
    ("right", {"kernel/a.c": "int f(int a)\n{\n\treturn a + 1;\n}\n"}, []),
    ("blanks instead of a tab", {"kernel/a.c": "int f(int a)\n{\n    return a + 1;\n}\n"},
     ["kernel/a.c:3"]),
    ("a brace at the wrong place", {"include/a.h": "int f(int a) {\n\treturn a;\n}\n"},
     ["include/a.h:1"]),
    ("a line too many", {"kernel/a.c": "int a;\n\n\n\nint b;\n"}, ["kernel/a.c:3"]),
    ("what the versions disagree about",
     {"a.c": "#define A(x) ((x) & 1)\n", "b.c": "#define A(x) ((x)&1)\n"}, []),
    ("assembly is left alone", {"arch/a.S": "  f:  nop\n"}, []),
]

if __name__ == "__main__":
    problem = old_version()
    if problem:
        raise SystemExit(problem)
    if sys.argv[1:] == ["--fix"]:
        fix()
    else:
        tree.main("format", check, SAMPLES, "all C is formatted")
