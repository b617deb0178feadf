# SPDX-License-Identifier: MIT
# The changes that are known to change nothing: tools/mutants-equivalent.
#
# An entry is a file and a function, the lines as they are, the lines as they would be, and why nobody can
# tell the two apart. It holds wherever in the function the lines are.
"""Equivalents, and diff() of a change."""

import difflib
import re
from pathlib import Path

from mutation import sites

LIST = Path(__file__).resolve().parents[1] / "mutants-equivalent"


def changed(before, after):
    """The lines of two texts that differ, without their blanks: (old, new)."""
    old, new = before.splitlines(), after.splitlines()
    rows = [row for row in difflib.SequenceMatcher(None, old, new, False).get_opcodes() if row[0] != "equal"]
    return (tuple(line.strip() for _, a, b, _, _ in rows for line in old[a:b] if line.strip()),
            tuple(line.strip() for _, _, _, a, b in rows for line in new[a:b] if line.strip()))


def key(change, source):
    """What an entry of the list must be equal to."""
    return (change.path, change.function, *changed(source, sites.apply(source, change)))


def diff(change, source):
    lines = difflib.unified_diff(source.splitlines(), sites.apply(source, change).splitlines(),
                                 f"a/{change.path}", f"b/{change.path}", n=2, lineterm="")
    return [f"{line} {change.function}()" if line.startswith("@@") else line for line in lines]


def parse(text):
    """{key: reason}; raises ValueError for what is no entry."""
    entries = {}
    blocks = re.sub(r"^#.*\n", "", text, flags=re.M).split("\n\n")
    for block in filter(None, (block.strip("\n") for block in blocks)):
        head, *lines = block.split("\n")
        words = head.split()
        old = tuple(line[1:].strip() for line in lines if line.startswith("-"))
        new = tuple(line[1:].strip() for line in lines if line.startswith("+"))
        reason = " ".join(line.strip() for line in lines if line[:1] == " ")
        if len(words) != 2 or not old or not reason:
            raise ValueError(f"not an entry (FILE FUNCTION, - lines, + lines, reason): {head}")
        entries[(words[0], words[1], old, new)] = reason
    return entries


def stale(entries, read):
    """Entries whose old lines are no longer in their file. read(path): the file's text, or None."""
    found = []
    for path, function, old, new in entries:
        lines = {line.strip() for line in (read(path) or "").splitlines()}
        if not lines.issuperset(old):
            found.append((path, function, old))
    return found


def load():
    return parse(LIST.read_text(encoding="utf-8"))
