# SPDX-License-Identifier: MIT
# The ends of machines: off and restart work, or the kernel says that they do not, and how to leave.

import re

from harness import fdt, image
from harness.jobs import Job, build, config, defaults, symbols

HALTED = r"; halted[^\n]*\n"
LEAVE = r" \(Ctrl-A X leaves QEMU\)"


def says_so(context, machine, folder, typed, sentence, pattern):
    with context.guest(machine, folder, icount=False) as guest:
        if typed:
            guest.prompt()
            guest.send(typed + "\r")
        guest.expect(HALTED, "that it is halted")
        context.check(re.search(pattern, guest.text.replace("\r", ""), re.M), sentence,
                      f"no line like '{pattern}'", guest.text)


def off(context, machine, folder, sentence):
    """The machine goes, without a word about a missing switch."""
    with context.guest(machine, folder, icount=False) as guest:
        guest.prompt()
        guest.send("off\r")
        status = guest.finish()
        context.check(status == 0 and not re.search(HALTED, guest.text), sentence,
                      f"exit status {status}", guest.text)
        bare = re.findall(r"^.*[^\r]\n", guest.text, re.M)
        context.check("\r\n" in guest.text and not bare, f"{sentence}: every line ended with CR and LF",
                      f"one did not: {bare[:1]}", guest.text)


def pc_without_switch(context, target):
    """No ACPI tables, and only the 8259s' silence at the port of isa-debug-exit."""
    machine = context.machine(target, mem="64M", board_options="acpi=off")
    says_so(context, machine, "off", "off",
            f"ending: off without a power switch says so ({config(target, True)})",
            rf"^\[.*\] This machine has no power switch that the kernel knows; halted{LEAVE}$")
    for board in "pc", "q35":
        machine = context.machine(target, mem="64M")
        machine.board = board
        off(context, machine, board, f"ending: off switches {board} off ({config(target, True)})")


def arm_without_firmware(context, target):
    """Neither PSCI, by the device tree, nor semihosting."""
    for typed, append, pattern in (
            ("off", "", r"This machine has no power switch"),
            ("reboot", "", r"This machine cannot be restarted"),
            ("", "ktest=_harness:?passes", r"Nobody takes the exit status")):
        machine = context.machine(target, mem="128M", extra=["-semihosting-config", "enable=off"])
        folder = context.folder / (typed or "exit")
        folder.mkdir()
        root = fdt.parse(fdt.from_qemu(machine, folder / "qemu.dtb"))
        root.remove("psci")
        root.child("chosen").props["bootargs"] = append.encode() + b"\0"
        says_so(context, image.arm_loader(machine, folder, fdt.build(root)), folder.name, typed,
                f"ending: {typed or 'an exit status'} that nobody takes is told ({config(target, True)})",
                rf"^\[.*\] {pattern}.*; halted{LEAVE}$")


def psci(context, target):
    """Firmware answers as the device tree says: by HVC, by SMC; a PSCI of version 1.0 alone, too."""
    for what, options, change in (
            ("hvc", "", lambda node: None),
            ("smc", "virtualization=on", lambda node: None),
            ("psci-1.0", "", lambda node: node.props.update(compatible=b"arm,psci-1.0\0"))):
        folder = context.folder / what
        folder.mkdir()
        machine = context.machine(target, mem="128M", board_options=options,
                                  extra=["-semihosting-config", "enable=off"])
        root = fdt.parse(fdt.from_qemu(machine, folder / "qemu.dtb"))
        change(root.child("psci"))
        root.child("chosen").props["bootargs"] = b"\0"
        off(context, image.arm_loader(machine, folder, fdt.build(root)), what,
            f"ending: PSCI by {what} switches the machine off ({config(target, True)})")


def exception_at_the_end(context, target):
    """What is no unanswered call must not be skipped."""
    machine = context.machine(target, mem="64M")
    machine.kernel = image.trap_at(symbols(machine), machine, "psci_call", context.folder / "trap.img",
                                   image.ARM_BKPT)
    says_so(context, machine, "exception", "off",
            f"ending: an exception while the machine ends is told ({config(target, True)})",
            r"^\[.*\] An exception that cannot be skipped; halted$")


def arm(context, target):
    arm_without_firmware(context, target)
    psci(context, target)
    exception_at_the_end(context, target)


RUN = {"x86": pc_without_switch, "arm": arm}


def jobs(targets):
    return [Job(f"ending: machines without a switch ({config(target, True)})",
                lambda c, t=target: RUN[t.arch](c, t), builds=(build(target, True),))
            for target in defaults(targets)]
