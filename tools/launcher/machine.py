# SPDX-License-Identifier: MIT
# The machines that the kernel runs on, and QEMU's command line for each.
#
# Rules: a target is a row of TARGETS; tests and tools take machines from here and name no option of a
# board themselves.
"""Target, Machine: from ARCH, MMU, BOARD, MEM to the words that QEMU is started with."""

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import decode

ROOT = Path(__file__).resolve().parents[2]


class LaunchError(Exception):
    """QEMU cannot be started; the text is for the user."""


def quoted(path):
    """A path inside of one of QEMU's options, whose parts are separated by commas."""
    return str(path).replace(",", ",,")


class Target(NamedTuple):
    """A machine with a page-table format: what a kernel is built for, and where it runs."""

    arch: str
    mmu: str
    board: str
    cpu: str
    most: int  # MB of RAM, all of which the format can reach
    vmsplit: str = "3G"  # of user space
    options: str = ""  # of the board, with up to that much RAM

    @property
    def default(self):
        """Whether this is what ARCH= alone means."""
        return self is DEFAULT[self.arch]

    @property
    def name(self):
        """'arm' for the default, else 'arm-lpae vexpress-a15' or 'arm-lpae 2G/2G virt'."""
        split = "" if self.vmsplit == "3G" else " 2G/2G"
        return self.arch if self.default else f"{self.arch}-{self.mmu}{split} {self.board}"


# All that there are; of each CPU the first one is the default. A new one is a new row.
TARGETS = [
    Target("arm", "lpae", "virt", "cortex-a15", 6144),
    Target("arm", "short", "virt", "cortex-a15", 3072, options="highmem=off"),
    Target("arm", "lpae", "vexpress-a15", "cortex-a15", 6144),
    Target("arm", "short", "vexpress-a15", "cortex-a15", 2048),
    Target("arm", "short", "vexpress-a9", "cortex-a9", 1024),
    Target("x86", "pae", "pc", "max", 6144),
    Target("x86", "2level", "pc", "max", 4096),
    Target("arm", "lpae", "virt", "cortex-a15", 6144, "2G"),
    Target("x86", "pae", "pc", "max", 6144, "2G"),
]
# MB of RAM: what the kernel starts with, and what a board has room for where that is not much.
LEAST = 8
BOARD_LIMIT = {"vexpress-a15": 30 << 10, "vexpress-a9": 1 << 10}

DEFAULT = {arch: next(t for t in TARGETS if t.arch == arch) for arch in ("arm", "x86")}
PROGRAM = {"arm": "qemu-system-arm", "x86": "qemu-system-i386"}
EXIT_DEVICE = {
    "arm": ["-semihosting-config", "enable=on,target=native"],
    "x86": ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"],
}


def find_target(arch, mmu="", board=""):
    """The first row that agrees; '' is any."""
    rows = [t for t in TARGETS if t.arch == arch]
    for target in rows:
        if mmu in ("", target.mmu) and board in ("", target.board):
            return target
    raise LaunchError(f"ARCH={arch} MMU={mmu} BOARD={board} is no machine of ours; there are (MMU BOARD): "
                      + ", ".join(dict.fromkeys(f"{t.mmu} {t.board}" for t in rows)))


