# SPDX-License-Identifier: MIT
# A QEMU process from its start to its end, and what became of it, decoded with the ELF.
#
# Rules: no QEMU outlives the `with` block of its Vm, nor (where there is setpriv) this program.
"""Vm, and explain_ending()."""

import contextlib
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import decode
from launcher.machine import LaunchError
from launcher.qmp import Qmp

# include/kernel/machine.h
EXIT_OK, EXIT_FAIL, EXIT_PANIC = 33, 35, 37

START_LIMIT = 60.0  # seconds until QEMU must answer, on a loaded host

SETPRIV = shutil.which("setpriv")


class Vm:
    """One QEMU process, its control socket, its log; ended when the `with` block is left."""

    def __init__(self, machine, argv=(), log=None, stdin=None, stdout=None, stderr=None,
                 own_group=False):
        self.machine = machine
        self.log = Path(log) if log else None
        self.qmp = Qmp()
        self.registers = ""      # at the triple fault or when asked for
        self.shutdown = ""       # QEMU's word for why the guest stopped
        command = machine.argv() + ["-no-shutdown"] + self.qmp.argv() + list(argv)
        if self.log:
            with contextlib.suppress(FileNotFoundError):
                self.log.unlink()
            command += ["-d", "cpu_reset,guest_errors", "-D", str(self.log)]
        self.command = command
        if SETPRIV:
            # Should this program be killed, the kernel of this machine ends QEMU.
            command = [SETPRIV, "--pdeathsig", "KILL"] + command
        try:
            self.process = subprocess.Popen(
                command, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=own_group,
                pass_fds=[self.qmp.theirs.fileno()])
        except OSError as error:
            self.qmp.close()
            raise LaunchError(f"{machine.program} cannot be started: {error.strerror}") from error
        self.qmp.started()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.qmp.close()

    def kill(self):
        """Ends QEMU, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def wait_start(self):
        """Returns when QEMU has set up all that it was told; raises LaunchError when it does not."""
        usual, self.qmp.limit = self.qmp.limit, START_LIMIT
        if self.qmp.command("query-status") is None:
            raise LaunchError("QEMU could not start")
        self.qmp.limit = usual

    def triple_fault(self):
        """Whether QEMU's log has a triple fault."""
        try:
            return self.log is not None and "Triple fault" in self.log.read_text("latin-1")
        except OSError:
            return False

    def poll_shutdown(self):
        """Reads QEMU's events. When the guest has stopped the machine, notes why, takes the
        registers of a triple fault, and ends QEMU."""
        self.qmp.read()
        while self.qmp.events:
            event = self.qmp.events.pop(0)
            if event["event"] != "SHUTDOWN" or not event["data"].get("guest"):
                continue
            self.shutdown = event["data"].get("reason", "")
            if self.triple_fault():
                self.registers = self.qmp.registers()
            self.qmp.command("quit")
            return


@dataclass
class Ending:
    """How a run ended: one line, and more lines that explain a crash."""

    ok: bool
    reason: str
    details: list = field(default_factory=list)


def explain_ending(vm, serial, stderr=""):
    """What became of a VM whose process has ended; serial: the text that the guest printed."""
    status = vm.process.returncode
    kernel = vm.machine.symbols()
    crash = decode.crash_line(serial)
    details = decode.explain(kernel, serial, vm.registers)
    if vm.triple_fault():
        pc = decode.register_pc(vm.registers)
        at = f" at {kernel.where([pc])[0]}" if kernel and pc is not None else ""
        return Ending(False, f"triple fault{at}", details)
    # Newer QEMUs send this for isa-debug-exit as well: then the status says more.
    if vm.shutdown == "guest-shutdown" and status == 0:
        return Ending(True, "powered off")
    if vm.shutdown == "guest-reset":
        return Ending(False, "the guest reset the machine", details)
    if status == EXIT_OK:
        return Ending(True, "ended well (exit status 33)")
    if status == EXIT_FAIL:
        return Ending(False, "tests failed (exit status 35)")
    if status == EXIT_PANIC:
        return Ending(False, f"the kernel panicked (exit status 37){': ' if crash else ''}{crash or ''}", details)
    if crash:
        return Ending(False, crash, details)
    if status == 0:
        return Ending(True, "left")
    if status < 0:
        return Ending(False, f"QEMU was killed by signal {-status}", details)
    last = (stderr.strip().splitlines() or ["see above"])[-1]
    if status == 1:
        return Ending(False, f"QEMU failed: {last}", details)
    return Ending(False, f"QEMU ended with status {status}: {last}", details)
