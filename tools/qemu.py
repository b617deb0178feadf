#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Runs the kernel in QEMU: on this terminal, under gdb, or recorded for gdb to go back in; and says
# how it ended, decoded with the ELF.
#
# Owns: QEMU's command lines (the tests take them from here) and build/<config>/run/.
# Rules: no QEMU outlives this program. Nothing but the guest's output goes to stdout.
# Exit status: 0 when the kernel ended as it should (power off, EXIT_OK, Ctrl-A X), else a failure.
"""QEMU's command lines, and what became of a run."""

import argparse
import contextlib
import fcntl
import json
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))
import decode  # noqa: E402  (the folder of this file is no package)

ROOT = Path(__file__).resolve().parent.parent
PROMPT = b"k896> "

# include/kernel/machine.h
EXIT_OK, EXIT_FAIL, EXIT_PANIC = 33, 35, 37

LEAVE = b"\x01x"  # Ctrl-A X, to the multiplexer of serial line and QEMU monitor



class Target(NamedTuple):
    """A machine with a page-table format: what a kernel is built for, and where it runs."""

    arch: str
    mmu: str
    board: str
    cpu: str
    most: int  # MB of RAM that the board can have, or that the format can reach
    vmsplit: str = "3G"  # of user space
    options: str = ""  # of the board

    @property
    def default(self):
        """Whether this is what ARCH= alone means."""
        return self is DEFAULT[self.arch]

    @property
    def name(self):
        """'arm' for the default, else 'arm-lpae vexpress-a15' or 'arm-lpae 2G/2G virt'."""
        split = "" if self.vmsplit == "3G" else " 2G/2G"
        return self.arch if self.default else f"{self.arch}-{self.mmu}{split} {self.board}"


# All that there are; of each CPU the first one is the default. A new one is a new row.
TARGETS = [
    Target("arm", "lpae", "virt", "cortex-a15", 6144),
    Target("arm", "short", "virt", "cortex-a15", 3072, options="highmem=off"),
    Target("arm", "lpae", "vexpress-a15", "cortex-a15", 6144),
    Target("arm", "short", "vexpress-a15", "cortex-a15", 2048),
    Target("arm", "short", "vexpress-a9", "cortex-a9", 1024),
    Target("x86", "pae", "pc", "max", 6144),
    Target("x86", "2level", "pc", "max", 4096),
    Target("arm", "lpae", "virt", "cortex-a15", 6144, "2G"),
    Target("x86", "pae", "pc", "max", 6144, "2G"),
]
DEFAULT = {arch: next(t for t in TARGETS if t.arch == arch) for arch in ("arm", "x86")}
PROGRAM = {"arm": "qemu-system-arm", "x86": "qemu-system-i386"}
EXIT_DEVICE = {
    "arm": ["-semihosting-config", "enable=on,target=native"],
    "x86": ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"],
}

SETPRIV = shutil.which("setpriv")


class LaunchError(Exception):
    """QEMU cannot be started; the text is for the user."""


def find_target(arch, mmu="", board=""):
    """The first row that agrees; '' is any."""
    rows = [t for t in TARGETS if t.arch == arch]
    for target in rows:
        if mmu in ("", target.mmu) and board in ("", target.board):
            return target
    raise LaunchError(f"ARCH={arch} MMU={mmu} BOARD={board} is no machine of ours; there are (MMU BOARD): "
                      + ", ".join(dict.fromkeys(f"{t.mmu} {t.board}" for t in rows)))


