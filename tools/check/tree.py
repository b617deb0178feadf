# SPDX-License-Identifier: MIT
# What the checks share: the files of the tree, taking comments apart from code, the self-test, and
# the way to report.
#
# A check is a function from a tree, a dict of path -> text, to findings (path, line, what). Run
# without arguments it sees the real tree; with --selftest it sees small made-up trees, and must
# find in each exactly the lines that its author expects.
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def paths():
    """Every file that is or would be in the history: what .gitignore names is not."""
    git = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    if git.returncode == 0:
        found = git.stdout.splitlines()
    else:
        found = []
        for folder, folders, names in os.walk(ROOT):
            folders[:] = [f for f in folders if f not in (".git", "build", "__pycache__")]
            found += [os.path.relpath(os.path.join(folder, n), ROOT) for n in names]
    return sorted(p for p in set(found) if os.path.isfile(os.path.join(ROOT, p)))


def load():
    tree = {}
    for path in paths():
        with open(os.path.join(ROOT, path), "rb") as file:
            data = file.read()
        if b"\0" not in data:
            tree[path] = data.decode("utf-8", "replace")
    return tree


def is_c(path):
    return path.endswith((".c", ".h", ".S"))


TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def split_comments(text):
    """C text -> (code, comments): both with the lines where they were, the other part blank."""
    def blank(part):
        return re.sub(r"[^\n]", " ", part)

    code, comments, end = [], [], 0
    for token in TOKEN.finditer(text):
        before, word = text[end:token.start()], token.group()
        comment = word.startswith(("//", "/*"))
        code += [before, blank(word) if comment else word]
        comments += [blank(before), word if comment else blank(word)]
        end = token.end()
    return "".join(code + [text[end:]]), "".join(comments + [blank(text[end:])])


def numbered(text):
    return enumerate(text.split("\n"), 1)


def selftest(name, check, samples):
    wrong = 0
    for sentence, tree, expected in samples:
        found = sorted(f"{path}:{line}" for path, line, _ in check(tree))
        if found != sorted(expected):
            wrong += 1
            print(f"check {name}: self-test: {sentence}: expected {expected}, found {found}")
    print(f"check {name}: self-test: {len(samples) - wrong} of {len(samples)} samples right")
    return 1 if wrong else 0


def main(name, check, samples, summary):
    """summary: what holds when there are no findings."""
    if sys.argv[1:] == ["--selftest"]:
        sys.exit(selftest(name, check, samples))
    if sys.argv[1:]:
        sys.exit(f"usage: tools/check/{name}.py [--selftest]")
    tree = load()
    found = sorted(set(check(tree)))
    for path, line, what in found:
        print(f"{path}:{line}: {what}")
    print(f"check {name}: " + (f"{len(found)} findings" if found else summary))
    sys.exit(1 if found else 0)
