# SPDX-License-Identifier: MIT
# What a newcomer does first: start it, see the prompt, pass words, leave; and how large it is.

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from pathlib import Path

from harness.guest import Cancelled, Failure, qemu, stop
from harness.jobs import ROOT, Job, build, config, defaults, make, outside_make, qemu_words, symbols

PROMPT_LIMIT = 0.5   # seconds of wall time from QEMU's start
TRIES = 5
# Bytes of code: the target that `make bench-arm` shows.
TEXT_LIMIT = next(row["target"] for row in json.loads((ROOT / "tools/bench-anchors.json").read_text())["rows"]
                  if row["name"] == "kernel text, without tests")
MONITOR_LIMIT = 32 << 10  # of the code that only a person at the prompt runs
LAUNCHER_LIMIT = 60.0   # seconds: the launcher must have ended long before


def prompt_time(context, arch):
    """The best of several starts: the host may be busy, the kernel may not be slow."""
    best = None
    for _ in range(TRIES):
        with context.guest(context.machine(arch, debug=False), icount=False) as guest:
            guest.prompt()
            seconds = time.monotonic() - guest.started
            best = seconds if best is None else min(best, seconds)
        if best <= PROMPT_LIMIT:
            break
    context.notes.append(f"{best:.2f} s to the prompt")
    context.check(best <= PROMPT_LIMIT, f"start: the prompt comes within {PROMPT_LIMIT} s ({arch})",
                  f"the best of {TRIES} starts took {best:.2f} s")


def sizes(context, arch):
    kernel = symbols(context.machine(arch, debug=False))
    size = kernel.sizes()
    context.notes.append(", ".join(f"{name} {n >> 10} KB" for name, n in size.items()))
    context.check(0 < size["text"] <= TEXT_LIMIT, f"size: release code fits into {TEXT_LIMIT >> 10} KB ({arch})",
                  f"it has {size['text']} bytes")
    context.check(0 < size["monitor"] <= MONITOR_LIMIT, f"size: the monitor's code fits into 32 KB ({arch})",
                  f"it has {size['monitor']} bytes")


def least(context, arch):
    with context.guest(context.machine(arch, mem=f"{qemu.LEAST}M"), icount=False) as guest:
        guest.prompt()
        context.check(True, f"start: {qemu.LEAST} MB of RAM, the least that MEM= takes, are enough ({arch})")


def append(context, arch):
    """Words of APPEND= reach the kernel's command line."""
    with context.guest(context.machine(arch, append="loglevel=6 no_hash_pointers"),
                       icount=False) as guest:
        guest.prompt()
        context.check("Command line: loglevel=6 no_hash_pointers" in guest.text,
                      f"start: APPEND= reaches the command line ({arch})",
                      "the log's command line is another", guest.text)


def long_words(context, arch):
    """All of a long command line is in the log, in lines of its own."""
    given = " ".join(f"word{n:04}" for n in range(200))
    with context.guest(context.machine(arch, append=given), icount=False) as guest:
        guest.prompt()
        lines = re.findall(r"Command line: (.*?)\r?\n", guest.text)
        context.check("".join(lines) == given, f"start: a long command line is logged whole ({arch})",
                      f"{len(''.join(lines))} characters in {len(lines)} lines of {len(given)}",
                      guest.text)


# Whatever make, a shell or GRUB might take for its own.
ODD_WORDS = r'''a="b  c" 'd' {e} ;f $g ${h} i\j \\k \" \x41 l&m|n *o #p "q;r $s" t''u ~v (w) <x> `y`  z'''


def screen(guest, path):
    """What is on a PC's screen in text mode: 80 columns, a character and a colour each."""
    guest.vm.qmp.command("pmemsave", val=0xB8000, size=80 * 25 * 2, filename=str(path))
    cells = path.read_bytes()[::2].decode("latin-1").replace("\0", " ")
    return "\n".join(cells[at:at + 80].rstrip() for at in range(0, len(cells), 80)) + "\n"


def grub(context):
    """make iso-x86, and that ISO to the prompt: words arrive as they are, blanks and quotes too."""
    machine = context.machine("x86", debug=False)
    machine.iso = str(context.folder / "k896.iso")  # the build's is the user's
    make("iso-x86", "DEBUG=0", f"LLVM={int(context.llvm)}", f"APPEND={ODD_WORDS}",
         f"ISO={os.path.relpath(machine.iso, ROOT)}")
    machine.extra += ["-vga", "std"]
    with context.guest(machine, icount=False) as guest:
        guest.prompt()
        seen = screen(guest, context.folder / "screen")
        context.check("console is the first serial line" in seen and "-serial stdio" in seen
                      and "error" not in seen,
                      "start: the ISO's GRUB says on the screen where the console is, and shows no error",
                      "the screen shows something else", seen)
        context.check(re.search(r"booted by .*GRUB", guest.text), "start: GRUB boots the ISO of make iso-x86",
                      "no loader GRUB", guest.text)
        line = re.search(r"Command line: (.*?)\r?\n", guest.text)
        context.check(line and line.group(1) == ODD_WORDS,
                      "start: APPEND= of make iso-x86 reaches the command line as it was given, odd words too",
                      f"given {ODD_WORDS!r}, arrived {line and line.group(1)!r}", guest.text)


