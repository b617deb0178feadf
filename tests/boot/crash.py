# SPDX-License-Identifier: MIT
# Each kind of crash, on both CPUs: the oops names the true cause and the function, and QEMU's exit
# status is a failure.

import re

from harness.guest import qemu
from harness.jobs import Job, build, config, defaults, each

# The cause in the oops's words, and the function that it must name.
KINDS = {
    "null": r"Oops: kernel NULL pointer dereference: read of 00000000",
    "undefined": r"Oops: undefined instruction|Oops: invalid opcode",
    "text": r"Oops: write to read-only address [0-9a-f]{8} \(\.text\)",
    "exec": r"Oops: execution of non-executable address [0-9a-f]{8}",
    "stack": r"Oops: kernel stack overflow: .* in the guard page",
    "vmalloc": r"Oops: write to unmapped address [0-9a-f]{8} \(vmalloc: guard page after the "
               r"8192 bytes that crash_vmalloc\+\S+ allocated\)",
    "vfree": r"Oops: read of unmapped address [0-9a-f]{8} \(vmalloc: was: 8192 bytes that "
             r"crash_vfree\+\S+ allocated, freed by crash_vfree\+\S+\)",
    "kmap": r"Oops: read of unmapped address ff[0-9a-f]{6} \(pkmap slot \d+: was pfn 0x[0-9a-f]+, "
            r"(mapped by crash_kmap\+\S+, unmapped by crash_kmap\+\S+|unmapped)\)",
    "kmap_local": r"Oops: write to unmapped address fff[0-9a-f]{5} \(kmap_local slot 0: "
                  r"(was pfn 0x[0-9a-f]+, mapped by crash_kmap_local\+\S+, unmapped by "
                  r"crash_kmap_local\+\S+|shows nothing)\)",
    "kmap_local_full": r"Kernel panic - not syncing: kmap_local_page: 16 pages are mapped already",
    "iounmap": r"Oops: read of unmapped address [0-9a-f]{8} \(vmalloc: was: ioremap of [0-9a-f]+ by "
               r"crash_iounmap\+\S+, unmapped by crash_iounmap\+\S+\)",
    "thread": r"Oops: kernel stack overflow: write to [0-9a-f]{8} in the guard page below the stack of "
              r"thread \d+ \(victim\)",
    "deadlock": r"Kernel panic - not syncing: deadlock: thread 1 \(main\) waits for mutex right, and "
                r"itself has left, locked at crash_deadlock\+",
    "assert": r"Kernel panic - not syncing: kernel BUG at kernel/debug/crash\.c:\d+ in crash_assert\(\)",
    "zero": r"Oops: kernel NULL pointer dereference: write to 00000010 \(ZERO_SIZE_PTR, which kmalloc\(0\) "
            r"returns\)",
    "divide": r"Oops: divide error",
    "unaligned": r"Oops: alignment fault: read of [0-9a-f]{8}",
    "svc": r"Oops: supervisor call from the kernel",
    "breakpoint": r"Oops: breakpoint",
    "nostack": r"  bad stack pointer, DFSR [0-9a-f]{8}: translation fault|"
               r"  double fault, error code 0+: .* the stack pointer is bad",
    "oddstack": r"  bad stack pointer, DFSR [0-9a-f]{8}: translation fault",
}
# What a machine of 64 MB refuses, and what it says that it lacks.
REFUSED = {"kmap": "highmem", "kmap_local": "highmem", "kmap_local_full": "highmem"}
REFUSED_WITHOUT_NX = {"exec": "pages that cannot be executed (NX)"}
ONLY = {"divide": "x86", "unaligned": "arm", "svc": "arm", "breakpoint": "arm",
        "oddstack": "arm"}


def ram(target, kind):
    """What has to do with highmem needs some; where there are devices, there is never RAM."""
    if kind.startswith("kmap"):
        return "1G" if target.vmsplit == "3G" else "2G"
    return f"{target.most}M" if kind == "iounmap" else "64M"