@dataclass
class Machine:
    """A machine and what it boots: everything that QEMU's command line follows from."""

    arch: str = "arm"
    mmu: str = ""
    board: str = ""
    mem: str = "1G"
    append: str = ""
    debug: bool = False
    llvm: bool = False
    vmsplit: str = "3G"
    initrd: str = ""
    iso: str = ""
    cpu: str = ""
    board_options: str = ""
    kernel: str = ""  # default: the build's; "-": none, `extra` loads something
    extra: list = field(default_factory=list)
    program: str = ""

    def __post_init__(self):
        self.target = find_target(self.arch, self.mmu, self.board)
        self.mmu, self.board = self.target.mmu, self.target.board
        self.program = self.program or os.environ.get(f"QEMU_{self.arch.upper()}") \
            or PROGRAM[self.arch]

    @property
    def build(self):
        return ROOT / "build" / (f"{self.arch}-{self.mmu}" + ("-2g" if self.vmsplit == "2G" else "")
                                 + ("-debug" if self.debug else "")
                                 + ("-llvm" if self.llvm else ""))

    @property
    def elf(self):
        return self.build / "k896.elf"

    @property
    def image(self):
        """What QEMU loads: the raw image on ARM (an ELF gets no device tree), else the ELF."""
        if self.kernel:
            return self.kernel
        return str(self.build / ("k896.bin" if self.arch == "arm" else "k896.elf"))

    @property
    def dtb(self):
        """Our own device tree, for boards that QEMU makes none for; else ''."""
        return str(self.build / f"{self.board}.dtb") if self.board.startswith("vexpress") else ""

    @property
    def phys_offset(self):
        return decode.PHYS_OFFSET[self.board]

    def symbols(self):
        """The kernel's symbols, or None where it was not built."""
        try:
            return decode.Kernel(self.elf, self.phys_offset)
        except (OSError, ValueError):
            return None

    def argv(self):
        cpu = self.cpu or self.target.cpu
        board = ",".join(word for word in (self.board, self.target.options, self.board_options) if word)
        argv = [self.program, "-M", board, "-cpu", cpu, "-m", self.mem, "-nodefaults",
                "-display", "none", "-no-reboot"] + EXIT_DEVICE[self.arch]
        if self.dtb:
            # The board has a sound device, which would look for the host's.
            argv += ["-dtb", self.dtb, "-audiodev", "none,id=none", "-global", "pl041.audiodev=none"]
        if self.iso:
            argv += ["-cdrom", self.iso, "-boot", "d"]
        elif self.kernel != "-":
            argv += ["-kernel", self.image]
            argv += ["-append", self.append] if self.append else []
            argv += ["-initrd", self.initrd] if self.initrd else []
        return argv + list(self.extra)

    def check(self):
        """Raises LaunchError when a file or the program is missing."""
        if not shutil.which(self.program):
            raise LaunchError(f"{self.program} is not installed; `make doctor` says what is missing")
        if not re.fullmatch(r"[1-9][0-9]*[MG]", self.mem):
            raise LaunchError(f"MEM={self.mem}: a size of RAM is a number and M or G, such as 512M")
        files = [] if self.kernel == "-" else [self.iso or self.image]
        for path in files + ([self.initrd] if self.initrd else []):
            if not os.path.exists(path):
                raise LaunchError(f"{path} does not exist"
                                  + ("" if path == self.initrd else f": run make build-{self.arch}"))