# ---- the launcher -------------------------------------------------------------------------------------

class Launcher:
    """tools/qemu.py as make starts it, on a terminal of its own (or with other input)."""

    def __init__(self, context, arch, append="", stdin=None, command=None, path=None):
        if command is None:
            command = qemu_words(context, arch, "--append", append)
        self.text = ""
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(
            command, env={**outside_make(), "PATH": path or os.environ["PATH"]},
            stdin=theirs if stdin is None else stdin, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        self.end = time.monotonic() + LAUNCHER_LIMIT

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.terminal)

    def step(self):
        """Reads what has come. Returns False when nothing more will."""
        if stop.is_set():
            raise Cancelled()
        if time.monotonic() > self.end:
            raise Failure(f"tools/qemu.py did not end within {LAUNCHER_LIMIT:.0f} s",
                          self.text.splitlines()[-8:])
        if not select.select([self.terminal], [], [], 0.1)[0]:
            return True
        try:
            data = os.read(self.terminal, 65536)
        except OSError:  # the last writer has gone
            return False
        self.text += data.decode("latin-1").replace("\r", "")
        return bool(data)

    def expect(self, text):
        while text not in self.text:
            if not self.step():
                raise Failure(f"tools/qemu.py ended before it printed '{text}'",
                              self.text.splitlines()[-8:])

    def send(self, text):
        os.write(self.terminal, text.encode())

    def finish(self):
        while self.step():
            if self.process.poll() is not None and not select.select([self.terminal], [], [], 0)[0]:
                break
        try:
            return self.process.wait(timeout=10)
        except subprocess.TimeoutExpired as late:
            raise Failure("no end within 10 s of its last word", self.text.splitlines()[-8:]) from late


def leave(context, arch):
    """Ctrl-A X at the terminal."""
    with Launcher(context, arch) as launcher:
        launcher.expect("k896> ")
        launcher.send("\x01x")
        status = launcher.finish()
        context.check(status == 0, f"launcher: Ctrl-A X leaves ({arch})", f"exit status {status}",
                      launcher.text)


def type_at_it(context, arch):
    with Launcher(context, arch) as launcher:
        launcher.expect("k896> ")
        launcher.send("irq\r")
        launcher.expect("ticks at 100 Hz")
        launcher.send("off\r")
        status = launcher.finish()
        context.check(status == 0 and "powered off" in launcher.text,
                      f"launcher: the terminal types at the monitor, off ends it ({arch})",
                      f"exit status {status}", launcher.text)


def piped(context, arch):
    """Input from a pipe arrives whole; where it ends at the prompt, so does the run."""
    with subprocess.Popen(["printf", "help\\nirq\\n   \\nlayout\\n"], stdout=subprocess.PIPE) as source:
        with Launcher(context, arch, stdin=source.stdout) as launcher:
            status = launcher.finish()
            context.check(status == 0 and "the kernel log" in launcher.text
                          and "ticks at 100 Hz" in launcher.text
                          and launcher.text.count("virtual kernel memory layout:") == 2,
                          f"launcher: commands come from a pipe ({arch})",
                          f"exit status {status}, or an answer is missing", launcher.text)


def reboot(context, arch):
    """reboot starts the kernel anew; input that is left goes to the new one."""
    with subprocess.Popen(["printf", "reboot\\nirq\\noff"], stdout=subprocess.PIPE) as source:
        with Launcher(context, arch, stdin=source.stdout) as launcher:
            status = launcher.finish()
            before, _, after = launcher.text.partition("k896> reboot")
            context.check(status == 0 and "k896: a teaching" in before
                          and "k896: a teaching" in after and "ticks at 100 Hz" in after
                          and "powered off" in after,
                          f"launcher: reboot starts the kernel anew ({arch})",
                          f"exit status {status}, or no second start", launcher.text)


def no_input(context, arch):
    with Launcher(context, arch, stdin=subprocess.DEVNULL) as launcher:
        status = launcher.finish()
        context.check(status == 0 and "k896> " in launcher.text,
                      f"launcher: without input it boots to the prompt and ends ({arch})",
                      f"exit status {status}", launcher.text)


