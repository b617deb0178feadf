# SPDX-License-Identifier: MIT
# Boards that the kernel is not for, and device trees that name the wrong UART or interrupt controller: the
# real reason is told, on whatever can show it.

import re

from harness import fdt, image
from harness.guest import qemu
from harness.jobs import Job, build, config, defaults, symbols

PASSES = "ktest=_harness:?passes"


def tells(context, machine, name, sentence, status, *patterns, words=()):
    """All patterns stand in the output or, of semihosting, in QEMU's; `words` stand in neither."""
    with context.guest(machine, name) as guest:
        ended = guest.finish()
        text = (guest.text + guest.errors()).replace("\r", "")
        missing = [p for p in patterns if not re.search(p, text, re.M)]
        found = [w for w in words if w in text]
        context.check(not missing and not found and ended == status, sentence,
                      f"no line like '{missing[0]}'" if missing else
                      f"exit status {ended}, {found}", text)


def foreign(context, target):
    machine = context.machine(target, mem="128M", append=PASSES, board_options="gic-version=3")
    tells(context, machine, "gicv3", f"boards: GICv3 is named as the reason ({config(target, True)})",
          qemu.EXIT_PANIC, r"Kernel panic - not syncing: no interrupt controller: the device tree has "
          r'"arm,gic-v3", and the driver here is for version 2 of the GIC .*gic-version=2')
    for board, cpu in ("raspi2b", "cortex-a7"), ("mcimx7d-sabre", "cortex-a7"):
        machine = context.machine(target, mem="1G", append=PASSES, cpu=cpu)
        machine.board = board
        tells(context, machine, board, f"boards: {board} is told that it is not known "
              f"({config(target, True)})", qemu.EXIT_PANIC,
              r"^boot: no usable device tree at \w+ \(r2\): .*; this board is not known: the kernel is for "
              r"QEMU's virt, vexpress-a15 and vexpress-a9$")


def little_ram(context, target):
    """RAM that ends inside of the kernel."""
    for debug in True, False:
        machine = context.machine(target, debug, mem="64M", append=PASSES)
        kernel = symbols(machine)
        middle = (kernel.symbols["__bss_start"] + kernel.symbols["_end"]) // 2 - kernel.page_offset
        machine.extra = ["-m", f"{middle >> 16 << 6}K"]
        tells(context, machine, f"little-{debug}", "boards: RAM that ends inside of .bss is too little, and that "
              f"is told ({config(target, debug)})", qemu.EXIT_PANIC,
              r"^boot: RAM ends inside of the kernel: it needs at least 8 MB$")


def elf(context, target):
    """QEMU takes an ELF for something that needs no device tree."""
    machine = context.machine(target, mem="128M")
    machine.kernel = str(machine.elf)
    tells(context, machine, "elf", f"boards: an ELF in place of the image is told ({config(target, True)})",
          qemu.EXIT_PANIC, r"^boot: no usable device tree at 00000000 \(r2\): the loader has passed none \(QEMU "
          r"does for k896\.bin, not for the ELF\)$")


def changed(context, target, name, change):
    """A machine whose device tree change(root) has changed."""
    folder = context.folder / name
    folder.mkdir()
    machine = context.machine(target, mem="128M")
    root = fdt.parse(fdt.from_qemu(machine, folder / "qemu.dtb"))
    root.child("chosen").props["bootargs"] = PASSES.encode() + b"\0"
    change(root)
    return image.arm_loader(machine, folder, fdt.build(root))


def wrong_uarts(context, target):
    """At address 0, beyond what the CPU can name, inside a page, at the clock's, where nothing is."""
    for name, addr in (("zero", 0), ("far", 1 << 44), ("inside", 0x9000010), ("clock", 0x9010000),
                       ("nothing", 0x30000000)):
        def move(root, addr=addr):
            root.child("pl011").cells("reg", addr >> 32, addr & 0xFFFFFFFF, 0, 0x1000)
        tells(context, changed(context, target, name, move), name,
              f"boards: a UART at {addr:#x} is not used, the board's own is ({config(target, True)})",
              qemu.EXIT_OK, rf"console: there is no PL011 at {addr:#x}, where the device tree has one$",
              r"^ok 1 _harness: passes$")


