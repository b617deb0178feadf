# SPDX-License-Identifier: MIT
# Where a boot loader puts the ARM kernel and its device tree, and how much of the kernel.

import struct
from pathlib import Path

from harness import fdt, image
from harness.guest import decode, qemu
from harness.input import PANIC, goes_on, machine_tree, stops
from harness.jobs import Job, build, config, defaults, symbols

PAGE = 4096
HEAD = PAGE   # bytes of the image that are needed to say that the rest is missing
CUTS = 8      # between that and the whole image

# Addresses whose distance to the start of RAM is not TEXT_OFFSET, and where RAM would start.
LOADED = {0x40110000: 0x40100000, 0x40210000: 0x40200000, 0x41000000: 0x40FF0000, 0x42000000: 0x41FF0000}


def arm_machine(context, debug=True):
    return context.machine("arm", debug, mem="128M")


# ---- The kernel ---------------------------------------------------------------------------------------

def loaded_at(context, address):
    """All by loader devices: the kernel, our tree, and code that passes it."""
    machine = arm_machine(context)
    kernel = machine.image
    blob = fdt.build(machine_tree(context, machine))
    machine.kernel = "-"  # one at QEMU's own address would overlap this one
    entry = context.folder / "entry.bin"
    tree = context.folder / "tree.dtb"
    tree.write_bytes(blob)
    at = address + 0x1000000
    #  mov r0, #0 ; mvn r1, #0 ; ldr r2, [pc, #0] ; ldr pc, [pc, #0] ; DTB ; kernel
    entry.write_bytes(struct.pack("<6I", 0xE3A00000, 0xE3E01000, 0xE59F2000, 0xE59FF000, at + PAGE, address))
    for path, where in (kernel, address), (tree, at + PAGE), (entry, at):
        machine.extra = [*machine.extra, "-device",
                         f"loader,file={qemu.quoted(path)},addr={where:#x},force-raw=on"]
    machine.extra += ["-device", f"loader,addr={at:#x},cpu-num=0"]
    stops(context, machine, f"placement: a kernel that is loaded at {address:#x} says what is wrong",
          PANIC + rf"RAM starts at {LOADED[address]:#x}, 64 KB below the kernel, "
          "which is not a multiple of 4 MB")


def truncated(context, debug):
    """Cut anywhere behind its first page, the image says so."""
    machine = arm_machine(context, debug)
    whole = Path(machine.image).read_bytes()
    step = (len(whole) - HEAD) // CUTS
    for size in [*range(HEAD, len(whole) - step, step), len(whole) - PAGE, len(whole) - 1]:
        cut = context.folder / f"{size}.bin"
        cut.write_bytes(whole[:size])
        machine = arm_machine(context, debug)
        machine.kernel = str(cut)
        stops(context, machine,
              f"placement: the first {size} bytes of the image say that it is truncated "
              f"({config('arm', debug)})", r"^boot: the image is truncated: its end is not in memory$")


# ---- The device tree ----------------------------------------------------------------------------------

def tree_at(context, address, most=None):
    """QEMU's tree there, or its first bytes: two things do not fit into one place."""
    machine = arm_machine(context)
    blob = fdt.build(machine_tree(context, machine))[:most]
    tree = context.folder / "tree.dtb"
    tree.write_bytes(blob)
    image.arm_loader(machine, context.folder, r2=address)
    machine.extra += ["-device", f"loader,file={qemu.quoted(tree)},addr={address:#x},force-raw=on"]
    return machine


def overlapping(context):
    kernel = symbols(arm_machine(context))
    start = arm_machine(context).phys_offset + decode.TEXT_OFFSET["arm"]

    def physical(name):
        return kernel.symbols[name] - kernel.symbols["_start"] + start

    places = {"inside of .bss": physical("__bss_start") + 64 * PAGE,
              "directly after the image's last byte": physical("_edata"),
              "in the boot stack": physical("boot_stack") + 64,
              "in the kernel's last word": physical("_end") - 4}
    for what, address in places.items():
        stops(context, tree_at(context, address), f"placement: a device tree {what} overlaps the kernel",
              rf"^boot: no usable device tree at {address:08x} \(r2\): it overlaps the kernel$")
    # Its start survives, and says how long it is.
    address = start - PAGE
    stops(context, tree_at(context, address, PAGE),
          "placement: a device tree that reaches into the image overlaps the kernel",
          rf"^boot: no usable device tree at {address:08x} \(r2\): it overlaps the kernel$")
    size = len(fdt.build(machine_tree(context, arm_machine(context))))
    goes_on(context, tree_at(context, start - size & ~7),
            "placement: a device tree that ends where the image begins is used", r"ok 1 _harness: passes")
    goes_on(context, tree_at(context, physical("_end")),
            "placement: a device tree directly after the kernel's last page is used",
            r"ok 1 _harness: passes")


def jobs(targets):
    if not any(target.arch == "arm" for target in defaults(targets)):
        return []
    debug = (build("arm", True),)
    found = [Job(f"placement: a kernel at {address:#x} ({config('arm', True)})",
                 lambda c, a=address: loaded_at(c, a), builds=debug) for address in LOADED]
    found += [Job(f"placement: a truncated image ({config('arm', d)})", lambda c, d=d: truncated(c, d),
                  builds=(build("arm", d),)) for d in (True, False)]
    found.append(Job(f"placement: device trees in the kernel ({config('arm', True)})", overlapping,
                     builds=debug))
    return found
