# SPDX-License-Identifier: MIT
# What a page-table format cannot do is said, and a CPU that cannot do the format is told apart; and RAM
# that a format can address, but this kernel cannot describe.

import re

from harness.guest import qemu
from harness.jobs import Job, build, config

# (mmu, options of the machine, exit status, a line that must be there, and what it says)
CASES = [
    ("2level", {"mem": "64M"}, qemu.EXIT_OK, r"no way to forbid the execution of data \(no NX\)$",
     "S284 the format has no NX, and the boot log says so"),
    ("2level", {"mem": "4G"}, qemu.EXIT_OK,
     r"\[mem 0x100000000-0x13fffffff\] lies beyond what two-level page tables can address, ignored$",
     "W67 RAM above 4 GB is left out with a line"),
    ("2level", {"mem": "64M", "cpu": "qemu32,-pse"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no PSE, which this kernel's two-level page tables need$",
     "a CPU without large pages is refused"),
    ("2level", {"mem": "64M", "cpu": "486"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no TSC, no CMOV, which this kernel is built for$",
     "a 486, without time-stamp counter and conditional moves, is refused"),
    ("2level", {"mem": "64M", "cpu": "pentium"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no CMOV, which this kernel is built for$",
     "a Pentium, without conditional moves, is refused"),
    ("pae", {"mem": "64M", "cpu": "qemu32,-cmov"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no CMOV, which this kernel is built for$",
     "a CPU without conditional moves is refused"),
    ("pae", {"mem": "64M", "cpu": "qemu32,-tsc"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no TSC, which this kernel is built for$",
     "a CPU without a time-stamp counter is refused"),
    ("pae", {"mem": "64M", "cpu": "qemu32,-cx8"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no CMPXCHG8B, which this kernel's PAE page tables need$",
     "a CPU that cannot replace 64 bits at once is refused"),
    ("pae", {"mem": "64M", "cpu": "qemu32"}, qemu.EXIT_OK,
     r"no way to forbid the execution of data \(no NX\)$",
     "S284 a CPU without NX is named in the boot log"),
    ("pae", {"mem": "64M", "cpu": "qemu32,-pae"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no PAE, which this kernel's PAE page tables need$",
     "a CPU without PAE is refused"),
    ("lpae", {"board": "vexpress-a15", "mem": "64M", "cpu": "arm926"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no ARMv7 instructions, which this kernel is built for$",
     "an ARMv5 CPU is refused"),
    ("lpae", {"board": "vexpress-a15", "mem": "64M", "cpu": "arm1176"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no ARMv7 instructions, which this kernel is built for$",
     "an ARMv6 CPU is refused"),
    ("lpae", {"board": "vexpress-a15", "mem": "64M", "cpu": "cortex-a9"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no LPAE, which this kernel is built for$",
     "a CPU without LPAE is refused"),
    ("short", {"board": "vexpress-a15", "mem": "64M", "cpu": "arm1176"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no ARMv7 instructions, which this kernel is built for$",
     "an ARMv6 CPU is refused"),
    ("short", {"board": "vexpress-a15", "mem": "64M", "cpu": "cortex-a8"}, qemu.EXIT_PANIC,
     r"^boot: this CPU has no multiprocessing extensions, which this kernel is built for$",
     "a CPU that cannot flush TLBs by broadcast is refused"),
    # 520 GB, of which the host gives nothing before it is touched: 2^32 bytes and more of struct pages.
    ("lpae", {"mem": "520G", "extra": ["-object", "memory-backend-ram,id=ram,size=520G,reserve=off",
                                       "-machine", "memory-backend=ram"]}, qemu.EXIT_PANIC,
     r"not syncing: no room in lowmem for 4259840 kB of mem_map$",
     "RAM whose struct pages have no room in lowmem is refused"),
]


def run(context, target):
    for number, (mmu, options, wanted, line, sentence) in enumerate(CASES):
        if mmu != target.mmu:
            continue
        options = dict(options)
        row = qemu.find_target(target.arch, mmu, options.pop("board", target.board))
        machine = context.machine(row, append="ktest=_harness:?passes", **options)
        with context.guest(machine, f"{number}") as guest:
            status = guest.finish()
            text = guest.text.replace("\r", "")
            context.check(re.search(line, text, re.M) and status == wanted,
                          f"formats: {sentence} ({config(target, True)})",
                          f"exit status {status}, or no line like '{line}'", text)


def jobs(targets):
    return [Job(f"formats: what one cannot do is said ({config(target, True)})",
                lambda c, t=target: run(c, t), builds=(build(target, True),))
            for target in targets
            if target.board in ("pc", "virt") and target.vmsplit == "3G"
            and any(target.mmu == case[0] for case in CASES)]
