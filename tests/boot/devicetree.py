# SPDX-License-Identifier: MIT
# What the device tree says of memory, devices and the command line, and what the kernel makes of it.

import re

from harness import fdt, image
from harness.guest import qemu
from harness.input import GOES_ON, PANIC, goes_on, machine_tree, stops
from harness.jobs import Job, build, config, defaults

MB = 1 << 20
CMDLINE_MAX = 2047  # characters
DTB = image.ARM_DTB

# Under QEMU's -icount shift=N an instruction is 2^N ns. Guest time is that of the other tests, shift=3; the
# board's clock counts whole seconds, so this test lets them pass as fast as they can.
GUEST_NS, CLOCK_SHIFT = 8, 10
RTC_SECONDS = 0x09010000  # PL031 TRM, ARM DDI 0224: RTCDR
TIME_LIMIT = 0.3          # seconds of guest time for any tree that fits


def arm(context, change, reserved=()):
    """A machine with QEMU's tree after change(root), and the tree's size."""
    machine = context.machine("arm", mem="128M")
    root = machine_tree(context, machine)
    change(root)
    blob = fdt.build(root, reserved)
    return image.arm_loader(machine, context.folder, blob), len(blob)


def cells64(*numbers):
    """Each number as two cells."""
    return [cell for n in numbers for cell in (n >> 32, n & 0xFFFFFFFF)]


def reserved_memory(root, *children, missing=(), size_cells=2):
    """Adds /reserved-memory; children: (name, reg as cells, status or None)."""
    parent = root.child("reserved-memory")
    parent.cells("#address-cells", 2)
    parent.cells("#size-cells", size_cells)
    parent.props["ranges"] = b""
    for name in missing:
        del parent.props[name]
    for name, reg, status in children:
        child = parent.child(name)
        child.cells("reg", *reg)
        if status:
            child.props["status"] = status.encode() + b"\0"
    return parent


# ---- Reserved memory ----------------------------------------------------------------------------------

