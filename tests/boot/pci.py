# SPDX-License-Identifier: MIT
# Machines with a PCI device that does DMA, QEMU's edu; and buses that firmware describes badly.

import re

from harness import fdt, image
from harness.guest import qemu
from harness.jobs import Job, Result, build, config, defaults, each, run_suites, symbols
from harness.ktap import judge

# Its address bits, as QEMU's and as the driver's option. RAM on ARM's virt begins above 28 bits: these
# are the first 16 MB of it. On a PC the 28 bits stay that the device has of itself.
ARM_MASK = 0x40FFFFFF


def with_edu(context, target, debug, dma=True, **options):
    """A machine with the device, that runs the suites which need it."""
    mask = target.arch == "arm" and dma
    machine = context.machine(target, debug, **options)
    machine.extra += ["-device", f"edu,dma_mask={ARM_MASK:#x}" if mask else "edu"]
    machine.append = f"edu.dma_mask={ARM_MASK:#x}" if mask else ""
    return machine


def suite(context, machine):
    """Runs the suite edu. A test that is skipped is a failure: the device is there."""
    names = symbols(machine).tests("edu: *")
    outcome = run_suites(machine, context.folder, "edu", names)
    for test in outcome.tests:
        skipped = test.status == "skipped"
        context.results.append(Result(f"{test.name} [{context.job.name}]",
                                      "failed" if skipped else test.status,
                                      "skipped: " * skipped + "; ".join(test.notes)))
    if outcome.problem:
        context.fail(context.job.name, outcome.problem, outcome.details)


def no_dma(context, target):
    """Where the device's bits reach no RAM, it works but for DMA, and the reason is logged."""
    machine = with_edu(context, target, True, dma=False)
    machine.append = "ktest=edu"
    with context.guest(machine) as guest:
        status = guest.finish()
        text = guest.text.replace("\r", "")
        log, problem = judge(text, status, symbols(machine).tests("edu: *"))
        context.check(problem is None and any(t.status == "passed" for t in log.tests)
                      and any("do not reach this machine's RAM" in "".join(t.notes) for t in log.tests)
                      and "no DMA: the address bits 0xfffffff do not reach ZONE_DMA" in text,
                      f"pci: an edu whose address bits reach no RAM does all but DMA ({target.name})",
                      problem or "no line that says so, or nothing passed", text)


def monitor(context, target):
    """What a person sees of it."""
    with context.guest(with_edu(context, target, True), icount=False) as guest:
        guest.prompt()
        for typed, sentence, *patterns in (
                ("pci", "lists the device as lspci does",
                 r"^0000:00:0\d\.0 Unclassified device \[00ff\]: \[1234:11e8\] \(rev 10\)$",
                 r"^ +Control: I/O. Mem\+ BusMaster\+$", r"^ +Interrupt: pin A routed to IRQ \d+$",
                 r"^ +Region 0: Memory at [0-9a-f]{8} \[size=1024K\]$", r"^ +Driver in use: edu$"),
                ("cat iomem", "has bus, device and driver inside of each other",
                 r"^[0-9a-f]+-[0-9a-f]+ : PCI Bus 0000:00\n(  .*\n)*?"
                 r"  [0-9a-f]+-[0-9a-f]+ : 0000:00:0\d\.0\n    [0-9a-f]+-[0-9a-f]+ : edu$"),
                ("cat interrupts", "names the device's interrupt", r"^ *\d+: +\d+ +\S+ +edu$")):
            text = guest.ask(typed)
            missing = [p for p in patterns if not re.search(p, text, re.M)]
            context.check(not missing, f"pci: {typed} {sentence} ({target.name})",
                          f"nothing like {missing}", text)


def two(context, target):
    """A driver whose devices each have their own state takes a second one."""
    machine = with_edu(context, target, True)
    machine.extra += machine.extra[-2:]
    with context.guest(machine, icount=False) as guest:
        guest.prompt()
        guest.send("pci\rcat interrupts\roff\r")
        status = guest.finish()
        text = guest.text.replace("\r", "")
        context.check(status == 0
                      and len(re.findall(r"^ +Driver in use: edu$", text, re.M)) == 2
                      and len(re.findall(r"^ *\d+: +\d+ +\S+ +edu$", text, re.M)) == 2,
                      f"pci: two edus have a driver and an interrupt each ({target.name})",
                      f"not both, or exit status {status}", text)


# ---- Maps of a PC that are odd about the bus ----------------------------------------------------------

MB = 1 << 20
RESERVED = {"nothing": (), "the end of the hole": ((0xFEB00000, MB, 2),),
            "the places of the BARs": ((0xF8000000, 64 * MB, 2),),
            "all of the hole": ((0x80000000, 0x7EC00000, 2),),
            "all from the end of RAM on": ((128 * MB, 0xFEC00000 - 128 * MB, 2),)}


