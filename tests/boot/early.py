# SPDX-License-Identifier: MIT
# Exceptions before the kernel has its final vectors: at the physical address, at the virtual one, and
# before there is anything to catch them. None may end in silence.

import re

from harness import image
from harness.guest import qemu
from harness.jobs import Job, build, config, each, symbols

# Functions that start-up calls, in order, and what is true when it does.
PLACES = {
    "early_map_kernel": "before the MMU is on",
    "early_finish": "with the MMU on",
    "kmain": "before trap_init()",
}
CALLERS = {"early_map_kernel": "early_main", "early_finish": "arm_boot", "kmain": "arm_boot"}
LINE = re.compile(r"^early exception: (.+?): pc=([0-9a-f]{8}) \(linked at ([0-9a-f]{8})\) (.+)$", re.M)


def early(context, target, debug, symbol):
    machine = context.machine(target, debug, mem="64M")
    kernel = symbols(machine)
    machine.kernel = image.trap_at(kernel, machine, symbol, context.folder / "trap.img")
    where = f"{symbol}, {PLACES[symbol]} ({config(target, debug)})"
    with context.guest(machine) as guest:
        status = guest.finish()
        text = guest.text.replace("\r", "")
        found = LINE.findall(text)
        context.check(len(found) == 1 and text.count("early exception:") == 1,
                      f"early: one line reports an exception in {where}",
                      f"{text.count('early exception:')} lines", text)
        at = found and kernel.function(int(found[0][2], 16))
        context.check(at == f"{symbol}+0x0", f"early: the line leads to the exception in {where}",
                      f"it leads to {at}", text)
        # Once, and on ARM its caller; no other register, however much it looks like code.
        places = [line.split()[1].split("+")[0] for line in guest.ending().details]
        context.check(places in ([symbol], [symbol, CALLERS[symbol]]),
                      f"early: the runner decodes an exception in {where}",
                      "the explanation: " + " | ".join(guest.ending().details), text)
        context.check(status == qemu.EXIT_PANIC, f"early: a failure ends an exception in {where}",
                      f"exit status {status}", text)


def nested(context, target, debug, symbol):
    """What tells of an exception traps itself, at its first call or a later one: the machine ends."""
    machine = context.machine(target, debug, mem="64M")
    kernel = symbols(machine)
    for at in symbol, "early_puts":
        machine.kernel = image.trap_at(kernel, machine, at, context.folder / f"{at}.img")
    with context.guest(machine) as guest:
        status = guest.finish()
        # One that can be told would leave a whole line.
        context.check(status == qemu.EXIT_PANIC
                      and not re.search(r"early exception: .*\n", guest.text),
                      f"early: an exception while one is told ends, in {symbol}, {PLACES[symbol]} "
                      f"({config(target, debug)})",
                      f"exit status {status}, {len(guest.text)} bytes of output", guest.text)


def second_fault(context, target, debug):
    """The page tables are wrong for all code but the first page: what reports the fault is not there either."""
    machine = context.machine(target, debug, mem="64M")
    kernel = symbols(machine)
    machine.kernel = image.first_page_only(kernel, machine, context.folder / "map.img")
    culprit = "x86_boot" if target.arch == "x86" else "arm_boot"
    with context.guest(machine) as guest:
        status = guest.finish()
        text = guest.text.replace("\r", "")
        found = LINE.findall(text)
        at = kernel.function(int(found[0][2], 16)) if found else None
        context.check(len(found) == 1 and at == f"{culprit}+0x0" and status == qemu.EXIT_PANIC
                      and found[0][0].startswith(("page fault", "prefetch abort, translation fault")),
                      f"early: a fault is reported though the page tables have nothing of what reports it "
                      f"({config(target, debug)})",
                      f"{len(found)} lines, it leads to {at}, exit status {status}", text)


def old_cpu(context, target):
    """A CPU without CR4 reports its exception without reading it; one that has CR4 shows it."""
    for cpu, wanted in ("486", False), ("", True):
        machine = context.machine(target, mem="64M", cpu=cpu)
        machine.kernel = image.trap_at(symbols(machine), machine, "early_cpu_check", context.folder / "trap.img")
        with context.guest(machine, cpu or "default") as guest:
            status = guest.finish()
            found = LINE.findall(guest.text.replace("\r", ""))
            context.check(len(found) == 1 and (" cr4=" in found[0][3]) == wanted and status == qemu.EXIT_PANIC,
                          f"early: an exception {'shows' if wanted else 'does not read'} CR4 of a CPU "
                          f"{'with' if wanted else 'without'} it ({config(target, True)})",
                          f"{found}, exit status {status}", guest.text)


def triple_fault(context, target, debug):
    """Nothing is loaded yet that could catch it: QEMU's own report is all there is."""
    machine = context.machine(target, debug, mem="64M")
    kernel = symbols(machine)
    machine.kernel, addr = image.trap_at_lidt(kernel, context.folder / "lidt.elf")
    with context.guest(machine) as guest:
        guest.finish()
        ending = guest.ending()
        at = kernel.function(addr)
        context.check(not ending.ok and ending.reason.startswith("triple fault at ")
                      and f" {at}" in ending.reason,
                      f"early: a triple fault is decoded ({config(target, debug)})",
                      f"it says '{ending.reason}', the place is {at}", guest.text)


def jobs(targets):
    found = [Job(f"early: an exception in {symbol} is explained ({config(target, debug)})",
                 lambda c, t=target, d=debug, s=symbol: early(c, t, d, s),
                 builds=(build(target, debug),), cost=0.5)
             for target, debug in each(targets) for symbol in PLACES]
    found += [Job(f"early: an exception while one is told, in {symbol} ({config(target, True)})",
                  lambda c, t=target, s=symbol: nested(c, t, True, s),
                  builds=(build(target, True),), cost=0.5)
              for target in targets for symbol in PLACES]
    found += [Job(f"early: a fault with wrong page tables ({config(target, True)})",
                  lambda c, t=target: second_fault(c, t, True),
                  builds=(build(target, True),), cost=0.5)
              for target in targets]
    found += [Job(f"early: an exception on a CPU without CR4 ({config(target, True)})",
                  lambda c, t=target: old_cpu(c, t), builds=(build(target, True),), cost=0.5)
              for target in targets if target.arch == "x86"]
    found += [Job(f"early: a triple fault is decoded ({config(target, debug)})",
                  lambda c, t=target, d=debug: triple_fault(c, t, d),
                  builds=(build(target, debug),), cost=0.5)
              for target, debug in each(targets) if target.arch == "x86"]
    return found
