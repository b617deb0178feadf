# SPDX-License-Identifier: MIT
# What a boot loader can get wrong: one clear line, and the kernel stops or goes on without it.

import struct

from harness import fdt, image
from harness.input import GOES_ON, PANIC, goes_on, machine_tree, stops
from harness.jobs import Job, build, config, defaults, symbols

# ---- ARM: the device tree ---------------------------------------------------------------------------

def arm(context):
    return context.machine("arm", mem="128M")


def no_dtb(context, r2):
    stops(context, image.arm_loader(arm(context), context.folder, r2=r2),
          f"bad input: no device tree (r2 = {r2:#x}) is told",
          r"(?i)device tree|DTB|^early exception: data abort on a read, synchronous external abort")


def good_dtb(context):
    """The loader device and our own writer are not what the other tests trip over."""
    machine = arm(context)
    blob = fdt.build(machine_tree(context, machine))
    goes_on(context, image.arm_loader(machine, context.folder, blob),
            "bad input: a sound device tree by the same way boots", r"ok 1 _harness: passes")


def word(blob, index, value):
    """A blob with one word of its header changed (Devicetree Specification v0.4, 5.2)."""
    return blob[:index * 4] + struct.pack(">I", value) + blob[index * 4 + 4:]


def token(blob, find, value):
    """A blob whose first `find` token in the structure block is another one."""
    at = struct.unpack_from(">I", blob, 8)[0]
    at = blob.index(struct.pack(">I", find), at)
    return blob[:at] + struct.pack(">I", value) + blob[at + 4:]


def longer(blob):
    at = blob.index(struct.pack(">I", fdt.PROP), struct.unpack_from(">I", blob, 8)[0])
    return blob[:at + 4] + struct.pack(">I", 0x7FFFFFFF) + blob[at + 8:]


def named_root(blob):
    """The empty name of the root replaced by one of three letters, which takes no more room."""
    at = struct.unpack_from(">I", blob, 8)[0]
    return blob[:at + 4] + b"k896"[:3] + blob[at + 7:]


def unended(blob):
    """The structure block filled with NOPs from its last 64 bytes on: no FDT_END is left."""
    start, size = struct.unpack_from(">I", blob, 8)[0], struct.unpack_from(">I", blob, 36)[0]
    end = start + size
    return blob[:end - 64] + struct.pack(">I", fdt.NOP) * 16 + blob[end:]


CORRUPTIONS = {
    "wrong magic": lambda b: word(b, 0, 0xD00DFEEE),
    "a size of 4 GB": lambda b: word(b, 1, 0xFFFFFFFF),
    "a size below its header": lambda b: word(b, 1, 8),
    "a structure block outside of it": lambda b: word(b, 2, 0x7FFFFFF0),
    "a string block outside of it": lambda b: word(b, 3, 0xFFFFFFF0),
    "a string block inside of its header": lambda b: word(b, 3, 36),
    "a root that has a name": named_root,
    "an unaligned structure block": lambda b: word(b, 2, struct.unpack_from(">I", b, 8)[0] + 2),
    "a version of the future": lambda b: word(word(b, 5, 99), 6, 99),
    "an unknown token": lambda b: token(b, fdt.PROP, 0x77),
    "a property longer than the blob": longer,
    "no end": unended,
    "zeros behind its header": lambda b: b[:40] + b"\0" * (len(b) - 40),
}


def corrupt_dtb(context, what):
    machine = arm(context)
    blob = CORRUPTIONS[what](fdt.build(machine_tree(context, machine)))
    stops(context, image.arm_loader(machine, context.folder, blob),
          f"bad input: a device tree with {what} is told", r"(?i)device tree|DTB")


def no_memory(context):
    machine = arm(context)
    root = machine_tree(context, machine)
    root.remove("memory")
    stops(context, image.arm_loader(machine, context.folder, fdt.build(root)),
          "bad input: a device tree without memory is told", PANIC + "the device tree describes no memory")


def odd_memory(context):
    """Unsorted, overlapping, unaligned, empty: one sound map of RAM comes out of it."""
    machine = arm(context)
    root = machine_tree(context, machine)
    mb = 1 << 20
    base = machine.phys_offset
    ranges = [(base + 64 * mb + 100, 32 * mb), (base, 40 * mb), (base + 30 * mb, 20 * mb + 5000),
              (base + 90 * mb, 0), (base, 40 * mb)]
    cells = [cell for start, size in ranges for cell in (start >> 32, start & 0xFFFFFFFF,
                                                         size >> 32, size & 0xFFFFFFFF)]
    root.child("memory").cells("reg", *cells)
    goes_on(context, image.arm_loader(machine, context.folder, fdt.build(root)),
            "bad input: a memory map that is unsorted, overlapping and unaligned is sorted out (arm)",
            r"40000000-43200fff : System RAM")


