# SPDX-License-Identifier: MIT
# A run of the kernel on this terminal, or with input from a pipe; at its end one line says what became
# of it.
#
# Owns: build/<config>/run/ (the logs of the last run), or run/ in the folder of --folder.
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


class Session:
    """One QEMU on this terminal: bytes are moved and events watched until it has ended."""

    def __init__(self, vm, serial_log, feeder):
        """feeder: None where QEMU has the terminal for itself."""
        self.vm, self.serial_log, self.feeder = vm, serial_log, feeder
        self.from_file = False  # a regular file can always be read, and not be waited for
        self.selector = selectors.DefaultSelector()
        self.watch(vm.qmp.sock, self.event)
        if feeder:
            self.watch(vm.process.stdout, self.output)
            if feeder.fd is not None:
                try:
                    self.watch(0, self.input)
                except PermissionError:
                    self.from_file = True

    def watch(self, file, handler):
        self.selector.register(file, selectors.EVENT_READ, handler)

    def event(self):
        self.vm.poll_shutdown()
        if self.vm.qmp.closed:
            self.selector.unregister(self.vm.qmp.sock)

    def output(self):
        data = os.read(self.vm.process.stdout.fileno(), 65536)
        if not data:
            self.selector.unregister(self.vm.process.stdout)
        self.show(data)

    def show(self, data):
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        self.feeder.output(data)

    def input(self):
        self.feeder.input()
        if self.feeder.fd is None and not self.from_file:
            self.selector.unregister(0)

    def step(self):
        """Waits a moment, and moves what has come. Returns whether something has."""
        ready = self.selector.select(0.05 if self.feeder else 0.5)
        for key, _ in ready:
            key.data()
        if self.feeder:
            if self.from_file and self.feeder.fd is not None:
                self.input()
            self.feeder.step()
        return bool(ready)

    def printed(self):
        """What the guest has printed, before a reboot too."""
        return self.serial_log.read_bytes() if self.serial_log.exists() else b""

    def tell_silence(self):
        registers = self.vm.qmp.registers()
        say(f"nothing printed for {SILENCE:.0f} s; the CPU is here:")
        for line in decode.explain(self.vm.machine.symbols(), "", registers) or [registers.strip()]:
            say(line)

    def run(self, last, stopped):
        """Until QEMU has ended; ends it when the guest has printed `last`. stopped: somebody starts the CPU
        later, and silence means nothing."""
        silent_until = 0 if stopped else time.monotonic() + SILENCE
        while True:
            moved = self.step()
            if self.vm.process.poll() is not None:
                break
            if last and not moved and last in self.printed():
                self.vm.qmp.command("quit")
                last = None
            if silent_until and time.monotonic() > silent_until:
                silent_until = 0
                if not self.printed():
                    self.tell_silence()
        if self.feeder:
            self.show(self.vm.process.stdout.read() or b"")
        self.selector.close()


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
        folder = machine.work / ("run" if number == 1 else f"run-{number}")
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "lock", "w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield folder
            return
    raise LaunchError(f"too many runs of {machine.build.name} at a time")


def run(machine, argv=(), **options):
    """Runs the kernel on this terminal. Returns the exit status for the shell. See run_logged()."""
    machine.check()
    with log_folder(machine) as logs:
        return run_logged(machine, logs, list(argv), **options)


def run_logged(machine, logs, argv, recorded=False, stopped=(), last=None):
    """recorded: QEMU writes the run down, which ends at a reset. stopped: the CPU waits for a gdb, and what
    to say once QEMU listens for one. last: words of the guest that end the run."""
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
                if stopped:
                    vm.wait_start()
                for line in stopped:
                    say(line)
                if feeder:
                    feeder.vm = vm
                session = Session(vm, serial_log, feeder)
                session.run(last, bool(stopped))
            # A reboot is a new QEMU: firmware resets more than once, and one too many looks like a
            # triple fault.
            if recorded or vm.shutdown != "guest-reset" or vm.triple_fault():
                break
    serial = session.printed().decode("latin-1")
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