def run(context, target, debug, kind):
    machine = context.machine(target, debug, mem=ram(target, kind), append=f"crash={kind}")
    with context.guest(machine) as guest:
        status = guest.finish()
        text = guest.text.replace("\r", "")
        where = config(target, debug)
        cause = KINDS[kind]
        context.check(re.search(cause, text), f"crash {kind}: names its cause ({where})",
                      f"no line like '{cause}'", text)
        # Code that has jumped into data has left the function; its caller is in the trace.
        context.check(re.search(rf"\bcrash_{kind}[\w.]*[+(]", text),
                      f"crash {kind}: names the function ({where})",
                      f"crash_{kind} stands nowhere", text)
        if kind == "exec" and cause == KINDS[kind]:
            context.check(re.search(r"^.*  called from crash_exec[\w.]*\+", text, re.M),
                          f"crash exec: names who jumped there ({where})", "no line 'called from'", text)
        context.check("Kernel panic - not syncing" in text and status == qemu.EXIT_PANIC,
                      f"crash {kind}: ends with a failure ({where})",
                      f"exit status {status} where {qemu.EXIT_PANIC} was due", text)


def without_nx(target):
    return target.mmu == "2level"


def refused(context, target, debug):
    """What a kind needs and the machine lacks is said, and the session goes on."""
    kinds = {**REFUSED, **(REFUSED_WITHOUT_NX if without_nx(target) else {})}
    where = config(target, debug)
    with context.guest(context.machine(target, debug, mem="64M", append="crash=kmap"), icount=False) as guest:
        guest.prompt()
        context.check("crash kmap: this machine lacks what it needs: highmem" in guest.text,
                      f"crash=kmap without highmem says so, and the kernel goes on ({where})",
                      "no such line", guest.text)
        for kind, lacks in kinds.items():
            text = guest.ask(f"crash {kind}")
            context.check(f"crash {kind}: this machine lacks what it needs: {lacks}" in text
                          and "panic" not in text,
                          f"crash {kind} is refused on a machine without what it needs ({where})",
                          "no such line", text)
        guest.send("off\r")
        status = guest.finish()
        context.check(status == 0, f"crash: a refused kind leaves the session alive ({where})",
                      f"exit status {status}", guest.text)


def explaining(context, target):
    """A fault while one is explained ends the machine; it does not go round in circles."""
    machine = context.machine(target, mem="64M", append="ktest=_harness:?faults*")
    with context.guest(machine) as guest:
        status = guest.finish()
        context.check("Oops: kernel NULL pointer" in guest.text and status == qemu.EXIT_PANIC
                      and "while explaining another" in guest.text,
                      f"crash: a fault while another is explained is told, and ends ({target.name})",
                      f"exit status {status}", guest.text)


def unseen(context, target, glob, cause):
    """However little the console shows, it shows how the kernel ends, with the callers."""
    machine = context.machine(target, mem="64M", append=f"loglevel=0 {glob} ktest_timeout=0.05")
    with context.guest(machine) as guest:
        status = guest.finish()
        context.check(status == qemu.EXIT_PANIC and "clocksource: " not in guest.text
                      and re.search(rf"{cause}(.*\n)+.*Call trace:\r?\n.* \[<[0-9a-f]{{8}}>\]",
                                    guest.text),
                      f"crash: loglevel=0 hides no end by {glob.split('=')[1]} ({target.name})",
                      f"no line like '{cause}' with callers, exit status {status}", guest.text)


UNSEEN = [("crash=null", "Oops: kernel NULL pointer dereference"),
          ("crash=assert", "Kernel panic - not syncing: kernel BUG at"),
          ("ktest=_harness:?hangs?with?interrupts?on", "interrupted in:")]


def jobs(targets):
    def job(name, target, debug, run_it):
        return Job(f"crash: {name} ({config(target, debug)})", run_it, builds=(build(target, debug),), cost=0.5)

    found = [job(f"loglevel=0 and {glob}", t, True, lambda c, t=t, g=glob, w=cause: unseen(c, t, g, w))
             for t in defaults(targets) for glob, cause in UNSEEN]
    found += [job("a fault while another is explained", t, True, lambda c, t=t: explaining(c, t))
              for t in targets]
    found += [job("what the machine lacks is refused", t, debug, lambda c, t=t, d=debug: refused(c, t, d))
              for t, debug in each(targets)]
    return found + [job(f"{kind} is explained", t, debug, lambda c, t=t, d=debug, k=kind: run(c, t, d, k))
                    for t, debug in each(targets) for kind in KINDS if ONLY.get(kind, t.arch) == t.arch
                    and not (kind in REFUSED_WITHOUT_NX and without_nx(t))]
