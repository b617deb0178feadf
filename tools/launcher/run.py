# SPDX-License-Identifier: MIT
# A run of the kernel on this terminal, or with input from a pipe; at its end one line says what became
# of it.
#
# Owns: build/<config>/run/ (the logs of the last run).
# Rules: nothing but the guest's output goes to stdout.
"""run()"""

import contextlib
import fcntl
import os
import selectors
import subprocess
import sys
import time

import decode
from launcher.machine import LaunchError, quoted
from launcher.terminal import Feeder, give_every_key, kept_terminal, say, stdin_usable
from launcher.vm import Vm, explain_ending

SILENCE = 3.0   # seconds without any output until we say where the CPU is


def tell_silence(vm):
    registers = vm.qmp.registers()
    say(f"nothing printed for {SILENCE:.0f} s; the CPU is here:")
    for line in decode.explain(vm.machine.symbols(), "", registers) or [registers.strip()]:
        say(line)


def printed(text, serial_log):
    """What the guest has printed: through the feeder, or straight to the terminal and a log."""
    return text or (serial_log.read_bytes() if serial_log.exists() else b"")


def interact(vm, serial_log, feeder, last=None):
    """Moves bytes and watches events until QEMU has ended; ends it when the guest printed `last`.
    Returns what the guest printed."""
    text = b""
    silent_since = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(vm.qmp.sock, selectors.EVENT_READ)
        if feeder:
            selector.register(vm.process.stdout, selectors.EVENT_READ)
            if feeder.fd is not None:
                with contextlib.suppress(PermissionError):  # a regular file: always readable
                    selector.register(0, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select(0.05 if feeder else 0.5)}
            if vm.qmp.sock in ready:
                vm.poll_shutdown()
                if vm.qmp.closed:
                    selector.unregister(vm.qmp.sock)
            if feeder and vm.process.stdout in ready:
                data = os.read(vm.process.stdout.fileno(), 65536)
                if not data:
                    selector.unregister(vm.process.stdout)
                text += data
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
                feeder.output(data)
            if feeder:
                if feeder.fd is not None and (0 in ready or 0 not in selector.get_map()):
                    feeder.input()
                    if feeder.fd is None and 0 in selector.get_map():
                        selector.unregister(0)
                feeder.step()
            if vm.process.poll() is not None:
                break
            if last and not ready and last in printed(text, serial_log):
                vm.qmp.command("quit")
                last = None
            if silent_since and time.monotonic() - silent_since > SILENCE:
                silent_since = 0
                if not printed(text, serial_log):
                    tell_silence(vm)
        if feeder:
            rest = vm.process.stdout.read() or b""
            sys.stdout.buffer.write(rest)
            sys.stdout.buffer.flush()
            return text + rest
    return serial_log.read_bytes() if serial_log.exists() else b""


def serial_on_stdio(serial_log, recorded):
    log = f"logfile={quoted(serial_log)},logappend=on"
    if recorded:
        # What is typed through a multiplexer would be missing in the recording.
        return ["-chardev", f"stdio,id=serial,signal=off,{log}", "-serial", "chardev:serial"]
    return ["-chardev", f"stdio,id=serial,mux=on,signal=off,{log}",
            "-serial", "chardev:serial", "-mon", "chardev=serial,mode=readline"]


@contextlib.contextmanager
def log_folder(machine):
    """A folder for the logs of this run; a second one for a second run at the same time."""
    for number in range(1, 100):
        folder = machine.build / ("run" if number == 1 else f"run-{number}")
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "lock", "w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield folder
            return
    raise LaunchError(f"too many runs of {machine.build.name} at a time")


def run(machine, argv=(), recorded=False, announce=None, last=None):
    """Runs the kernel on this terminal. Returns the exit status for the shell.
    recorded: QEMU writes the run down, which ends at a reset. announce: what to say once QEMU listens;
    last: words of the guest that end the run."""
    machine.check()
    with log_folder(machine) as logs:
        return run_logged(machine, logs, list(argv), recorded, announce, last)


def run_logged(machine, logs, argv, recorded, announce, last):
    serial_log = logs / "serial.log"
    with contextlib.suppress(FileNotFoundError):
        serial_log.unlink()
    interactive = stdin_usable() and os.isatty(0)
    # Without its multiplexer QEMU knows no Ctrl-A X: then the keys go through us.
    direct = interactive and not recorded
    pipe = None if direct else subprocess.PIPE
    feeder = None if direct else Feeder(recorded, interactive)
    with kept_terminal():
        if feeder and interactive:
            give_every_key()
        while True:
            with Vm(machine, serial_on_stdio(serial_log, recorded) + argv, logs / "qemu.log", stdin=pipe,
                    stdout=pipe) as vm:
                if announce and vm.qmp.command("query-status"):
                    for line in announce:
                        say(line)
                if feeder:
                    feeder.vm = vm
                serial = interact(vm, serial_log, feeder, last).decode("latin-1")
            # A reboot is a new QEMU: firmware resets more than once, and one too many looks like a
            # triple fault.
            if recorded or vm.shutdown != "guest-reset" or vm.triple_fault():
                break
    ending = explain_ending(vm, serial)
    if ending.ok and vm.process.returncode == 0 and not vm.shutdown:
        return 0
    print(file=sys.stderr)
    say(ending.reason)
    for line in ending.details:
        say(line)
    if ending.ok:
        return 0
    if serial:
        say(f"the whole output is in {os.path.relpath(serial_log)}")
    return vm.process.returncode if 0 < vm.process.returncode < 126 else 1