class Qmp:
    """QEMU's control socket: one end of a socket pair that QEMU got at birth."""

    def __init__(self):
        self.sock, self.theirs = socket.socketpair()
        self.sock.setblocking(False)
        self._buffer = b""
        self._answers = []
        self.limit = 5.0  # seconds that QEMU may take for an answer
        self.events = []
        self.closed = False

    def argv(self):
        fd = self.theirs.fileno()
        return ["-chardev", f"socket,id=qmp,fd={fd}", "-mon", "chardev=qmp,mode=control"]

    def started(self):
        """QEMU has its end: forget ours of it, so that QEMU's death is an end of file."""
        self.theirs.close()
        self._send("qmp_capabilities")

    def _send(self, command, **arguments):
        text = json.dumps({"execute": command, "arguments": arguments})
        with contextlib.suppress(OSError):
            self.sock.sendall(text.encode() + b"\n")

    def read(self):
        """Takes in what has come, without waiting."""
        while not self.closed:
            try:
                data = self.sock.recv(65536)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            self.closed = not data
            self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            with contextlib.suppress(ValueError):
                message = json.loads(line)
                if "event" in message:
                    self.events.append(message)
                elif "return" in message or "error" in message:
                    self._answers.append(message)

    def command(self, command, **arguments):
        """Sends a command and returns its answer, or None when none comes in time."""
        self.read()
        self._answers.clear()
        # Answers come in order; a marker tells ours from the greeting's.
        marker = f"{command}-{time.monotonic_ns()}"
        text = json.dumps({"execute": command, "arguments": arguments, "id": marker})
        with contextlib.suppress(OSError):
            self.sock.sendall(text.encode() + b"\n")
        end = time.monotonic() + self.limit
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)
            while time.monotonic() < end and not self.closed:
                selector.select(0.1)
                self.read()
                for answer in self._answers:
                    if answer.get("id") == marker:
                        return answer.get("return")
        return None

    def registers(self):
        """The text of 'info registers', or ''."""
        answer = self.command("human-monitor-command", **{"command-line": "info registers"})
        return answer if isinstance(answer, str) else ""

    def close(self):
        with contextlib.suppress(OSError):
            self.sock.close()
            self.theirs.close()


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
    if crash or status == EXIT_PANIC:
        return Ending(False, crash or "the kernel stopped (exit status 37)", details)
    if status == 0:
        return Ending(True, "left")
    if status < 0:
        return Ending(False, f"QEMU was killed by signal {-status}", details)
    last = (stderr.strip().splitlines() or ["see above"])[-1]
    if status == 1:
        return Ending(False, f"QEMU failed: {last}", details)
    return Ending(False, f"QEMU ended with status {status}: {last}", details)


# ---- A run on this terminal -----------------------------------------------------------------------

START_LIMIT = 60.0  # seconds until QEMU must answer, on a loaded host
SILENCE = 3.0   # seconds without any output until we say where the CPU is
ANSWER = 2.0    # seconds that a line from a pipe waits for a prompt before it is sent anyway
QUIET = 0.3     # seconds of silence that make a prompt the last word


