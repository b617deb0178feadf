#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# What documents and comments refer to exists: files, make targets, and, in backticks, functions and
# other names of the code. A line that speaks of Linux may mean Linux's.
#
# In documents: links, and the words of `code`; in their code blocks only commands of make.
# In comments: words that are paths, and the words of `code`.
import fnmatch
import io
import posixpath
import re
import tokenize

import tree

SOURCE = r"\.(?:c|h|S|py|sh|md|gdb|dts)"
LINK = re.compile(r"\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`]+)`")
NAME = re.compile(r"[A-Za-z_]\w*\(\)|[A-Za-z]\w*_\w+")
PATH = re.compile(r"[\w.<>{},*?/-]*[\w>}*/]")
LONE_FILE = re.compile(r"[\w.<>{},*-]+" + SOURCE)
MAKE = re.compile(r"(?:\$ )?(?:[A-Z_]+=\S+ )*make\b(.*)")
TARGETS = re.compile(r"([A-Za-z][\w./%-]*(?: +[A-Za-z][\w./%-]*)*) *:(?!=)")
ARTEFACTS = ("build/",)
CLAIMS = "docs/claims.md"  # quotes what is said of Linux: its names need not be ours
CMDLINE = "docs/cmdline.md"
WORDS = "kernel/cmdline.c"
WORD = re.compile(r'\{ "([\w.]+)", p_\w+ \}')
CITED = re.compile(r'"((?:[SWC]\d{2,3} )+)')


class Known:
    """Everything that can be referred to."""

    def __init__(self, files):
        self.files = set(files)
        self.folders = {posixpath.dirname(p) for p in files}
        for folder in list(self.folders):
            while folder:
                folder = posixpath.dirname(folder)
                self.folders.add(folder)
        self.tops = {p.split("/")[0] for p in files if "/" in p}
        self.tops |= {p.split("/")[1] for p in files if p.startswith("include/")}
        self.words, self.targets = set(), set()
        for path, text in files.items():
            if path.endswith(".md"):
                continue
            code = tree.split_comments(text)[0] if tree.is_c(path) else text
            self.words.update(re.findall(r"[A-Za-z_]\w*", code))
        for line in files.get("Makefile", "").split("\n"):
            match = TARGETS.match(line)
            if match:
                self.targets.update(match.group(1).split())

    def target(self, wanted):
        return any(fnmatch.fnmatchcase(wanted, t.replace("%", "?*")) or
                   fnmatch.fnmatchcase(t, wanted) for t in self.targets)

    def path(self, wanted, near):
        wanted = wanted.rstrip("/")
        for pattern in braces(re.sub(r"<[^>]*>", "*", wanted)):
            places = [posixpath.normpath(posixpath.join(folder, pattern))
                      for folder in ("", "include", near)]
            if not any(fnmatch.fnmatchcase(p, place) for place in places
                       for p in self.files | self.folders):
                return False
        return True

    def lone_file(self, wanted):
        return any(fnmatch.filter([posixpath.basename(p) for p in self.files], pattern)
                   for pattern in braces(wanted))


def braces(text):
    """a{b,c} -> ab, ac."""
    match = re.match(r"(.*?)\{([^{}]*)\}(.*)", text)
    if not match:
        return [text]
    head, middle, tail = match.groups()
    return [head + m + t for m in middle.split(",") for t in braces(tail)]


def missing_target(known, command):
    """The first target of this make command that does not exist, or None."""
    match = MAKE.match(command.strip())
    for word in match.group(1).split("#")[0].split() if match else []:
        if word in ("&&", "||", "|", ";", ">", "..."):
            break
        if "=" in word or not re.fullmatch(r"[a-z][\w*<>|-]*", word):
            continue
        for one in braces(re.sub(r"<[^>]*>", "*", word)):
            if not known.target(one):
                return word
    return None


def missing_path(known, word, near, in_code):
    """This word, if it is a path of the tree that does not exist, else None."""
    word = re.sub(r":\d+$", "", word.strip("()[],;:'\"").rstrip(".?!"))
    if "/" not in word:
        lone = in_code and LONE_FILE.fullmatch(word)
        return word if lone and not known.lone_file(word) else None
    if not PATH.fullmatch(word) or word.startswith(("/", "-", "..", "~", "<") + ARTEFACTS):
        return None
    ours = word.split("/")[0] in known.tops
    is_file = re.search(SOURCE + "$", word)
    program = word.startswith(("tools/", "tests/"))
    if (is_file and (ours or in_code)) or (ours and (in_code or program)):
        return None if known.path(word, near) else word
    return None


def check_span(known, span, near):
    """What is wrong with `span`, or None."""
    target = missing_target(known, span)
    if target:
        return f"no make target '{target}'"
    for word in span.split():
        path = missing_path(known, word, near, True)
        if path:
            return f"no file '{path}'"
    if NAME.fullmatch(span) and span.rstrip("()") not in known.words:
        return f"'{span}' is not in the code"
    return None


def check_document(known, path, text):
    near, fenced = posixpath.dirname(path), False
    for number, line in tree.numbered(text):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        if fenced or line.startswith("    "):
            target = missing_target(known, line)
            if target:
                yield path, number, f"no make target '{target}'"
            continue
        for link in LINK.findall(line):
            link = link.split("#")[0]
            if link and "://" not in link and not known.path(link, near):
                yield path, number, f"no file '{link}'"
        if "Linux" not in line:
            for span in SPAN.findall(line):
                what = check_span(known, span, near)
                if what:
                    yield path, number, what