def many_reserved(context):
    """More reserved ranges than the kernel has room for: to use one of them as RAM would be wrong."""
    machine = arm(context)
    root = machine_tree(context, machine)
    reserved = fdt.Node("reserved-memory")
    reserved.cells("#address-cells", 2)
    reserved.cells("#size-cells", 2)
    reserved.props["ranges"] = b""
    reserved.child("buffers").cells("reg", *(cell for i in range(70)
                                             for cell in (0, 0x44000000 + 8192 * i, 0, 4096)))
    root.children.append(reserved)
    stops(context, image.arm_loader(machine, context.folder, fdt.build(root)),
          "bad input: more reserved ranges than can be noted are told",
          PANIC + "the firmware reserves more than 64 ranges of memory")


def disabled_nodes(context):
    """Memory that is not ours, and a clock whose registers nobody answers at, in front of the real ones."""
    machine = arm(context)
    root = machine_tree(context, machine)
    clock, memory = fdt.Node("pl031@f000000"), fdt.Node("memory@48000000")
    clock.props = {"compatible": b"arm,pl031\0arm,primecell\0", "status": b"disabled\0"}
    clock.cells("reg", 0, 0x0F000000, 0, 0x1000)
    memory.props = {"device_type": b"memory\0", "status": b"disabled\0"}
    memory.cells("reg", 0, 0x48000000, 0, 16 << 20)
    root.children[:0] = [clock, memory]
    goes_on(context, image.arm_loader(machine, context.folder, fdt.build(root)),
            "bad input: what the device tree says is disabled is left alone",
            r"40000000-47ffffff : System RAM")


def arm_initrd(context, what, start, size, pattern):
    machine = arm(context)
    root = machine_tree(context, machine)
    root.child("chosen").cells("linux,initrd-start", start)
    root.child("chosen").cells("linux,initrd-end", start + size)
    goes_on(context, image.arm_loader(machine, context.folder, fdt.build(root)),
            f"bad input: an initrd that {what} is told and left out (arm)", pattern)


def unreachable_memory(context, target):
    """More RAM than the page-table format has addresses for."""
    goes_on(context, context.machine(target, mem=f"{target.most + 1024}M", append=GOES_ON),
            f"bad input: RAM that the format cannot address is told and left out ({target.name})",
            r"memory: \[mem 0xfffff000-0x13fffffff\] lies beyond what short-descriptor page tables can address")


# ---- x86: multiboot -----------------------------------------------------------------------------------

def x86(context, name, change, target="x86"):
    """An x86 machine whose boot loader does what change(shim) says."""
    machine = context.machine(target, mem="128M", append=GOES_ON)
    shim = image.MultibootShim(symbols(machine))
    change(shim)
    machine.kernel = shim.write(context.folder / f"{name}.elf")
    return machine


def x86_initrd(context, what, start, size, pattern):
    goes_on(context, x86(context, "initrd", lambda shim: shim.module(start(shim), start(shim) + size)),
            f"bad input: an initrd that {what} is told and left out (x86)", pattern)


MODULE, MODULE_SIZE = 0x02000800, 0x2000  # not at the start of a page


def module_in_reserved(context, what, start, size, used):
    """A module, and a range of the memory map that is type 2 (reserved)."""
    ram, reserved = 1, 2
    ranges = [(0, 0x9FC00, ram), (1 << 20, 127 << 20, ram), (MODULE + start, size, reserved)]
    line = rf"initrd: \[mem {MODULE:#010x}-{MODULE + MODULE_SIZE - 1:#010x}\]"
    line += "\r?$" if used else " overlaps reserved memory, going on without it"
    goes_on(context, x86(context, "module", lambda shim: shim.module(
        MODULE, MODULE + MODULE_SIZE).memory_map(*ranges)),
            f"bad input: an initrd beside a reserved range that {what} it is {'used' if used else 'left out'} "
            "(x86)", line)


def wrong_magic(context):
    stops(context, x86(context, "magic", lambda shim: shim.eax(0x36D76289)),
          "bad input: a multiboot magic that is wrong is told", r"(?i)multiboot")


def good_shim(context):
    goes_on(context, x86(context, "good", lambda shim: shim),
            "bad input: a sound multiboot boot through the same shim works",
            r"ok 1 _harness: passes")


def left_over_cr4(context, target):
    """A loader that has used paging of another format itself, and has left CR4 as it was."""
    goes_on(context, x86(context, "cr4", lambda shim: shim.cr4(0xB0).eax(image.MULTIBOOT_LOADER_MAGIC), target),
            f"bad input: what a loader left in CR4 does not matter ({target.name})",
            r"ok 1 _harness: passes")