def reserved_is(context, sentence, change, wanted, reserved=()):
    """The kernel works, and exactly these ranges and the tree itself are reserved."""
    machine, size = arm(context, change, reserved)
    tree = (DTB, DTB + (size + 4095) // 4096 * 4096)
    wanted = sorted([*wanted, tree])
    with context.guest(machine) as guest:
        status = guest.finish()
        found = [(int(a, 16), int(b, 16) + 1) for a, b in
                 re.findall(r"([0-9a-f]{8})-([0-9a-f]{8}) : Reserved", guest.text)]
        context.check(found == wanted and status == qemu.EXIT_OK, f"device tree: {sentence}",
                      f"reserved: {found}, not {wanted}; exit status {status}", guest.text)


def reserved(context):
    reserved_is(context, "every entry of the memory reservation block is reserved, and the tree itself",
                lambda root: None, [(0x44000000, 0x44001000), (0x45000000, 0x45002000)],
                ((0x44000000, 4096), (0x45000000, 8192)))
    reserved_is(context, "the children of /reserved-memory are reserved, but not one that is disabled",
                lambda root: reserved_memory(root, ("a", cells64(0x44000000, 4096), None),
                                             ("b", cells64(0x45000000, 4096), "disabled"),
                                             ("c", cells64(0x46000000, 4096, 0x46800000, 4096), "okay")),
                [(0x44000000, 0x44001000), (0x46000000, 0x46001000), (0x46800000, 0x46801000)])

    def disabled(root):
        reserved_memory(root, ("a", cells64(0x44000000, 4096), "okay")).props["status"] = b"disabled\0"
    reserved_is(context, "a disabled /reserved-memory reserves nothing", disabled, [])

    def on_request(root):
        reserved_memory(root, missing=("ranges",)).child("pool").cells("size", 0, 4096)
    reserved_is(context, "a child of /reserved-memory without an address reserves nothing", on_request, [])


UNREADABLE = {
    "without ranges": lambda root: reserved_memory(
        root, ("a", cells64(0x44000000, 4096), None), missing=("ranges",)),
    "without cells and with a reg of 4": lambda root: reserved_memory(
        root, ("a", cells64(0x44000000, 4096), None), missing=("#address-cells", "#size-cells")),
    # Three entries of four cells are four of three, with other numbers.
    "without cells and with a reg of 12": lambda root: reserved_memory(
        root, ("a", cells64(*(0x44000000, 4096) * 3), None), missing=("#address-cells", "#size-cells")),
    "with sizes of no cells": lambda root: reserved_memory(
        root, ("a", cells64(0x44000000), None), size_cells=0),
    "with half an entry": lambda root: reserved_memory(
        root, ("a", cells64(0x44000000, 4096, 0x45000000), None)),
}


def unreadable(context, what):
    machine, _ = arm(context, UNREADABLE[what])
    stops(context, machine, f"device tree: a /reserved-memory {what} is a reason to stop",
          PANIC + "the device tree's /reserved-memory cannot be read")


# ---- Memory -------------------------------------------------------------------------------------------

def unreadable_memory(context):
    """A reg of the root's memory that has no whole entries, beside a sound one and alone."""
    line = r"memory: the device tree's {} has a reg that cannot be read, ignored$"

    def beside(root):
        for name, cells in ("memory@48000000", cells64(0x48000000, 16 * MB)[:3]), ("memory@49000000", []):
            node = fdt.Node(name)
            node.props["device_type"] = b"memory\0"
            if cells:
                node.cells("reg", *cells)
            root.children.insert(0, node)

    for name in "memory@48000000", "memory@49000000":
        machine, _ = arm(context, beside)
        goes_on(context, machine, f"device tree: {name} whose reg cannot be read is left out with a line",
                line.format(name))
    machine, _ = arm(context, lambda root: root.child("memory").cells("reg", 0, 0x40000000, 0))
    stops(context, machine, "device tree: memory that cannot be read, and no other, is a reason to stop",
          PANIC + "the device tree describes no memory")


# ---- Devices ------------------------------------------------------------------------------------------

def dark_bus(root):
    """A disabled bus in front of everything else, with a clock, a UART that /chosen names, and a memory
    that is not a child of the root."""
    bus = fdt.Node("dark")
    bus.props = {"status": b"disabled\0", "compatible": b"simple-bus\0", "ranges": b""}
    bus.cells("#address-cells", 2)
    bus.cells("#size-cells", 2)
    for name, kind in ("pl031@f000000", b"arm,pl031\0"), ("pl011@f001000", b"arm,pl011\0"):
        node = bus.child(name)
        node.props = {"compatible": kind + b"arm,primecell\0", "status": b"okay\0"}
        node.cells("reg", *cells64(int(name.split("@")[1], 16), 4096))
    root.children.insert(0, bus)
    root.child("chosen").props["stdout-path"] = b"/dark/pl011@f001000\0"


def disabled_bus(context):
    machine, _ = arm(context, dark_bus)
    goes_on(context, machine, "device tree: no device of a disabled bus is used",
            r"rtc: \d{4}-\d\d-\d\dT\S+ UTC")


# ---- /chosen ------------------------------------------------------------------------------------------

def bootargs(root, data):
    root.child("chosen").props["bootargs"] = data


def command_line(context):
    machine, _ = arm(context, lambda root: bootargs(root, GOES_ON.encode()))
    goes_on(context, machine, "device tree: a command line without a NUL at its end is read",
            r"ok 1 _harness: passes")
    fits = (GOES_ON + " ").ljust(CMDLINE_MAX, "x")
    machine, _ = arm(context, lambda root: bootargs(root, fits.encode() + b"x\0"))
    goes_on(context, machine, "device tree: a command line that is too long is cut, and the log says so",
            f"Command line: longer than {CMDLINE_MAX} characters, the rest is lost")
    machine, _ = arm(context, lambda root: bootargs(root, fits.encode() + b"\0"))
    with context.guest(machine) as guest:
        status = guest.finish()
        context.check(status == qemu.EXIT_OK and "the rest is lost" not in guest.text,
                      f"device tree: a command line of {CMDLINE_MAX} characters is not cut",
                      f"exit status {status}", guest.text)


def usable_memory(context):
    for where, name in ("chosen", "linux,usable-memory-range"), ("memory", "linux,usable-memory"):
        machine, _ = arm(context, lambda root, w=where, n=name:
                         root.child(w).cells(n, *cells64(0x40000000, 64 * MB)))
        goes_on(context, machine, f"device tree: the log says that {name} is not supported",
                rf"memory: the device tree's {name} is not supported, all of RAM is used")


# ---- The initrd ---------------------------------------------------------------------------------------

INITRD = 0x41400800  # not at the start of a page
INITRD_SIZE = 0x2000

# What is reserved, and whether the initrd is used nevertheless.
RESERVATIONS = {
    "that is the same range": ((INITRD, INITRD_SIZE), True),
    "that contains it": ((INITRD - MB, 2 * MB), True),
    "that ends where it starts": ((INITRD - 0x400, 0x400), True),
    "that starts where it ends": ((INITRD + INITRD_SIZE, 0x400), True),
    "of its first byte": ((INITRD, 1), False),
    "from its second byte to the end of 64 bits": ((INITRD + 1, (1 << 64) - 1), False),
    "of its last byte": ((INITRD + INITRD_SIZE - 1, 1), False),
    "that overlaps its start": ((INITRD - 0x400, 0x401), False),
    "that overlaps its end": ((INITRD + INITRD_SIZE - 1, 0x400), False),
}


def initrd_line(used):
    at = rf"initrd: \[mem {INITRD:#010x}-{INITRD + INITRD_SIZE - 1:#010x}\]"
    return at + ("\r?$" if used else " overlaps reserved memory, going on without it")


def with_initrd(root):
    root.child("chosen").cells("linux,initrd-start", INITRD)
    root.child("chosen").cells("linux,initrd-end", INITRD + INITRD_SIZE)


def initrd(context):
    for what, (taken, used) in RESERVATIONS.items():
        sentence = f"device tree: an initrd is {'used' if used else 'left out'} beside a reservation {what}"
        machine, _ = arm(context, with_initrd, [taken])
        goes_on(context, machine, sentence + " (reservation block)", initrd_line(used))
    for used, size in (True, INITRD_SIZE), (False, 1):
        def change(root, n=size):
            with_initrd(root)
            reserved_memory(root, ("archive", cells64(INITRD, n), None))
        machine, _ = arm(context, change)
        goes_on(context, machine, "device tree: an initrd that /reserved-memory names "
                f"{'whole is used' if used else 'in part is left out'}", initrd_line(used))

    def inside_tree(root):
        root.child("chosen").cells("linux,initrd-start", DTB + 64)
        root.child("chosen").cells("linux,initrd-end", DTB + 128)
    machine, _ = arm(context, inside_tree)
    goes_on(context, machine, "device tree: an initrd inside of the device tree is left out",
            r"initrd: \[mem \S+\] overlaps reserved memory, going on without it")


# ---- Large trees --------------------------------------------------------------------------------------

def clock_seconds(guest):
    """Seconds on the board's clock, which started at 0."""
    answer = guest.vm.qmp.command("human-monitor-command",
                                  **{"command-line": f"xp /1wx {RTC_SECONDS:#x}"})
    return int(answer.split(":")[1], 16)


def time_to_panic(context, what, change, reserved, pattern):
    """Guest time from the entry to a panic before there are timers."""
    machine, size = arm(context, change, reserved)
    machine.extra += ["-icount", f"shift={CLOCK_SHIFT},sleep=off", "-rtc", "base=1970-01-01T00:00:00,clock=vm"]
    with context.guest(machine, icount=False) as guest:
        guest.expect(pattern)
        guest.expect("Halted")
        seconds = clock_seconds(guest) / (1 << CLOCK_SHIFT) * GUEST_NS
        context.notes.append(f"{what}: {size >> 10} KB in {seconds:.3f} s")
        context.check(seconds < TIME_LIMIT,
                      f"device tree: {what} take less than {TIME_LIMIT} s of guest time",
                      f"{seconds:.3f} s", guest.text)


def time_of_boot(context, what, change, reserved):
    """Guest time of a whole start-up, by the kernel's own count of instructions."""
    def measured(root):
        change(root)
        bootargs(root, b"bench=boot*end*of*start-up\0")
    machine, size = arm(context, measured, reserved)
    machine.extra += ["-icount", "shift=0,sleep=off"]
    with context.guest(machine, icount=False) as guest:
        guest.finish()
        found = re.search(r"end of start-up: (\d+) instructions", guest.text)
        seconds = int(found.group(1)) * GUEST_NS / 1e9 if found else 1e9
        context.notes.append(f"{what}: {size >> 10} KB in {seconds:.3f} s")
        context.check(seconds < TIME_LIMIT,
                      f"device tree: start-up with {what} takes less than {TIME_LIMIT} s of guest time",
                      f"{seconds:.3f} s", guest.text)


def halting(root):
    bootargs(root, b"panic=halt\0")


def many_children(root, count, status):
    reserved_memory(root, *((f"a@{0x44000000 + 8192 * i:x}", cells64(0x44000000 + 8192 * i, 4096), status)
                            for i in range(count)))


def large(context):
    apart = [(0x42000000 + 8192 * i, 4096) for i in range(30000)]
    time_to_panic(context, "30000 reservations", halting, apart, "reserves more than 64 ranges of memory")

    def children(root):
        halting(root)
        many_children(root, 10000, None)
    time_to_panic(context, "10000 children of /reserved-memory", children, [],
                  "reserves more than 64 ranges of memory")

    def long_reg(root):
        halting(root)
        reserved_memory(root, ("a", cells64(*(n for pair in apart for n in pair)), None))
    time_to_panic(context, "30000 ranges of one child of /reserved-memory", long_reg, [],
                  "reserves more than 64 ranges of memory")


def large_and_sound(context):
    time_of_boot(context, "30000 reservations of no bytes", lambda root: None, [(0x44000000, 0)] * 30000)
    time_of_boot(context, "10000 disabled children of /reserved-memory",
                 lambda root: many_children(root, 10000, "disabled"), [])

    def disabled_memory(root):
        for i in range(2000):
            node = fdt.Node(f"memory@{i}")
            node.props = {"device_type": b"memory\0", "status": b"disabled\0"}
            root.children.insert(0, node)
    time_of_boot(context, "2000 disabled memory nodes", disabled_memory, [])


def jobs(targets):
    if not any(target.arch == "arm" for target in defaults(targets)):
        return []
    found = []

    def add(name, run):
        found.append(Job(f"device tree: {name} ({config('arm', True)})", run, builds=(build("arm", True),)))

    add("reserved memory", reserved)
    for what in UNREADABLE:
        add(f"a /reserved-memory {what}", lambda c, w=what: unreadable(c, w))
    add("memory that cannot be read", unreadable_memory)
    add("a disabled bus", disabled_bus)
    add("the command line", command_line)
    add("usable memory", usable_memory)
    add("an initrd in reserved memory", initrd)
    add("many reservations", large)
    add("many nodes", large_and_sound)
    return found
