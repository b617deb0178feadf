# SPDX-License-Identifier: MIT
# One virtual machine under test: its serial line, its end, and the judgement that it hangs.
#
# Rules: a guest hangs when QEMU has used up its budget of CPU time, or has slept for IDLE_LIMIT though
# nothing can wake it. The wall clock alone judges only behind that, by WALL_LIMIT (a loaded host is
# slow, not wrong), and where there is no /proc. Leaving the `with` block ends QEMU.
"""Guest: start a machine, talk to it over the serial line, learn how it ended."""

import contextlib
import os
import re
import selectors
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import decode  # noqa: E402
import qemu    # noqa: E402

# Tunable: seconds of CPU time that a guest may use, of sleep that count as for good, of everything,
# and bytes.
CPU_LIMIT = 20.0
IDLE_LIMIT = 4.0
WALL_LIMIT = 600.0
OUTPUT_LIMIT = 2 << 20

POLL = 0.05
PROMPT = r"k896> $"
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100

# Guest time counts instructions: the same on every host. 2^shift ns each: a test that waits for a tick
# costs the host little then. Firmware that waits for its clock (GRUB) takes the larger shift.
ICOUNT = "shift=3,sleep=off"
ICOUNT_FIRMWARE = "shift=4,sleep=off"
# The board's clock runs with the guest then, and starts at the same second each time.
RTC = ["-rtc", "base=2026-01-01T00:00:00,clock=vm"]

stop = threading.Event()  # set by Ctrl-C: every guest ends


class Cancelled(Exception):
    """The user wants the runner to end."""


class Failure(Exception):
    """A run went wrong; the text is the one-line reason."""

    def __init__(self, reason, details=()):
        super().__init__(reason)
        self.reason = reason
        self.details = list(details)


def stat(folder):
    """The fields of a process's or thread's stat from its state on (proc(5)); [] when it has gone."""
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def cpu_seconds(pid, proc="/proc"):
    """CPU time that a process has used, with the threads that have ended, and whether one of its threads
    runs; None without /proc."""
    process = Path(proc, str(pid))
    fields = stat(process)
    if not fields:
        return None
    busy = any(stat(task)[:1] in (["R"], ["D"]) for task in (process / "task").iterdir())
    return (int(fields[11]) + int(fields[12])) / TICKS, busy