def bars_stay(context, target):
    """Where firmware calls parts of the hole reserved, its BARs stay where it has put them."""
    regions = {}
    for what, ranges in RESERVED.items():
        machine = with_edu(context, target, True, mem="128M")
        machine.extra += ["-device", "VGA,vgamem_mb=256"]
        shim = image.MultibootShim(symbols(machine))
        shim.memory_map((0, 0x9FC00, 1), (MB, 127 * MB, 1), *ranges)
        machine.kernel = shim.write(context.folder / "map.elf")
        with context.guest(machine, what.replace(" ", "-"), icount=False) as guest:
            guest.prompt()
            regions[what] = re.findall(r"^ +Region \d: .*$", guest.ask("pci"), re.M)
            problem = re.search(r"^.*(?:no bus|no room).*$", guest.text, re.M)
        context.check(not problem and len(regions[what]) >= 3 and regions[what] == regions["nothing"],
                      f"pci: BARs stay where firmware has put them when it reserves {what} ({target.name})",
                      f"{problem and problem[0]}; {regions[what]} for {regions['nothing']}", guest.text)


# What firmware reserves after RAM, which ends at 08000000, and where the window starts.
AFTER_RAM = {"nothing": ((), 0x08000000),
             "the first pages after RAM": (((128 * MB, 0x20000, 2),), 0x08020000),
             "two ranges after RAM, the higher one first": (
                 ((128 * MB + 0x20000, 0x1800, 2), (128 * MB, 0x20000, 2)), 0x08022000),
             "a page that does not touch RAM": (((128 * MB + 0x1000, 0x1000, 2),), 0x08000000)}


def window_starts(context, target):
    """What firmware keeps for itself at the top of RAM is not the bus's."""
    for what, (ranges, start) in AFTER_RAM.items():
        machine = context.machine(target, mem="128M")
        shim = image.MultibootShim(symbols(machine))
        shim.memory_map((0, 0x9FC00, 1), (MB, 127 * MB, 1), *ranges)
        machine.kernel = shim.write(context.folder / "map.elf")
        with context.guest(machine, what.replace(" ", "-"), icount=False) as guest:
            guest.prompt()
            text = guest.ask("cat iomem")
        context.check(re.search(rf"^{start:08x}-febfffff : PCI Bus", text, re.M),
                      f"pci: the window starts at {start:08x} when firmware reserves {what} ({target.name})",
                      "it does not", text)


# ---- Device trees that are wrong about the bus ------------------------------------------------------

def without(*names):
    def change(node):
        for name in names:
            del node.props[name]
    return change


def cut(name, size):
    def change(node):
        node.props[name] = node.props[name][:size]
    return change


# What is wrong, how, and what is said about it.
TREES = [
    ("without windows", without("ranges"), r"pci 0000:00:01\.0: BAR 0: no room for 0x100000 bytes"),
    ("without an interrupt-map", without("interrupt-map"),
     r"pci 0000:00:01\.0: nobody knows which interrupt its pin A is"),
    ("with an interrupt-map that is cut off", cut("interrupt-map", 42),
     r"pci 0000:00:01\.0: nobody knows which interrupt its pin A is"),
    ("without registers", without("reg"), r"pci: no bus, error -22"),
    ("with windows that are cut off", cut("ranges", 30),
     r"pci 0000:00:01\.0: BAR 0: no room for 0x100000 bytes"),
]


def bad_tree(context, target, what, change, pattern):
    """One line says what is missing, and the kernel runs without."""
    machine = with_edu(context, target, True)
    root = fdt.parse(fdt.from_qemu(machine, context.folder / "qemu.dtb"))
    change(root.child("pcie"))
    root.child("chosen").props["bootargs"] = b"ktest=_harness:?passes\0"
    machine = image.arm_loader(machine, context.folder, fdt.build(root))
    with context.guest(machine) as guest:
        status = guest.finish()
        text = guest.text.replace("\r", "")
        context.check(status == qemu.EXIT_OK and re.search(pattern, text)
                      and "ok 1 _harness: passes" in text,
                      f"pci: a device tree whose bus is {what} is told, and the kernel runs without",
                      f"no line like '{pattern}', or exit status {status}", text)


def jobs(targets):
    found = []
    rows = [(t, debug) for t, debug in each(targets) if t.board in ("virt", "pc")]
    for target, debug in rows:
        found.append(Job(f"suites: edu does DMA ({config(target, debug)})",
                         lambda c, t=target, d=debug: suite(c, with_edu(c, t, d)),
                         (build(target, debug),)))
    for target in defaults(targets):
        debug = (build(target, True),)
        found.append(Job(f"pci: the monitor ({config(target, True)})",
                         lambda c, t=target: monitor(c, t), debug))
        found.append(Job(f"pci: two edus ({config(target, True)})", lambda c, t=target: two(c, t), debug))
        if target.arch != "arm":
            found.append(Job(f"pci: BARs in reserved memory ({config(target, True)})",
                             lambda c, t=target: bars_stay(c, t), debug))
            found.append(Job(f"pci: reserved memory after RAM ({config(target, True)})",
                             lambda c, t=target: window_starts(c, t), debug))
            continue
        found.append(Job(f"pci: edu without its mask ({config(target, True)})",
                         lambda c, t=target: no_dma(c, t), debug))
        found.append(Job(f"suites: edu does DMA, ECAM below 4 GB ({config(target, True)})",
                         lambda c, t=target: suite(c, with_edu(c, t, True,
                                                               board_options="highmem=off")), debug))
        found += [Job(f"pci: a device tree {what}",
                      lambda c, t=target, w=what, ch=change, p=pattern: bad_tree(c, t, w, ch, p), debug)
                  for what, change, pattern in TREES]
    return found