def say(text):
    print(f"k896: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def kept_terminal():
    """Whatever QEMU does to the terminal's settings is undone."""
    try:
        import termios
        before = termios.tcgetattr(0)
    except Exception:  # pylint: disable=broad-except  (no terminal, or none of this kind)
        before = None
    try:
        yield
    finally:
        if before is not None:
            # From the background, or with the terminal gone, there is nothing to restore.
            old = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            with contextlib.suppress(Exception):
                termios.tcsetattr(0, termios.TCSANOW, before)
            signal.signal(signal.SIGTTOU, old)


def give_every_key():
    """The terminal hands over each key at once, Ctrl-C too, and does not echo it."""
    import termios
    mode = termios.tcgetattr(0)
    mode[0] &= ~(termios.ICRNL | termios.IXON)
    mode[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    termios.tcsetattr(0, termios.TCSANOW, mode)


def stdin_usable():
    try:
        os.fstat(0)
    except OSError:
        return False
    return sys.stdin is not None


class Feeder:
    """Hands piped input to the guest line by line, each after a prompt, so that nothing is lost;
    and leaves when the input has ended and the guest waits for more. A terminal's keys go at once."""

    def __init__(self, recorded, terminal):
        self.recorded = recorded
        self.terminal = terminal
        self.key = b""  # the last one
        self.vm = None
        self.fd = 0 if stdin_usable() else None
        self.pending = b""
        self.tail = b""
        self.last_output = time.monotonic()
        self.last_sent = time.monotonic()
        self.left = False

    def output(self, data):
        self.tail = (self.tail + data)[-64:]
        self.last_output = time.monotonic()

    def input(self):
        data = os.read(0, 4096)
        if not data:
            self.fd = None
        if not self.terminal:
            self.pending += data
        elif LEAVE in self.key + data:
            self.leave()
        else:
            self.key = data[-1:]
            self.send(data)

    def at_prompt(self):
        return self.tail.endswith(PROMPT)

    def step(self):
        now = time.monotonic()
        quiet = now - self.last_output
        if self.pending and (self.at_prompt() or quiet > ANSWER < now - self.last_sent):
            line, newline, rest = self.pending.partition(b"\n")
            if not newline and self.fd is not None and LEAVE not in line:
                return
            self.pending = rest
            # As for a shell, the end of the input ends the last line too.
            self.send(line + (newline if LEAVE in line else b"\n"))
        elif not self.pending and self.fd is None and self.at_prompt() and quiet > QUIET \
                and not self.left:
            self.left = True
            say("the input has ended at the prompt: leaving")
            self.leave()

    def leave(self):
        if self.recorded:
            self.vm.qmp.command("quit")
        else:
            self.send(LEAVE)

    def send(self, data):
        self.tail = b""
        self.last_sent = time.monotonic()
        with contextlib.suppress(OSError):
            self.vm.process.stdin.write(data)
            self.vm.process.stdin.flush()


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
    log = f"logfile={serial_log},logappend=on"
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
    say(f"the whole output is in {os.path.relpath(serial_log)}")
    return vm.process.returncode if 0 < vm.process.returncode < 126 else 1


# ---- gdb ------------------------------------------------------------------------------------------

def gdb_script(machine, target, script):
    """Writes the gdb commands that load the symbols, twice, and connect."""
    delta = machine.phys_offset - machine.symbols().page_offset
    script.write_text(
        "# Made by tools/qemu.py: the kernel's symbols at their virtual addresses, and a second time\n"
        "# at the physical ones, where it runs until the MMU is on.\n"
        "set confirm off\n"
        f"set architecture {'arm' if machine.arch == 'arm' else 'i386'}\n"
        f"file {machine.elf}\n"
        f"add-symbol-file {machine.elf} -o {delta}ll\n"
        f"source {ROOT / 'tools/gdb/k896.gdb'}\n"
        f"target remote {target}\n")


def find_gdb():
    for name in ("gdb-multiarch", "gdb"):
        if shutil.which(name):
            return name
    raise LaunchError("gdb-multiarch is not installed; `make doctor` says what is missing")


def free_port(wanted):
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise LaunchError(f"port {wanted} is taken: {error.strerror}") from error
        return sock.getsockname()[1]


def wait_gdb(machine, port):
    """QEMU stopped at its first instruction, the serial line here, gdb in another terminal."""
    port = free_port(port)
    script = machine.build / "k896.gdb"
    machine.check()
    gdb_script(machine, f"127.0.0.1:{port}", script)
    return run(machine, ["-S", "-gdb", f"tcp:127.0.0.1:{port}"],
               announce=["stopped before the first instruction; in another terminal type",
                         f"    gdb-multiarch -x {os.path.relpath(script)}"])


def run_gdb(machine, argv, commands, serial):
    """QEMU without input and gdb on this terminal. Returns gdb's exit status."""
    machine.check()
    gdb = find_gdb()
    with tempfile.TemporaryDirectory(prefix="k896-gdb-") as folder:
        sock = Path(folder) / "gdb.sock"
        script = Path(folder) / "k896.gdb"
        gdb_script(machine, sock, script)
        argv = ["-S", "-chardev", f"socket,id=gdb,path={sock},server=on,wait=off",
                "-gdb", "chardev:gdb"] + serial + list(argv)
        # Ctrl-C belongs to gdb: QEMU is in a process group of its own.
        old = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with Vm(machine, argv, Path(folder) / "qemu.log", stdin=subprocess.DEVNULL,
                    own_group=True) as vm:
                # Its answer comes when all is set up: gdb's socket was made before, and listens.
                vm.qmp.limit = START_LIMIT
                if vm.qmp.command("query-status") is None:
                    say("QEMU could not start")
                    return 1
                more = [arg for command in commands for arg in ("-ex", command)]
                return subprocess.call([gdb, "-q", "-x", str(script)] + more,
                                       preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                                        signal.SIG_DFL))
        finally:
            signal.signal(signal.SIGINT, old)


def run_under_gdb(machine, commands):
    say("the serial line prints here and takes no input; `make debug-"
        f"{machine.arch}` leaves it a terminal of its own")
    return run_gdb(machine, [], commands, ["-chardev", "stdio,id=serial,signal=off",
                                           "-serial", "chardev:serial"])


# ---- Record and replay ----------------------------------------------------------------------------

HALTED = b"Halted: attach a debugger (panic=halt)"  # kernel/panic.c


def replay_argv(machine, folder, mode):
    # The vapic waits for the CPU while it is reset; going back resets it, and the CPU waits for the
    # one who replays: both for good (QEMU 7.2, about one reverse-continue in three).
    quirk = ["-global", "apic.vapic=off"] if machine.arch == "x86" else []
    return quirk + ["-icount", f"shift=0,rr={mode},rrfile={folder / 'rr.bin'},rrsnapshot=init",
            "-drive", f"file={folder / 'rr.qcow2'},if=none,format=qcow2,id=rr"]


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
    with open(machine.build / "replay.lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another replay of this kernel to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        folder = machine.build / "replay"
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


def arguments():
    parser = argparse.ArgumentParser(description="Run the kernel in QEMU. Ctrl-A X leaves.")
    parser.add_argument("--arch", choices=("arm", "x86"), default="arm")
    parser.add_argument("--mmu", default="", help="page-table format: lpae, short, pae, 2level")
    parser.add_argument("--board", default="", help="QEMU machine: virt, pc")
    parser.add_argument("--mem", default="1G", help="size of RAM")
    parser.add_argument("--append", default="", help="the kernel's command line")
    parser.add_argument("--initrd", default="", help="initial archive")
    parser.add_argument("--iso", action="store_true", help="boot k896.iso by GRUB (x86)")
    parser.add_argument("--cpu", default="", help="another CPU model")
    parser.add_argument("--vmsplit", choices=("3G", "2G"), default="3G", help="the build's VMSPLIT")
    parser.add_argument("--debug", action="store_true", help="the debug build")
    parser.add_argument("--llvm", action="store_true", help="the build by clang")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--gdb", action="store_true", help="stopped, with gdb on it")
    mode.add_argument("--wait-gdb", action="store_true", help="stopped, waiting for a gdb")
    mode.add_argument("--replay", action="store_true", help="record a run, then gdb on it")
    mode.add_argument("--replay-again", action="store_true", help="gdb on the last recording")
    mode.add_argument("--print", action="store_true", help="print QEMU's command line only")
    parser.add_argument("--port", type=int, default=0, help="for --wait-gdb (default: a free one)")
    parser.add_argument("--ex", action="append", default=[], help="a gdb command to begin with")
    parser.add_argument("extra", nargs="*", help="more options for QEMU, after --")
    return parser.parse_args()


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        machine = Machine(arch=args.arch, mmu=args.mmu, board=args.board, mem=args.mem,
                          append=args.append, vmsplit=args.vmsplit, debug=args.debug, llvm=args.llvm,
                          initrd=args.initrd, cpu=args.cpu, extra=args.extra)
        if args.iso:
            machine.iso = str(machine.build / "k896.iso")
        if args.print:
            print(" ".join(re.sub(r"^(.*[ '\"].*|)$", r"'\1'", a) for a in machine.argv()))
            return 0
        if args.gdb:
            return run_under_gdb(machine, args.ex)
        if args.wait_gdb:
            return wait_gdb(machine, args.port)
        if args.replay or args.replay_again:
            return replay(machine, args.ex, args.replay_again)
        return run(machine)
    except LaunchError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
