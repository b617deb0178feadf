#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Who may include whom. A file may include headers of its own layer and of those below:
#
#   L0 include/abi < L1 lib < L2 arch contract < L3 kernel base < L4 mm < L5 threads, IPC, system
#   calls < L6 drivers (only L0-L3, and ways to memory) < L7 boot, kernel/main.c, tests
#
# Generic code reaches an architecture's headers (asm/) through include/arch alone.
import fnmatch
import posixpath
import re

import tree

# The first row that matches decides; '*' matches '/' as well.
LAYERS = [
    ("include/abi/*", 0),
    ("include/lib/*", 1), ("lib/*", 1),
    ("include/arch/*", 2), ("arch/*/include/asm/*", 2),
    ("include/mm/*", 4), ("mm/*", 4), ("arch/*", 4),
    ("include/drivers/*", 6), ("drivers/*", 6),
    ("kernel/main.[ch]", 7), ("kernel/debug/*", 7), ("kernel/proc.c", 7), ("kernel/sched/*", 5),
    # Hands each word of the command line to whom it concerns.
    ("kernel/cmdline.c", 7),
    # Explains a fault, page walk included: above mm, below nobody but the arch's handlers.
    ("kernel/oops.c", 5),
    ("boot/*", 7), ("linker/*", 7), ("tests/*", 7),
] + [(f"include/kernel/{name}.h", 5)
     for name in ("thread", "sched", "task", "file", "ipc", "notify", "pager", "syscall", "elf")
] + [("include/kernel/*", 3), ("kernel/*", 3)]

# What a driver may use of mm: memory for itself, and its registers mapped.
DRIVERS_MAY = {"include/mm/addr.h", "include/mm/dma.h", "include/mm/gfp.h", "include/mm/ioremap.h",
               "include/mm/resource.h", "include/mm/slab.h"}

# The compiler's own headers: all that a freestanding program has.
FREESTANDING = {"float.h", "iso646.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h",
                "stddef.h", "stdint.h", "stdnoreturn.h", "stdatomic.h"}

# Programs of the host and of user space have their own rules and libraries.
NOT_THE_KERNEL = ("arch/host/", "tests/host/", "tools/", "user/")

INCLUDE = re.compile(r'\s*#\s*include\s+([<"])([^>"]+)[>"]')


def layer(path):
    for pattern, number in LAYERS:
        if fnmatch.fnmatchcase(path, pattern):
            return number
    return None


def resolve(files, path, quote, name):
    """The file in the tree that is meant, or None."""
    near = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    candidates = [near, "tests/support/" + name] if quote == '"' else []
    candidates += ["include/" + name, name]
    candidates += sorted(f for f in files if fnmatch.fnmatchcase(f, "arch/*/include/" + name))
    return next((c for c in candidates if c in files), None)


def wrong_include(files, path, quote, name):
    """What is wrong with this #include, or None."""
    target = resolve(files, path, quote, name)
    if target is None:
        return None if name in FREESTANDING else f"includes {name}, which is not in the tree"
    # A driver is linked only where its device is, so it may use that machine's ports.
    arch_code = path.startswith(("arch/", "include/arch/", "boot/", "linker/", "drivers/",
                                 "include/drivers/", "tests/arch/"))
    if name.startswith("asm/") and not arch_code:
        return f"includes {name}: generic code takes <arch/{name[4:]}>"
    mine, other = layer(path), layer(target)
    if other is None:
        return f"includes {target}, which is in no layer"
    if mine == 6 and 4 <= other < 6 and target not in DRIVERS_MAY:
        return f"a driver includes {target}; of mm it may use {', '.join(sorted(DRIVERS_MAY))}"
    if other > mine:
        return f"layer {mine} includes {target} of layer {other}"
    return None


def check(files):
    found = []
    for path, text in files.items():
        if not tree.is_c(path) or path.startswith(NOT_THE_KERNEL):
            continue
        if layer(path) is None:
            found.append((path, 1, "is in no layer: add its folder to tools/check/layers.py"))
            continue
        for number, line in tree.numbered(tree.split_comments(text)[0]):
            match = INCLUDE.match(line)
            what = match and wrong_include(files, path, *match.groups())
            if what:
                found.append((path, number, what))
    return found


HEADERS = {"include/abi/errno.h": "", "include/lib/list.h": "", "include/arch/cpu.h": "",
           "include/kernel/printk.h": "", "include/mm/pgtable.h": "", "include/mm/slab.h": "",
           "include/kernel/thread.h": "", "include/drivers/uart.h": "", "boot/early.h": "",
           "arch/arm/include/asm/cpu.h": "", "arch/x86/include/asm/cpu.h": ""}
SAMPLES = [
    ("downwards is fine", {**HEADERS,
        "mm/a.c": "#include <abi/errno.h>\n#include <kernel/printk.h>\n#include <stddef.h>\n",
        "kernel/main.c": "#include <boot/early.h>\n#include <mm/pgtable.h>\n",
        "drivers/uart/a.c": "#include <drivers/uart.h>\n#include <mm/slab.h>\n",
        "include/arch/x.h": "#include <asm/cpu.h>\n",
        "arch/arm/a.c": "#include <asm/cpu.h>\n#include <mm/pgtable.h>\n"}, []),
    ("upwards is found", {**HEADERS,
        "lib/a.c": "#include <lib/list.h>\n#include <arch/cpu.h>\n",
        "kernel/printk.c": "// why\n# include <mm/pgtable.h> // why\n",
        "mm/a.c": "#include <kernel/thread.h>\n",
        "arch/arm/a.c": "#include <kernel/thread.h>\n",
        "include/mm/x.h": "#include <drivers/uart.h>\n"},
     ["lib/a.c:2", "kernel/printk.c:2", "mm/a.c:1", "arch/arm/a.c:1", "include/mm/x.h:1"]),
    ("a driver takes little of mm", {**HEADERS,
        "drivers/uart/a.c": "#include <mm/pgtable.h>\n#include <kernel/thread.h>\n"},
     ["drivers/uart/a.c:1", "drivers/uart/a.c:2"]),
    ("asm/ only by way of include/arch", {**HEADERS, "mm/a.c": "#include <asm/cpu.h>\n"},
     ["mm/a.c:1"]),
    ("a libc's header is found", {**HEADERS, "lib/a.c": "#include <stdio.h>\n"}, ["lib/a.c:1"]),
    ("a commented include is none", {**HEADERS, "lib/a.c": "// #include <mm/pgtable.h>\n"}, []),
    ("by quotes, too", {**HEADERS, "lib/a.c": '#include "../include/mm/pgtable.h"\n'},
     ["lib/a.c:1"]),
    ("a folder without a layer", {"net/a.c": ""}, ["net/a.c:1"]),
]

if __name__ == "__main__":
    tree.main("layers", check, SAMPLES, "every include goes downwards")
