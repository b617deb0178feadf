#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# A static function has a name of its own, so that a backtrace tells where it is: no other function
# that can be linked into the same kernel has that name, static or public.
#
# Two files never meet if they are for different CPUs (a folder arm/, x86/ or host/, or the
# Makefile's lists of drivers) or for different page-table formats (a name that ends in _lpae, ...).
# Functions that a macro defines, such as the tests, are not looked at.
import re

import tree

# Programs of the host and of user space, and what is no part of a kernel.
NOT_THE_KERNEL = ("tests/host/", "tests/prove/", "tools/", "user/")
HOST = "host"

DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
QUOTED = re.compile(r'"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])*'")
ATTRIBUTE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\([^)]*\)[ \t]+__attribute__", re.M)
INNERMOST = re.compile(r"\([^()]*\)")
CALL = re.compile(r"(\w+)\s*\0")
DEFINED_BY_MACRO = re.compile(r"[A-Z0-9_]+\s*\0")
SYMBOL = re.compile(r"^\s*(?:\.globa?l|ENTRY)[\s(]+(\w+)", re.M)


class Machines:
    """The configurations that a file can be built for: 'arm-lpae', ..., 'host'."""

    def __init__(self, makefile):
        self.all = set(words(makefile, "CONFIGS")) | {HOST}
        self.cpus = {c.split("-")[0] for c in self.all}
        self.formats = {c.split("-")[1] for c in self.all if "-" in c}
        self.drivers = {f"drivers/{name}.c": cpu for cpu in self.cpus
                        for name in words(makefile, "DRIVERS_" + cpu)}

    def of(self, path):
        folders, name = path.split("/")[:-1], path.split("/")[-1]
        cpu = self.drivers.get(path) or next((f for f in folders if f in self.cpus), "")
        ending = name.rsplit(".", 1)[0].rsplit("_", 1)[-1]
        form = "-" + ending if "_" in name and ending in self.formats else ""
        return {c for c in self.all if c.split("-")[0].startswith(cpu) and c.endswith(form)}


def words(makefile, variable):
    match = re.search(rf"^{variable} *:= *((?:[^\n]*\\\n)*[^\n]*)", makefile, re.M)
    return match.group(1).replace("\\\n", " ").split() if match else []


def statements(code):
    """(line, text) of all that stands outside of braces and ends in a brace or a semicolon."""
    depth, start = 0, 0
    for match in re.finditer(r"[{};]", code):
        mark = match.group()
        if depth == 0 and mark != "}":
            text = code[start:match.end()]
            lead = len(text) - len(text.lstrip())
            yield code.count("\n", 0, start + lead) + 1, text.strip()
        depth += {"{": 1, "}": -1, ";": 0}[mark]
        if depth == 0:
            start = match.end()


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def functions(text, attributes):
    """(line, name, kind) of each function of a C file, kind: "static", "public" or "declared"."""
    code = tree.split_comments(text)[0]
    code = DIRECTIVE.sub(blank, QUOTED.sub(blank, code))
    for line, head in statements(code):
        while INNERMOST.search(head):
            head = INNERMOST.sub("\0", head)
        names = [n for n in CALL.findall(head) if n not in attributes]
        if not names or "=" in head or DEFINED_BY_MACRO.match(head):
            continue
        if not head.endswith("{"):
            yield line, names[0], "declared"
        else:
            yield line, names[0], "static" if re.search(r"\bstatic\b", head) else "public"


def definitions(files):
    """(path, line, name, is static)"""
    attributes = {"__attribute__"}
    for text in files.values():
        attributes.update(ATTRIBUTE.findall(text))
    for path, text in files.items():
        if not tree.is_c(path) or path.startswith(NOT_THE_KERNEL):
            continue
        if path.endswith(".S"):
            code = tree.split_comments(text)[0]
            for match in SYMBOL.finditer(code):
                yield path, code.count("\n", 0, match.start(1)) + 1, match.group(1), False
            continue
        found = list(functions(text, attributes))
        declared = {name for _, name, kind in found if kind == "declared"}
        for line, name, kind in found:
            # A header's stand-in for builds that leave out what it declares otherwise.
            if kind != "declared" and not (path.endswith(".h") and name in declared):
                yield path, line, name, kind == "static"


def check(files):
    machines = Machines(files.get("Makefile", ""))
    named = {}
    for path, line, name, static in definitions(files):
        named.setdefault(name, []).append((path, line, static))
    for name, places in named.items():
        for path, line, static in places:
            others = [f"{p}:{n}" for p, n, _ in places
                      if p != path and machines.of(p) & machines.of(path)]
            if static and others:
                yield path, line, f"{name}() is in {', '.join(others)} too"