def comment_lines(path, text):
    if tree.is_c(path):
        return tree.numbered(tree.split_comments(text)[1])
    if path.endswith(".py"): # a line in a string may start with '#' too
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        return [(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]
    return [(n, line) for n, line in tree.numbered(text) if line.lstrip().startswith("#")]


def check_comments(known, path, text):
    near = posixpath.dirname(path)
    for number, line in comment_lines(path, text):
        if not line.strip() or "Linux" in line:
            continue
        for span in SPAN.findall(line):
            what = check_span(known, span, near)
            if what:
                yield path, number, what
        for word in SPAN.sub(" ", line).split():
            gone = missing_path(known, word, near, False)
            if gone:
                yield path, number, f"no file '{gone}'"


def check_claims(path, text, claims):
    """The numbers that tests cite are rows of the list of statements."""
    for number, line in tree.numbered(text):
        for cited in CITED.findall(line):
            for name in cited.split():
                if name not in claims:
                    yield path, number, f"{name} is not in {CLAIMS}"


def check_words(path, text, document):
    """Each word of the kernel's command line is in its document."""
    for number, line in tree.numbered(text):
        for word in WORD.findall(line):
            if f"| `{word}" not in document:
                yield path, number, f"the word {word} is not in {CMDLINE}"


def check(files):
    known, found = Known(files), []
    claims = set(re.findall(r"^\| ([SWC]\d+) \|", files.get(CLAIMS, ""), re.M))
    for path, text in files.items():
        if path.startswith("tests/"):
            found += check_claims(path, text, claims)
        if path == WORDS:
            found += check_words(path, text, files.get(CMDLINE, ""))
        if path == CLAIMS:
            continue
        if path.endswith(".md"):
            found += check_document(known, path, text)
        elif tree.is_c(path) or path.endswith((".py", ".sh")) or path == "Makefile" or \
                text.startswith("#!"):
            found += check_comments(known, path, text)
    return found


TREE = {"Makefile": "run-arm: ## x\nbuild-%:\n\techo\ntest: all\nB := x\n", "tools/setup": "#!/bin/sh\n",
        "mm/page.c": "int page_alloc(void);\n", "mm/buddy.c": "int x; // page_lost()\n",
        "include/mm/addr.h": "#define PAGE_SIZE 1\n", "docs/a.md": ""}
SAMPLES = [
    ("a document whose references hold", {**TREE, "README.md":
        "See [a](docs/a.md#x), [web](https://a.b/c.md), `mm/page.c:12`, `mm/{page,buddy}.c`, `mm/`,\n"
        "`page.c`, `mm/addr.h`, `page_alloc()`, `PAGE_SIZE`, `mm/*.c`, `/proc/x.c`, `build/x/y.c`,\n"
        "`make run-arm MEM=1G`, `make build-x86`, `make run-*`, `tools/setup arm`, `crash KIND`,\n"
        "Linux's `mm/slub.c` and `get_user_pages()`; `MEM=`\n"
        "```\nmake test   # why not\nCI=1 make test\nls mm/gone.c\n```\n"}, []),
    ("a document whose references do not", {**TREE, "README.md":
        "[a](docs/b.md)\n`mm/gone.c`\n`gone.c`\n`gone()`\n`PAGE_GONE`\n`make gone`\n`tools/gone arm`\n"
        "```\nmake gone\n```\n`page_lost()`\n`mm/{page,gone}.c`\n`gone-*/x.c`\n    make gone\n"
        "`make gone-*`\n`gone/`\n`mm/gone/`\n"},
     [f"README.md:{n}" for n in (1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14, 15, 17)]),
    ("tests that cite statements", {**TREE, "docs/claims.md": "| S001 | a `gone()` | 000:1 | |\n",
        "tests/a.c": 'TEST("S001 holds")\nTEST("S001 W99 holds")\n', "tests/boot/a.py": 'f"S002 x"\n'},
     ["tests/a.c:2", "tests/boot/a.py:1"]),
    ("words of the command line", {**TREE, "docs/cmdline.md": "| `mem=SIZE` | x |\n",
        "kernel/cmdline.c": '{ "mem", p_mem },\n{ "quiet", p_quiet },\n'}, ["kernel/cmdline.c:2"]),
    ("comments", {**TREE,
        "mm/a.c": "// see mm/page.c, mm/addr.h, and/or arm/x86 (mm/buddy.c).\nchar *s = \"mm/gone.c\";\n"
                  "/* see\n * mm/gone.c: */\n// `make gone`\n// `gone_fn()`\n// Linux: mm/gone.c\n",
        "tools/t": "#!/bin/sh\n# tools/setup, then tools/gone\nls mm/gone.c\n",
        "tools/t.py": "a = \"\"\"\n# mm/gone.c\n\"\"\" # mm/page.c, mm/gone.c\n"},
     ["mm/a.c:4", "mm/a.c:5", "mm/a.c:6", "tools/t:2", "tools/t.py:3"]),
]

if __name__ == "__main__":
    tree.main("references", check, SAMPLES, "what documents and comments refer to exists")