@dataclass
class Machine:
    """A machine and what it boots: everything that QEMU's command line follows from."""

    arch: str = "arm"
    mmu: str = ""
    board: str = ""
    mem: str = "1G"
    append: str = ""
    debug: bool = False
    llvm: bool = False
    san: str = ""  # the build's sanitizer: kasan, ubsan
    vmsplit: str = "3G"
    initrd: str = ""
    iso: str = ""
    cpu: str = ""
    board_options: str = ""
    folder: str = ""  # for what runs leave behind; default: the build's
    kernel: str = ""  # default: the build's; "-": none, `extra` loads something
    extra: list = field(default_factory=list)
    program: str = ""

    def __post_init__(self):
        self.target = find_target(self.arch, self.mmu, self.board)
        self.mmu, self.board = self.target.mmu, self.target.board
        self.program = self.program or os.environ.get(f"QEMU_{self.arch.upper()}") \
            or PROGRAM[self.arch]

    @property
    def build(self):
        return ROOT / "build" / (f"{self.arch}-{self.mmu}" + ("-2g" if self.vmsplit == "2G" else "")
                                 + ("-debug" if self.debug else "")
                                 + ("-llvm" if self.llvm else "")
                                 + (f"-{self.san}" if self.san else ""))

    @property
    def work(self):
        """Where runs leave their logs and recordings."""
        return Path(self.folder) if self.folder else self.build

    @property
    def elf(self):
        return self.build / "k896.elf"

    @property
    def image(self):
        """What QEMU loads: the raw image on ARM (an ELF gets no device tree), else the ELF."""
        if self.kernel:
            return self.kernel
        return str(self.build / ("k896.bin" if self.arch == "arm" else "k896.elf"))

    @property
    def dtb(self):
        """Our own device tree, for boards that QEMU makes none for; else ''."""
        return str(self.build / f"{self.board}.dtb") if self.board.startswith("vexpress") else ""

    @property
    def phys_offset(self):
        return decode.PHYS_OFFSET[self.board]

    @property
    def megabytes(self):
        return int(self.mem[:-1]) << (10 if self.mem[-1] == "G" else 0)

    def symbols(self):
        """The kernel's symbols, or None where it was not built."""
        try:
            return decode.Kernel(self.elf, self.phys_offset)
        except (OSError, ValueError):
            return None

    def argv(self):
        cpu = self.cpu or self.target.cpu
        # More RAM than below 4 GB has room for takes a board with more addresses, whatever else lies there.
        options = self.target.options if self.megabytes <= self.target.most else ""
        board = ",".join(word for word in (self.board, options, self.board_options) if word)
        argv = [self.program, "-M", board, "-cpu", cpu, "-m", self.mem, "-nodefaults",
                "-display", "none", "-no-reboot"] + EXIT_DEVICE[self.arch]
        if self.dtb:
            # The board has a sound device, which would look for the host's.
            argv += ["-dtb", self.dtb, "-audiodev", "none,id=none", "-global", "pl041.audiodev=none"]
        if self.iso:
            argv += ["-cdrom", self.iso, "-boot", "d"]
        elif self.kernel != "-":
            # Relative: on x86 the path becomes the first word of the command line, and folders have blanks.
            argv += ["-kernel", os.path.relpath(self.image)]
            argv += ["-append", self.append] if self.append else []
            argv += ["-initrd", self.initrd] if self.initrd else []
        return argv + list(self.extra)

    def check_words(self):
        """Raises LaunchError when the words ask for what cannot be, whatever is built."""
        if not re.fullmatch(r"[1-9][0-9]*[MG]", self.mem):
            raise LaunchError(f"MEM={self.mem}: RAM's size is a number and M or G, such as MEM=512M")
        if self.megabytes < LEAST:
            raise LaunchError(f"MEM={self.mem}: the kernel needs more; take MEM={LEAST}M or more")
        limit = BOARD_LIMIT.get(self.board, self.megabytes)
        if self.megabytes > limit:
            raise LaunchError(f"MEM={self.mem}: the board {self.board} has room for {limit}M; take that or "
                              "less, or another BOARD")
        if self.arch == "x86" and not self.iso and re.search("[ ,]", self.initrd):
            raise LaunchError(f"INITRD={self.initrd}: QEMU's multiboot loader takes no name with a blank or a "
                              "comma")
        if self.initrd and not os.path.isfile(self.initrd):
            raise LaunchError(f"INITRD={self.initrd}: there is no such file")

    def check(self):
        """Raises LaunchError when QEMU cannot be started: words, files, the program."""
        self.check_words()
        if not shutil.which(self.program):
            raise LaunchError(f"{self.program} is not installed; `make doctor` says what is missing")
        image = self.iso or self.image
        if self.kernel != "-" and not os.path.exists(image):
            raise LaunchError(f"{image} does not exist: run make build-{self.arch}")
