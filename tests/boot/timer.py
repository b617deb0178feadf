# SPDX-License-Identifier: MIT
# Which timer ticks, as timer= and the machine say.

import re
import struct

from harness import fdt, image
from harness.guest import qemu
from harness.jobs import Job, build, config, defaults

# (arch, options of the machine, what timer= says, lines that must be there)
CASES = [
    ("x86", {}, "", (r"clocksource: hpet at 100000000 Hz",)),
    ("x86", {}, "timer=hpet", (r"clocksource: hpet at 100000000 Hz",)),
    ("x86", {}, "timer=pit", (r"clocksource: pit at 1193182 Hz",)),
    ("x86", {}, "timer=sundial", (r"timer=sundial: this machine has none of that name, hpet ticks$",)),
    ("arm", {}, "timer=sundial", (r"timer=sundial: this machine has none of that name, \w+ ticks$",)),
    ("x86", {"board_options": "hpet=off"}, "", (r"clocksource: pit at",)),
    ("x86", {"board_options": "hpet=off"}, "timer=hpet",
     (r"timer=hpet: this machine has none of that name, pit ticks$", r"clocksource: pit at")),
]


def run(context, target):
    for number, (arch, options, word, lines) in enumerate(CASES):
        if arch != target.arch:
            continue
        machine = context.machine(target, mem="64M", append=f"{word} ktest=kernel:*tick*".strip(),
                                  **options)
        with context.guest(machine, f"{number}") as guest:
            status = guest.finish()
            text = guest.text.replace("\r", "")
            missing = [line for line in lines if not re.search(line, text, re.M)]
            where = " ".join(filter(None, [options.get("board_options"), word])) or "no word"
            context.check(not missing and status == qemu.EXIT_OK,
                          f"timer: with {where}, the right one ticks ({config(target, True)})",
                          f"no line like '{missing[0]}'" if missing else f"exit status {status}", text)


def panics(context, machine, folder, sentence, *patterns):
    """The kernel says each of this, and stops with a failure."""
    with context.guest(machine, folder) as guest:
        status = guest.finish()
        text = guest.text.replace("\r", "")
        missing = [pattern for pattern in patterns if not re.search(pattern, text, re.M)]
        context.check(not missing and status == qemu.EXIT_PANIC, sentence,
                      f"no line like '{missing[0]}'" if missing else f"exit status {status}", text)


def microvm(context, target):
    """Its PIT counts, but is not wired to the 8259s."""
    machine = context.machine(target, mem="64M", append="ktest=_harness:?passes")
    machine.board = "microvm"
    panics(context, machine, "microvm",
           f"timer: a PIT that never ticks is noticed, on microvm ({config(target, True)})",
           r"  0: +0  XT-PIC +timer$",
           r"Kernel panic - not syncing: no timer: pit counts, but its interrupt does not come$")


def pc_without_timer(context, target):
    for board in "pc", "q35":
        machine = context.machine(target, mem="64M", board_options="pit=off,hpet=off",
                                  append="ktest=_harness:?passes")
        machine.board = board
        panics(context, machine, board,
               f"timer: a counter that stands still is no clock, on {board} ({config(target, True)})",
               r"clocksource: pit stands still and is not used$",
               r"Kernel panic - not syncing: no timer: this PC has neither a HPET nor a PIT that counts$")
    microvm(context, target)


def arm_with_a_wrong_interrupt(context, target):
    """The generic timer's virtual interrupt, the third, on a PPI that nothing drives."""
    machine = context.machine(target, mem="128M")
    root = fdt.parse(fdt.from_qemu(machine, context.folder / "qemu.dtb"))
    timer = root.child("timer")
    cells = list(struct.unpack(">12I", timer.props["interrupts"]))
    cells[7] = 3
    timer.cells("interrupts", *cells)
    root.child("chosen").props["bootargs"] = b"ktest=_harness:?passes\0"
    panics(context, image.arm_loader(machine, context.folder, fdt.build(root)), "ppi",
           f"timer: one that never ticks is noticed at start-up ({config(target, True)})",
           r" 19: +0  GICv2 +arch_timer$",
           r"Kernel panic - not syncing: no timer: arch_timer counts, but its interrupt does not come$")


FAILS = {"x86": pc_without_timer, "arm": arm_with_a_wrong_interrupt}


def jobs(targets):
    found = [Job(f"timer: which one ticks ({config(target, True)})", lambda c, t=target: run(c, t),
                 builds=(build(target, True),))
             for target in targets if any(case[0] == target.arch for case in CASES)]
    found += [Job(f"timer: one that does not work is noticed ({config(target, True)})",
                  lambda c, t=target: FAILS[t.arch](c, t), builds=(build(target, True),))
              for target in defaults(targets)]
    return found
