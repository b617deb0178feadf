# SPDX-License-Identifier: MIT
# gdb on the kernel: breakpoints before and after the MMU is on, and going back in a recorded run.

import os
import re
import select
import subprocess
import sys
import time

from harness.guest import Cancelled, Failure, stop
from harness.jobs import ROOT, Job, build, config, defaults, machine_words, symbols

LIMIT = 90.0  # seconds for a session with gdb


def launcher(context, target, *options, append="", send=b""):
    """Runs tools/qemu.py to its end without a terminal. Returns its output."""
    command = [sys.executable, str(ROOT / "tools/qemu.py"), *machine_words(target), "--debug",
               "--mem", "64M", "--append", append, *(["--llvm"] if context.llvm else []), *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    text, end = b"", time.monotonic() + LIMIT
    try:
        process.stdin.write(send)
        process.stdin.close()
        while True:
            if stop.is_set():
                raise Cancelled()
            if time.monotonic() > end:
                raise Failure(f"no end within {LIMIT:.0f} s", lines(text)[-12:])
            if select.select([process.stdout], [], [], 0.1)[0]:
                data = os.read(process.stdout.fileno(), 65536)
                if not data:
                    return "\n".join(lines(text))
                text += data
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()
        process.stdout.close()


def lines(data):
    return data.decode("latin-1").replace("\r", "").splitlines()


def ex(*commands):
    return [word for command in commands for word in ("--ex", command)]


def breakpoints(context, target):
    text = launcher(context, target, "--gdb", *ex(
        "break early_map_kernel", "hbreak kmain", "continue", "print/x $pc", "continue", "print/x $pc",
        "backtrace 2", "kill", "quit"))
    hits = re.findall(r"(?:Breakpoint|hit).*?\b(early_map_kernel|kmain)\b", text)
    pcs = [int(pc, 16) for pc in re.findall(r"^\$\d+ = 0x([0-9a-f]+)", text, re.M)]
    where = config(target, True)
    kernel = symbols(context.machine(target))
    context.check(hits[:1] == ["early_map_kernel"] and pcs and pcs[0] < kernel.page_offset,
                  f"gdb: a breakpoint stops before the MMU is on ({where})",
                  f"stops at {hits}, PC {[hex(pc) for pc in pcs]}", text)
    context.check("kmain" in hits and len(pcs) > 1 and pcs[1] >= kernel.page_offset,
                  f"gdb: a hardware breakpoint stops with the MMU on ({where})",
                  f"stops at {hits}, PC {[hex(pc) for pc in pcs]}", text)


# A breakpoint, the command line, and functions that the backtrace there must have, in this order.
BACKTRACES = {
    "an exception": ("panic_stop", "crash=null", ["oops", "trap_entry", "crash_null", "kmain"]),
    "an interrupt": ("timer_tick", "", ["irq_handle", "irq_entry", "trap_entry"]),
}


def backtraces(context, target):
    """gdb finds its way through the entry code, to what was interrupted and its callers."""
    for what, (symbol, append, wanted) in BACKTRACES.items():
        text = launcher(context, target, "--gdb", *ex(
            f"hbreak {symbol}", "continue", "backtrace", "kill", "quit"), append=append)
        frames = re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\S+)", text, re.M)
        rest = iter(frames)
        in_order = all(name in rest for name in wanted)
        behind = [name for name in rest if name not in ("<signal", "trap_common", "??")]
        context.check(in_order and behind,
                      f"gdb: a backtrace goes on behind {what} ({config(target, True)})",
                      f"it is {frames}", text)


# A breakpoint, the command line, and the assembly that made the first call of all.
BEGINNINGS = {
    "of the first thread": ("crash_thread", "_start"),
    "of another thread": ("crash_thread_stack", "context_start"),
}


