# SPDX-License-Identifier: MIT
# gdb on the kernel: breakpoints before and after the MMU is on, and going back in a recorded run.

import os
import re
import select
import subprocess
import time

from harness.guest import Cancelled, Failure, stop
from harness.jobs import ROOT, Job, build, config, defaults, qemu_words, symbols
from harness.program import finish, run_program, until_said

LIMIT = 90.0  # seconds for a session with gdb


def session(context, target, *options, append="", send=b""):
    """Runs tools/qemu.py to its end without a terminal. Returns its output."""
    process = subprocess.Popen(qemu_words(context, target, "--folder", str(context.folder), "--append", append,
                                        *options),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
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
    text = session(context, target, "--gdb", *ex(
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
    "an exception": ("panic_stop", "crash=null", ["oops", "crash_null", "kmain", "_start"]),
    "an interrupt": ("timer_tick", "", ["irq_handle", "irq_entry", "kmain", "_start"]),
    "a fault without a stack": ("panic_stop", "crash=nostack", ["oops", "crash_nostack"]),
}


def backtraces(context, target):
    """gdb finds its way through the entry code, to what was interrupted and its callers."""
    for what, (symbol, append, wanted) in BACKTRACES.items():
        if target.arch == "x86" and append == "crash=nostack":
            continue  # a task switch: gdb's backtrace begins in the task of double faults
        if context.llvm and what != "an exception":
            context.skip(f"gdb: a backtrace goes through {what} to its callers ({config(target, True)})",
                         "gdb 13 ends it at the other stack in clang's code (CAVEATS.md)")
            continue
        text = session(context, target, "--gdb", *ex(
            f"hbreak {symbol}", "continue", "backtrace", "kill", "quit"), append=append)
        frames = re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\S+)", text, re.M)
        rest = iter(frames)
        context.check(all(name in rest for name in wanted) and "??" not in frames and "corrupt stack" not in text,
                      f"gdb: a backtrace goes through {what} to its callers ({config(target, True)})",
                      f"it is {frames}", text)


# A breakpoint, the command line, and the assembly that made the first call of all.
BEGINNINGS = {
    "of the first thread": ("crash_thread", "_start"),
    "of another thread": ("crash_thread_stack", "context_start"),
}


def beginnings(context, target):
    """A backtrace ends where nobody was called from, not in a frame at address 0."""
    for what, (symbol, first) in BEGINNINGS.items():
        text = session(context, target, "--gdb", *ex(
            f"hbreak {symbol}", "continue", "backtrace", "kill", "quit"), append="crash=thread")
        frames = re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\S+)", text, re.M)
        context.check(frames[:1] == [symbol] and frames[-1:] == [first] and "??" not in frames,
                      f"gdb: a backtrace ends at the beginning {what} ({config(target, True)})",
                      f"it is {frames}", text)


def calls(context, target):
    """Arguments reach a function that gdb calls, in registers and on the stack."""
    text = session(context, target, "--gdb", *ex(
        "hbreak monitor_run", "continue", "kcall pt_show_walk kernel_root 0xc0010000 monitor_line 0",
        "kill", "quit"))
    context.check(re.search(r"Page walk of c0010000", text, re.M) and "Oops" not in text,
                  f"gdb: kcall calls a function of the kernel ({config(target, True)})", "it shows no page walk", text)


def wide_qemu(context, target):
    """QEMU's 64-bit program runs the kernel, but gdb cannot follow it."""
    for mode in ("--gdb", "--wait-gdb"):
        done = run_program(qemu_words(context, target, "--folder", str(context.folder), mode),
                           env={**os.environ, "QEMU_X86": "qemu-system-x86_64"})
        context.check(done.returncode == 1 and "use qemu-system-i386 under gdb" in done.stderr,
                      f"gdb: {mode} refuses qemu-system-x86_64 with a sentence ({config(target, True)})",
                      f"exit status {done.returncode}", done.stderr)


