# SPDX-License-Identifier: MIT
# Boots with odd input from the boot loader, and the two ways they may go: a clear line and a stop, or a
# clear line and a kernel that works.
"""What tests of boot loaders' input share."""

import re

from harness import fdt
from harness.guest import qemu

PANIC = "Kernel panic - not syncing: "
# A test that passes: the kernel has gone on, and works.
GOES_ON = "ktest=_harness:?passes"


def stops(context, machine, sentence, pattern):
    """The kernel says why in one line, and stops with a failure."""
    with context.guest(machine) as guest:
        status = guest.finish()
        said = [line for line in guest.text.replace("\r", "").splitlines()
                if re.search(pattern, line)]
        context.check(said and status == qemu.EXIT_PANIC, sentence,
                      f"no line like '{pattern}'" if not said else f"exit status {status}",
                      guest.text)


def goes_on(context, machine, sentence, pattern):
    """The kernel says what it does without, in one line, and runs."""
    with context.guest(machine) as guest:
        status = guest.finish()
        text = guest.text.replace("\r", "")
        said = re.findall(rf"^.*(?:{pattern}).*$", text, re.M)
        context.check(len(said) == 1 and status == qemu.EXIT_OK, sentence,
                      f"{len(said)} lines like '{pattern}', exit status {status}", text)


def machine_tree(context, machine):
    """QEMU's device tree of this machine, as a tree; /chosen asks for a test that passes."""
    root = fdt.parse(fdt.from_qemu(machine, context.folder / "qemu.dtb"))
    root.child("chosen").props["bootargs"] = GOES_ON.encode() + b"\0"
    return root