class Guest:
    """A running machine. Output is kept whole in .text; .expect() goes on where it left off."""

    def __init__(self, machine, folder, icount=True, cpu_limit=CPU_LIMIT, idle_limit=IDLE_LIMIT,
                 answer_limit=None, output_limit=OUTPUT_LIMIT, extra=()):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cpu_limit, self.idle_limit, self.output_limit = cpu_limit, idle_limit, output_limit
        self.text = ""
        self.seen = 0
        argv = ["-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial"]
        if icount:
            argv += ["-icount", ICOUNT_FIRMWARE if machine.iso else ICOUNT]
            argv += [] if "-rtc" in machine.extra else RTC
        argv += list(extra)
        self._errors = open(self.folder / "qemu.err", "w+", encoding="latin-1")
        self.started = time.monotonic()
        try:
            machine.check()
            self.vm = qemu.Vm(machine, argv, self.folder / "qemu.log", stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=self._errors, own_group=True)
        except qemu.LaunchError as error:
            self._errors.close()
            raise Failure(str(error)) from error
        if answer_limit:
            self.vm.qmp.limit = answer_limit
        self.machine = machine
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.vm.process.stdout, selectors.EVENT_READ, "serial")
        self._selector.register(self.vm.qmp.sock, selectors.EVENT_READ, "qmp")
        self.ended = False
        self._asleep_since = None
        self._busy = False
        self._cpu = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.vm.__exit__()
        self._selector.close()
        self._errors.close()
        (self.folder / "serial.log").write_text(self.text, encoding="latin-1", newline="")

    # ---- moving bytes

    def step(self):
        """Waits a moment for output, and looks whether the guest still lives as it should."""
        if stop.is_set():
            raise Cancelled()
        for key, _ in self._selector.select(POLL):
            if key.data == "qmp":
                self.vm.poll_shutdown()
                if self.vm.qmp.closed:
                    self._selector.unregister(self.vm.qmp.sock)
            else:
                data = os.read(self.vm.process.stdout.fileno(), 65536)
                self.text += data.decode("latin-1")
                self._asleep_since = None
                if not data:
                    self._selector.unregister(self.vm.process.stdout)
                    self.ended = True
        if self.ended:
            self._reap()
        elif len(self.text) > self.output_limit:
            raise Failure(f"prints without end: more than {self.output_limit >> 10} KB")
        else:
            self._watch()

    def _reap(self):
        end = time.monotonic() + 10
        while self.vm.process.poll() is None:
            if time.monotonic() > end:
                raise Failure("QEMU closed its output but does not end")
            self.vm.poll_shutdown()
            time.sleep(0.005)
        self.vm.qmp.read()

    def _watch(self):
        now = time.monotonic()
        if now - self.started > WALL_LIMIT:
            raise self.hang(f"did not end within {WALL_LIMIT:.0f} s")
        if now - (self._cpu or 0) < 4 * POLL:
            return
        self._cpu = now
        used = cpu_seconds(self.vm.process.pid)
        if used is None:
            if now - self.started > 4 * self.cpu_limit:
                raise self.hang(f"no end after {4 * self.cpu_limit:.0f} s")
            return
        seconds, busy = used
        if seconds > self.cpu_limit:
            raise self.hang(f"hangs: {self.cpu_limit:g} s of CPU time used without an end")
        # Ticks wake a waiting kernel for some microseconds a hundred times a second: that is asleep,
        # and nothing but a tick happens. Who is found running twice in a row may be short of CPUs.
        was_busy, self._busy = self._busy, busy
        if busy and (was_busy or self._asleep_since is None or seconds - self._asleep_since[1] >
                     0.2 * (now - self._asleep_since[0]) + 0.02):
            self._asleep_since = None
        elif self._asleep_since is None:
            self._asleep_since = (now, seconds)
        elif now - self._asleep_since[0] > self.idle_limit:
            raise self.hang("hangs: waits for good, nothing more happens")

    def hang(self, reason):
        """A Failure that says where the CPU is."""
        registers = self.vm.qmp.registers()
        self.vm.registers = registers
        details = decode.explain(self.machine.symbols(), "", registers)
        if details:
            reason += f"; {re.sub(r' +', ' ', details[0])}"
        return Failure(reason, details[1:])

    def expect(self, pattern, what=None):
        """Waits until the output matches, from behind the last match on. Returns the match."""
        regex = re.compile(pattern, re.M)
        while True:
            match = regex.search(self.text, self.seen)
            if match:
                self.seen = match.end()
                return match
            if self.ended:
                raise Failure(f"ended before it printed {what or repr(pattern)}: "
                              f"{self.ending().reason}", self.ending().details)
            self.step()

    def send(self, text):
        with contextlib.suppress(OSError):
            self.vm.process.stdin.write(text.encode("latin-1"))
            self.vm.process.stdin.flush()

    def prompt(self):
        """Waits until the monitor is ready for a command."""
        self.expect(PROMPT, "a prompt")

    def ask(self, typed):
        """Types a line at the monitor's prompt; returns what came until the next one."""
        start = self.seen = len(self.text)
        self.send(typed + "\r")
        self.expect(r"\n(?:.*\n)*k896> \Z", "its prompt again")
        return self.text[start:].replace("\r", "")

    def finish(self):
        """Waits for the end. Returns QEMU's exit status."""
        while not self.ended:
            self.step()
        return self.vm.process.returncode

    # ---- what became of it

    def errors(self):
        """What QEMU itself complained about."""
        self._errors.flush()
        self._errors.seek(0)
        return self._errors.read()

    def ending(self):
        """How it ended, decoded (qemu.Ending); after finish()."""
        return qemu.explain_ending(self.vm, self.text, self.errors())


def tail(text, count=12):
    """The last lines of a log, for a failure's report."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").splitlines() if line.strip()]
    return lines[-count:]
