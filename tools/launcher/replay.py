# SPDX-License-Identifier: MIT
# Recording a run and going through it again in gdb, backwards too.
#
# Owns: build/<config>/replay/ (the last recording), or replay/ in the folder of --folder.
"""replay()"""

import fcntl
import shutil
import subprocess

from launcher.debug import run_gdb
from launcher.machine import LaunchError, quoted
from launcher.run import run
from launcher.terminal import say

HALTED = b"Halted: attach a debugger (panic=halt)"  # kernel/panic.c


def replay_argv(machine, folder, mode):
    # The vapic waits for the CPU while it is reset; going back resets it, and the CPU waits for the
    # one who replays: both for good (QEMU 7.2, about one reverse-continue in three).
    quirk = ["-global", "apic.vapic=off"] if machine.arch == "x86" else []
    return quirk + ["-icount", f"shift=0,rr={mode},rrfile={quoted(folder / 'rr.bin')},rrsnapshot=init",
            "-drive", f"file={quoted(folder / 'rr.qcow2')},if=none,format=qcow2,id=rr"]


def record(machine, folder):
    """Runs on this terminal and writes down all that was not determined."""
    qemu_img = shutil.which("qemu-img")
    if not qemu_img:
        raise LaunchError("qemu-img is not installed (package qemu-utils); replay needs it")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # The snapshots that reverse execution starts from are kept in a disk that the guest cannot see.
    subprocess.run([qemu_img, "create", "-q", "-f", "qcow2", str(folder / "rr.qcow2"), "1G"],
                   check=True)
    say("recording; end it with `off` or Ctrl-A X, then gdb opens it")
    return run(machine, replay_argv(machine, folder, "record"), recorded=True, last=HALTED)


def replay(machine, commands, keep=False):
    """Records a run (or keeps the last recording) and opens it in gdb."""
    machine.check()
    # Newer QEMUs (10.0; not 7.2) take isa-debug-exit for a shutdown request, and record one as if it
    # came before the instructions that led there. Replayed, it stops the machine too early, or once
    # more just after it went back: reverse-continue misses its breakpoint. So a panic halts instead,
    # and that ends the recording. (ARM's semihosting is an exception: those are recorded in place.)
    if machine.arch == "x86" and "panic=" not in machine.append:
        machine.append = f"{machine.append} panic=halt".lstrip()
    machine.work.mkdir(parents=True, exist_ok=True)
    with open(machine.work / "replay.lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another replay of this kernel to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        folder = machine.work / "replay"
        if not keep:
            record(machine, folder)
        elif not (folder / "rr.bin").exists():
            raise LaunchError("there is no recording yet")
        return replay_recorded(machine, folder, commands)


def replay_recorded(machine, folder, commands):
    say("replaying: `bpanic` and `continue` run to a panic; then reverse-continue, reverse-stepi")
    # A chardev of the same kind as when it was recorded; its input comes from the recording.
    return run_gdb(machine, replay_argv(machine, folder, "replay"), commands,
                   ["-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial"])