def crash(context, arch):
    """A crash is explained with file and line, and make sees a failure."""
    with Launcher(context, arch, append="crash=null") as launcher:
        status = launcher.finish()
        explained = re.search(r"^k896: +[0-9a-f]{8}  crash_null\+0x[0-9a-f]+(  kernel/debug/crash\.c:\d+)?$",
                              launcher.text, re.M)
        context.check(status == qemu.EXIT_PANIC and explained,
                      f"launcher: a crash is decoded, and is a failure ({arch})",
                      f"exit status {status}, or no line for crash_null", launcher.text)
        context.check("k896: the kernel panicked (exit status 37): Oops: kernel NULL pointer" in launcher.text,
                      f"launcher: a crash is said in words ({arch})", "no line says so", launcher.text)


def crash_of_make(context, arch):
    """make adds nothing on a terminal, which has the launcher's words; elsewhere it fails."""
    command = ["make", "-C", str(ROOT), "--no-print-directory", "NO_SETUP=1", "DEBUG=1", "MEM=64M",
               f"LLVM={int(context.llvm)}", "APPEND=crash=null", f"run-{arch}"]
    with Launcher(context, arch, command=command) as launcher:
        status = launcher.finish()
        context.check(status == 0 and "the kernel panicked (exit status 37)" in launcher.text
                      and "***" not in launcher.text,
                      f"launcher: make run-{arch} adds no error lines after a panic on a terminal",
                      f"exit status {status}, or such lines", launcher.text)
    with Launcher(context, arch, command=command, stdin=subprocess.DEVNULL) as launcher:
        status = launcher.finish()
        context.check(status == 2, f"launcher: make run-{arch} without a terminal fails after a panic",
                      f"exit status {status}", launcher.text)


def path_without_gcc(folder):
    """A PATH with all programs there are but the cross compilers of GCC."""
    folder.mkdir(parents=True)
    for place in os.get_exec_path():
        for program in Path(place).glob("*"):
            if not re.match(r"(arm-none-eabi|i686-linux-gnu|i686-elf)-", program.name):
                with contextlib.suppress(FileExistsError):
                    (folder / program.name).symlink_to(program)
    return str(folder)


def gdb(context, arch):
    """make gdb-*, however many jobs make runs at once: gdb is the one that has the terminal. A kernel
    built by clang needs no GCC for that."""
    with Launcher(context, arch, command=[
            "make", "-C", str(ROOT), "NO_SETUP=1", "MEM=64M", f"LLVM={int(context.llvm)}",
            f"gdb-{arch}"], path=path_without_gcc(context.folder / "bin") if context.llvm else None,
            ) as launcher:
        for expected, typed in (("(gdb) ", "hbreak kmain"), ("reakpoint 1 at", "continue"),
                                ("Breakpoint 1", "quit")):
            launcher.expect(expected)
            launcher.send(typed + "\r")
        status = launcher.finish()
        context.check(status == 0, f"launcher: make gdb-{arch} takes commands from the terminal",
                      f"exit status {status}", launcher.text)


def jobs(targets):
    found = []
    for arch in (t.arch for t in defaults(targets)):
        debug, release = (build(arch, True),), (build(arch, False),)
        found += [
            Job(f"start: time to the prompt ({arch})", lambda c, a=arch: prompt_time(c, a), release,
                alone=True),
            Job(f"size: of the release kernel ({arch})", lambda c, a=arch: sizes(c, a), release),
            Job(f"start: the least RAM ({arch})", lambda c, a=arch: least(c, a), debug),
            Job(f"start: APPEND= ({arch})", lambda c, a=arch: append(c, a), debug),
            Job(f"start: a long APPEND= ({arch})", lambda c, a=arch: long_words(c, a), debug),
            Job(f"launcher: Ctrl-A X ({arch})", lambda c, a=arch: leave(c, a), debug),
            Job(f"launcher: typing ({arch})", lambda c, a=arch: type_at_it(c, a), debug),
            Job(f"launcher: a pipe ({arch})", lambda c, a=arch: piped(c, a), debug, cost=2.0),
            Job(f"launcher: a reboot ({arch})", lambda c, a=arch: reboot(c, a), debug),
            Job(f"launcher: no input ({arch})", lambda c, a=arch: no_input(c, a), debug),
            Job(f"launcher: a crash ({arch})", lambda c, a=arch: crash(c, a), debug),
            Job(f"launcher: a crash of make run-{arch}", lambda c, a=arch: crash_of_make(c, a), debug),
            Job(f"launcher: make gdb-{arch}", lambda c, a=arch: gdb(c, a), debug, cost=3.0),
        ]
        if arch == "x86":
            found.append(Job(f"start: make iso-x86 ({config(arch, False)})", grub, release))
    return found