MAKEFILE = ("CONFIGS := arm-lpae arm-short x86-pae\n"
            "DRIVERS_arm := uart/pl011 \\\n\trtc/pl031\nDRIVERS_x86 := uart/ns16550\n")
FIND = "static int find(int n)\n{\n\treturn n;\n}\n"
SAMPLES = [
    ("two names are fine", {"mm/a.c": FIND, "mm/b.c": FIND.replace("find", "b_find")}, []),
    ("the same name in two files", {"mm/a.c": FIND, "tests/mm/b.c": "\n" + FIND},
     ["mm/a.c:1", "tests/mm/b.c:2"]),
    ("a declaration, a call, a variable and a comment define nothing",
     {"mm/a.c": FIND, "mm/b.c": "static int find(int n);\nint x = find(2);\nstatic int find;\n"
                                "// static int find(int n) {\nstatic struct { int find; } find[] = {\n"
                                "\t{ find(1) },\n};\n"}, []),
    ("the name of a public function", {"mm/a.c": FIND, "lib/b.c": "int find(int n)\n{\n}\n"},
     ["mm/a.c:1"]),
    ("two public functions are the linker's business",
     {"mm/a.c": "int find(void)\n{\n}\n", "lib/b.c": "int find(void)\n{\n}\n"}, []),
    ("a name that assembly defines", {"arch/arm/a.c": FIND, "arch/arm/b.S": "\n.global find\nfind:\n"},
     ["arch/arm/a.c:1"]),
    ("an inline function of a header", {"include/mm/a.h": FIND.replace("int", "inline int", 1),
                                        "mm/b.c": '#include <mm/a.h>\n', "mm/c.c": FIND},
     ["include/mm/a.h:1", "mm/c.c:1"]),
    ("two variants by #if are one", {"mm/a.c": f"#if X\n{FIND}#else\n{FIND}#endif\n"}, []),
    ("attributes before and after the name, and arguments on more lines",
     {"mm/a.h": "#define __printf(a, b) __attribute__((format(printf, a, b)))\n",
      "mm/a.c": '__attribute__((section("x"))) static __printf(1, 2) void\nsay(const char *f,\n\t...)\n{\n}\n',
      "mm/b.c": "static void say(void) __attribute__((cold))\n{\n\tint a = '{';\n}\n",
      "mm/c.c": '#define S \\\n\tstatic void say(void) {\n'}, ["mm/a.c:1", "mm/b.c:1"]),
    ("a header's stand-in for what a build leaves out",
     {"include/mm/a.h": f"#if A\nint find(int n);\n#else\n{FIND}#endif\n",
      "mm/a.c": "int find(int n)\n{\n}\n"}, []),
    ("tests, which a macro names", {"tests/a.c": 'TEST("x")\n{\n}\n', "tests/b.c": 'TEST("x")\n{\n}\n'},
     []),
    ("other CPUs never meet", {"Makefile": MAKEFILE, "arch/arm/a.c": FIND, "boot/x86/a.c": FIND,
                               "arch/host/a.c": FIND}, []),
    ("one CPU's code meets generic code", {"Makefile": MAKEFILE, "arch/arm/a.c": FIND, "mm/a.c": FIND},
     ["arch/arm/a.c:1", "mm/a.c:1"]),
    ("other page-table formats never meet",
     {"Makefile": MAKEFILE, "arch/arm/a_lpae.c": FIND, "tests/mm/b_short.c": FIND,
      "arch/x86/c_pae.c": FIND}, []),
    ("the same format meets", {"Makefile": MAKEFILE, "arch/arm/a_lpae.c": FIND,
                               "tests/mm/b_lpae.c": FIND, "arch/arm/lpae.c": FIND},
     ["arch/arm/a_lpae.c:1", "arch/arm/lpae.c:1", "tests/mm/b_lpae.c:1"]),
    ("other CPUs' drivers never meet",
     {"Makefile": MAKEFILE, "drivers/uart/pl011.c": FIND, "drivers/uart/ns16550.c": FIND}, []),
    ("the same CPU's drivers meet",
     {"Makefile": MAKEFILE, "drivers/uart/pl011.c": FIND, "drivers/rtc/pl031.c": FIND,
      "arch/x86/a.c": FIND}, ["drivers/rtc/pl031.c:1", "drivers/uart/pl011.c:1"]),
    ("programs of the host are not the kernel",
     {"tests/host/a.c": FIND, "tools/b.c": FIND, "mm/a.c": FIND}, []),
]

if __name__ == "__main__":
    tree.main("statics", check, SAMPLES, "every static function has a name of its own")