def no_memory_map(context):
    stops(context, x86(context, "nomap", lambda s: s.clear_flags(image.MB_MMAP | image.MB_MEMORY)),
          "bad input: a multiboot loader without any memory map is told", r"neither a memory map nor the size of memory")


def odd_memory_map(context):
    mb = 1 << 20
    ram, reserved = 1, 2
    ranges = [(64 * mb + 100, 32 * mb, ram), (1 * mb, 39 * mb, ram), (30 * mb, 20 * mb + 5000, ram),
              (0, 0x9FC00, ram), (90 * mb, 0, ram), (1 * mb, 39 * mb, ram), (0x9FC00, 1024, reserved)]
    goes_on(context, x86(context, "oddmap", lambda shim: shim.memory_map(*ranges)),
            "bad input: a memory map that is unsorted, overlapping and unaligned is sorted out (x86)",
            r"00100000-03200fff : System RAM")


def bios_called_ram(context):
    """All of conventional memory is RAM to this loader, though the BIOS keeps its data at the end of it."""
    goes_on(context, x86(context, "ebda", lambda shim: shim.memory_map((0, 0xA0000, 1), (1 << 20, 127 << 20, 1))),
            "bad input: the BIOS's own memory is no RAM, whatever the loader calls it",
            r"  0009f000-0009ffff : Reserved")


def x86_map(context, name, target, *ranges):
    return x86(context, name, lambda shim: shim.memory_map(*USUAL_MAP, *ranges), target)


MB, GB = 1 << 20, 1 << 30
USUAL_MAP = ((0, 0x9FC00, 1), (1 * MB, 127 * MB, 1))
NOT_THERE = PANIC + r"the firmware reports RAM that does not exist in \[mem "


def absurd_ram(context, what, target, *ranges):
    """RAM up to the end of what addresses or numbers of frames can say: it does not wrap to 0."""
    stops(context, x86_map(context, "absurd", target, *ranges),
          f"bad input: RAM {what} wraps to no low address ({target.name})", NOT_THERE)


ALL_FROM_1M = ((0, 0x9FC00, 1), (1 * MB, (1 << 64) - 1, 1))


def all_ram(context, target):
    """A map that says RAM of everything: no sum of a start and a size wraps."""
    stops(context, x86(context, "all", lambda shim: shim.memory_map(*ALL_FROM_1M), target),
          f"bad input: RAM from 1 MB to the end of 64 bits is not believed ({target.name})", NOT_THERE)
    machine = x86(context, "all-limited", lambda shim: shim.memory_map(*ALL_FROM_1M), target)
    machine.append += " mem=64M"
    goes_on(context, machine,
            f"bad input: mem= takes a part of RAM from 1 MB to the end of 64 bits, and there is a bus ({target.name})",
            r"pci: devices on bus 0000:00: \d+")


def last_page(context, target):
    goes_on(context, x86_map(context, "last", target, ((1 << 44) - 4096, 4096, 1)),
            f"bad input: the last page below 2^44 is left out with a line ({target.name})",
            r"\[mem 0xffffffff000-0xfffffffffff\] lies beyond what .* can address, ignored")


def x86_missing_ram(context, what, change, pattern):
    stops(context, x86(context, "missing", change),
          f"bad input: RAM that does not exist is reported: {what} (x86)", NOT_THERE + pattern)


def arm_missing_ram(context):
    machine = arm(context)
    root = machine_tree(context, machine)
    root.child("memory").cells("reg", 0, machine.phys_offset, 0, 256 * MB)
    stops(context, image.arm_loader(machine, context.folder, fdt.build(root)),
          "bad input: RAM that does not exist is reported: a device tree with twice as much (arm)",
          NOT_THERE)


# ---- both ---------------------------------------------------------------------------------------------

def unknown_word(context, arch):
    goes_on(context, context.machine(arch, mem="64M", append=f"frobnicate=7 {GOES_ON}"),
            f"bad input: an unknown word on the command line is told ({arch})",
            r'Unknown kernel command line parameter "frobnicate=7"')


def malformed_word(context, arch):
    goes_on(context, context.machine(arch, mem="64M", append=f"mem=lots {GOES_ON}"),
            f"bad input: a malformed value on the command line is told ({arch})",
            r'"mem=lots"')


def good_initrd(context, arch):
    archive = context.folder / "initrd.img"
    archive.write_bytes(b"070701" + bytes(range(256)) * 40)
    goes_on(context, context.machine(arch, mem="64M", append=GOES_ON, initrd=str(archive)),
            f"bad input: a sound initrd is found ({arch})",
            r"initrd: \[mem 0x[0-9a-f]+-0x[0-9a-f]+\]$")