def beginnings(context, target):
    """A backtrace ends where nobody was called from, not in a frame at address 0."""
    for what, (symbol, first) in BEGINNINGS.items():
        text = launcher(context, target, "--gdb", *ex(
            f"hbreak {symbol}", "continue", "backtrace", "kill", "quit"), append="crash=thread")
        frames = re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\S+)", text, re.M)
        context.check(frames[:1] == [symbol] and frames[-1:] == [first] and "??" not in frames,
                      f"gdb: a backtrace ends at the beginning {what} ({config(target, True)})",
                      f"it is {frames}", text)


def attach(context, target):
    """make debug-*: prints what to type; a gdb that does so is connected."""
    command = [sys.executable, str(ROOT / "tools/qemu.py"), *machine_words(target), "--debug",
               "--mem", "64M", "--wait-gdb", *(["--llvm"] if context.llvm else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, cwd=ROOT) as process:
        try:
            script = None
            while script is None:
                line = process.stderr.readline().decode()
                if not line:
                    raise Failure("tools/qemu.py --wait-gdb ended at once")
                script = re.search(r"(gdb-multiarch) -x (\S+)", line)
            done = subprocess.run([script.group(1), "-q", "-batch", "-x", script.group(2), "-ex",
                                   "hbreak kmain", "-ex", "continue", "-ex", "kill"], cwd=ROOT,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=LIMIT, check=False)
            context.check(re.search(r"Breakpoint 1(?:\.\d+)?, (?:0x\w+ in )?kmain", done.stdout),
                          f"gdb: attaches where debug-{target.arch} waits ({config(target, True)})",
                          "the breakpoint was not hit", done.stdout + done.stderr)
        finally:
            process.terminate()
            process.communicate()


def replay(context, target):
    """Records a crash, runs the recording to its end, and goes back to before it. Not to crash_null():
    behind its prologue stands the instruction that faults, and QEMU 7.2 now and then goes past that."""
    text = launcher(context, target, "--replay", append="crash=null", *ex(
        "hbreak panic_stop", "continue", "delete", "hbreak layout_show", "reverse-continue",
        "print/x $pc", "delete", "hbreak kmain", "reverse-continue", "backtrace 1", "kill", "quit"))
    where = config(target, True)
    stops = re.findall(r"Breakpoint \S+, .*?\b(panic_stop|layout_show|kmain) \(", text)
    context.check(stops == ["panic_stop", "layout_show", "kmain"],
                  f"replay: reverse-continue goes back, twice ({where})", f"it stopped at {stops}",
                  text)


def replay_typed(context, target):
    """What was typed while recording is typed again in the replay."""
    text = launcher(context, target, "--replay", *ex("hbreak cmd_irq", "continue", "kill", "quit"),
                    send=b"irq\noff\n")
    context.check(re.search(r"Breakpoint \S+, .*?\bcmd_irq\b", text),
                  f"replay: what was typed is part of the recording ({config(target, True)})",
                  "the command was not run again", text)


def jobs(targets):
    found = []
    for target in targets:
        builds = (build(target, True),)
        found += [Job(f"gdb: breakpoints ({config(target, True)})",
                      lambda c, t=target: breakpoints(c, t), builds, cost=4.0),
                  Job(f"gdb: where threads begin ({config(target, True)})",
                      lambda c, t=target: beginnings(c, t), builds, cost=4.0),
                  Job(f"replay: going back ({config(target, True)})",
                      lambda c, t=target: replay(c, t), builds, cost=6.0)]
        if target.arch == "x86":
            found.append(Job(f"gdb: backtraces ({config(target, True)})",
                             lambda c, t=target: backtraces(c, t), builds, cost=4.0))
    for target in defaults(targets):
        builds = (build(target, True),)
        found += [Job(f"gdb: attaching ({config(target, True)})",
                      lambda c, t=target: attach(c, t), builds, cost=3.0),
                  Job(f"replay: typed input ({config(target, True)})",
                      lambda c, t=target: replay_typed(c, t), builds, cost=4.0)]
    return found