def interrupts(context, target):
    """Specifiers of another controller are not taken for the GIC's; names and phandles are followed."""
    def of_gpio(root):
        gpio = root.child("pl061")
        gpio.cells("#interrupt-cells", 2)
        uart = root.child("pl011")
        uart.props["interrupt-parent"] = gpio.props["phandle"]
        uart.cells("interrupts", 3, 8)

    def phandle(root, name):
        return int.from_bytes(root.child(name).props["phandle"], "big")

    def gic(root):
        return phandle(root, "intc")

    def extended(root):
        timer = root.child("timer")
        del timer.props["interrupts"]
        timer.cells("interrupts-extended", *(cell for ppi in (13, 14, 11, 10)
                                             for cell in (gic(root), 1, ppi, 4)))

    def partly(root):
        extended(root)
        root.child("pl061").cells("#interrupt-cells", 2)
        root.child("timer").cells("interrupts-extended", phandle(root, "pl061"), 3, 8,
                                  *(cell for ppi in (14, 11, 10) for cell in (gic(root), 1, ppi, 4)))

    def unknown(root):
        extended(root)
        root.child("timer").props["interrupts-extended"] += b"\0\0\x7f\xff" * 3

    def named(root):
        timer = root.child("timer")
        timer.props["interrupt-names"] = b"phys\0virt\0"
        timer.cells("interrupts", 1, 14, 4, 1, 11, 4)

    def unnamed(root):
        named(root)
        root.child("timer").props["interrupt-names"] = b"phys\0hyp-virt\0"

    runs = r"^ok 1 _harness: passes$"
    tells(context, changed(context, target, "gpio", of_gpio), "gpio",
          f"boards: an interrupt of a GPIO controller is refused with the reason ({config(target, True)})",
          qemu.EXIT_OK, r"irq: pl011@9000000: interrupt 0 goes to a controller for which there is no driver$",
          r"no interrupt, so there is no input", runs)
    tells(context, changed(context, target, "extended", extended), "extended",
          f"boards: interrupts-extended of the timer is followed ({config(target, True)})",
          qemu.EXIT_OK, runs)
    tells(context, changed(context, target, "partly", partly), "partly",
          f"boards: a refused interrupt of the timer does not hide the others ({config(target, True)})",
          qemu.EXIT_OK, r"irq: timer: interrupt 0 goes to a controller for which there is no driver$", runs)
    tells(context, changed(context, target, "unknown", unknown), "unknown",
          f"boards: the interrupts before an unknown controller are used ({config(target, True)})",
          qemu.EXIT_OK, r"irq: timer: interrupt 4 is listed with or after an unknown controller$", runs)
    tells(context, changed(context, target, "named", named), "named",
          f"boards: the timer's interrupt is found by its name ({config(target, True)})",
          qemu.EXIT_OK, runs)
    tells(context, changed(context, target, "unnamed", unnamed), "unnamed",
          f"boards: a timer without an interrupt of the name is a panic with the reason "
          f"({config(target, True)})", qemu.EXIT_PANIC, r"none of its interrupts has the name virt$",
          r"no timer: the driver arch_timer cannot start timer")


def jobs(targets):
    found = [Job(f"boards: too little RAM ({config(target, True)})", lambda c, t=target: little_ram(c, t),
                 builds=(build(target, True), build(target, False)))
             for target in defaults(targets)]
    return found + [Job(f"boards: {what} ({config(target, True)})", lambda c, t=target, r=run: r(c, t),
                builds=(build(target, True),))
            for target in defaults(targets) if target.arch == "arm"
            for what, run in (("foreign ones", foreign), ("an ELF", elf), ("wrong UARTs", wrong_uarts),
                              ("interrupts", interrupts))]