def jobs(targets):
    archs = [t.arch for t in defaults(targets)]
    found = []

    def add(name, run, arch):
        found.append(Job(f"bad input: {name} ({config(arch, True)})", run,
                         builds=(build(arch, True),), cost=0.5))

    for target in targets:
        if target.mmu == "short" and target.board != "vexpress-a9":  # that one has no room for more
            add("more RAM than addresses", lambda c, t=target: unreachable_memory(c, t), target)
        if target.arch == "x86":
            if target.mmu == "pae":
                add("the last page of 44 bits", lambda c, t=target: last_page(c, t), target)
                add("RAM to the end of 64 bits", lambda c, t=target: absurd_ram(
                    c, "to the end of 64 bits", t, (4 * GB, (1 << 64) - 1, 1)), target)
                add("RAM and reservations to the end of 44 bits", lambda c, t=target: absurd_ram(
                    c, "with a reservation on top of 44 bits", t, (4 * GB, (1 << 44) - 4 * GB, 1),
                    ((1 << 44) - 4 * 4096, 4 * 4096, 2)), target)
            add("RAM from 1 MB to the end of 64 bits", lambda c, t=target: all_ram(c, t), target)
            add("a CR4 that the loader left", lambda c, t=target: left_over_cr4(c, t), target)
    kernel_at = {"arm": 0x40020000, "x86": 0x110000}
    for arch in archs:
        add("an unknown word", lambda c, a=arch: unknown_word(c, a), arch)
        add("a malformed word", lambda c, a=arch: malformed_word(c, a), arch)
        add("a sound initrd", lambda c, a=arch: good_initrd(c, a), arch)
    if "arm" in archs:
        add("no device tree", lambda c: no_dtb(c, 0), "arm")
        add("a device tree pointer outside of RAM", lambda c: no_dtb(c, 0xF0000000), "arm")
        add("an unaligned device tree pointer", lambda c: no_dtb(c, 0x41100002), "arm")
        add("a sound device tree", good_dtb, "arm")
        for what in CORRUPTIONS:
            add(f"a device tree with {what}", lambda c, w=what: corrupt_dtb(c, w), "arm")
        add("a device tree without memory", no_memory, "arm")
        add("missing RAM", arm_missing_ram, "arm")
        add("an odd memory map", odd_memory, "arm")
        add("disabled nodes", disabled_nodes, "arm")
        add("too many reserved ranges", many_reserved, "arm")
        for what, start, size, pattern in (
                ("overlaps the kernel", kernel_at["arm"], 8192, "overlaps the kernel"),
                ("lies beyond RAM", 0x60000000, 8192, "outside of RAM"),
                ("ends beyond RAM", 0x47FFF000, 8192, "outside of RAM"),
                ("ends before it starts", 0x42000000, -4096, "initrd")):
            add(f"an initrd that {what}", lambda c, w=what, s=start, n=size, p=pattern:
                arm_initrd(c, w, s, n, p), "arm")
    if "x86" in archs:
        add("a wrong magic", wrong_magic, "x86")
        add("a sound shim", good_shim, "x86")
        add("no memory map", no_memory_map, "x86")
        add("an odd memory map", odd_memory_map, "x86")
        add("BIOS memory that is called RAM", bios_called_ram, "x86")
        for what, start, size, used in (("contains", 0, MODULE_SIZE, True), ("touches", -1024, 1024, True),
                                        ("overlaps", -1024, 1025, False)):
            add(f"a reserved range that {what} the initrd", lambda c, w=what, s=start, n=size, u=used:
                module_in_reserved(c, w, s, n, u), "x86")
        for what, change, pattern in (
                ("mem_upper is twice as much", lambda s: s.clear_flags(image.MB_MMAP)
                 .field(image.MB_MEM_UPPER, 255 * 1024), r"0x[0-9a-f]+-0x0fffffff\]"),
                ("a range between RAM and devices", lambda s: s.memory_map(*USUAL_MAP, (2 * GB, MB, 1)),
                 r"0x80000000-0x800fffff\]"),
                ("a range above 4 GB", lambda s: s.memory_map(*USUAL_MAP, (4 * GB, GB, 1)),
                 r"0x100000000-0x13fffffff\]")):
            add(f"missing RAM, {what}", lambda c, w=what, ch=change, p=pattern:
                x86_missing_ram(c, w, ch, p), "x86")
        for what, start, size, pattern in (
                ("overlaps the kernel", kernel_at["x86"], 8192, "overlaps the kernel"),
                ("lies beyond RAM", 0x60000000, 8192, "outside of RAM"),
                ("ends beyond RAM", 0x07FFF000, 8192, "outside of RAM"),
                ("ends before it starts", 0x02000000, -4096, "initrd")):
            add(f"an initrd that {what}", lambda c, w=what, s=start, n=size, p=pattern:
                x86_initrd(c, w, lambda _: s, n, p), "x86")
    return found