def attach(context, target):
    """make debug-*: prints what to type; a gdb that does so is connected. That nothing is printed until then
    is no hang (the session with gdb is longer than this silence)."""
    python, program, *words = qemu_words(context, target, "--folder", str(context.folder), "--wait-gdb")
    impatient = ("import sys; sys.path.insert(0, sys.argv[1]); import qemu, launcher.run; "
                 "launcher.run.SILENCE = 0.1; del sys.argv[1]; sys.exit(qemu.main())")
    with subprocess.Popen([python, "-c", impatient, os.path.dirname(program), *words], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT,
                          start_new_session=True) as process:
        try:
            script = until_said(process, r"(gdb-multiarch) -x (\S+)", LIMIT)
            done = run_program([script.group(1), "-q", "-batch", "-x", script.group(2), "-ex", "hbreak kmain",
                                "-ex", "continue", "-ex", "kill"], LIMIT, cwd=ROOT)
            context.check(re.search(r"Breakpoint 1(?:\.\d+)?, (?:0x\w+ in )?kmain", done.stdout),
                          f"gdb: attaches where debug-{target.arch} waits ({config(target, True)})",
                          "the breakpoint was not hit", done.stdout + done.stderr)
            process.terminate()
            said = finish(process)[1]
            context.check("nothing printed" not in said,
                          f"gdb: debug-{target.arch} takes waiting for no hang ({config(target, True)})",
                          "it says where the CPU is", said)
        finally:
            process.terminate()


def no_start(context, target):
    """debug-* does not wait for good for a QEMU that has gone: here `false`."""
    done = run_program(qemu_words(context, target, "--folder", str(context.folder), "--wait-gdb"),
                       env={**os.environ, f"QEMU_{target.arch.upper()}": "false"})
    context.check(done.returncode == 1 and "k896: QEMU could not start" in done.stderr,
                  f"gdb: debug-{target.arch} says that QEMU could not start ({config(target, True)})",
                  f"exit status {done.returncode}", done.stderr)


def replay(context, target):
    """Records a crash, runs the recording to its end, and goes back to before it. Not to crash_null():
    behind its prologue stands the instruction that faults, and QEMU 7.2 now and then goes past that."""
    text = session(context, target, "--replay", append="crash=null", *ex(
        "hbreak panic_stop", "continue", "delete", "hbreak layout_show", "reverse-continue",
        "print/x $pc", "delete", "hbreak kmain", "reverse-continue", "backtrace 1", "kill", "quit"))
    where = config(target, True)
    stops = re.findall(r"Breakpoint \S+, .*?\b(panic_stop|layout_show|kmain) \(", text)
    context.check(stops == ["panic_stop", "layout_show", "kmain"],
                  f"replay: reverse-continue goes back, twice ({where})", f"it stopped at {stops}",
                  text)


def replay_typed(context, target):
    """What was typed while recording is typed again in the replay."""
    text = session(context, target, "--replay", *ex("hbreak cmd_irq", "continue", "kill", "quit"),
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
                  Job(f"gdb: backtraces ({config(target, True)})",
                      lambda c, t=target: backtraces(c, t), builds, cost=6.0),
                  Job(f"replay: going back ({config(target, True)})",
                      lambda c, t=target: replay(c, t), builds, cost=6.0)]
    for target in defaults(targets):
        builds = (build(target, True),)
        if target.arch == "x86":
            found.append(Job(f"gdb: a 64-bit QEMU ({config(target, True)})",
                             lambda c, t=target: wide_qemu(c, t), builds))
        found += [Job(f"gdb: calls ({config(target, True)})", lambda c, t=target: calls(c, t), builds, cost=3.0),
                  Job(f"gdb: attaching ({config(target, True)})",
                      lambda c, t=target: attach(c, t), builds, cost=3.0),
                  Job(f"gdb: no QEMU ({config(target, True)})", lambda c, t=target: no_start(c, t), builds),
                  Job(f"replay: typed input ({config(target, True)})",
                      lambda c, t=target: replay_typed(c, t), builds, cost=4.0)]
    return found
