# SPDX-License-Identifier: MIT
# gdb on the kernel: on this terminal, or attached from another one.
"""run_under_gdb(), wait_gdb()"""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from launcher.machine import ROOT, LaunchError
from launcher.run import log_folder, run_logged
from launcher.terminal import say
from launcher.vm import Vm


def gdb_script(machine, target, script):
    """Writes the gdb commands that load the symbols, twice, and connect."""
    delta = machine.phys_offset - machine.symbols().page_offset
    script.write_text(
        "# Made by tools/launcher/debug.py: the kernel's symbols at their virtual addresses, and a second time\n"
        "# at the physical ones, where it runs until the MMU is on.\n"
        "set confirm off\n"
        f"set architecture {'arm' if machine.arch == 'arm' else 'i386'}\n"
        f'file "{machine.elf}"\n'
        f'add-symbol-file "{machine.elf}" -o {delta}ll\n'
        f"set $regparm = {3 if machine.arch == 'x86' else 0}\n"
        f"source {ROOT / 'tools/gdb/k896.gdb'}\n"
        f"target remote {target}\n")


def find_gdb(needed=True):
    """Its name here; where it is not needed on this machine, Debian's."""
    for name in ("gdb-multiarch", "gdb"):
        if shutil.which(name):
            return name
    if needed:
        raise LaunchError("gdb-multiarch is not installed; `make doctor` says what is missing")
    return "gdb-multiarch"


def check_gdb(machine):
    """Raises LaunchError when gdb could not follow this machine."""
    machine.check()
    if machine.arch == "x86" and "x86_64" in Path(machine.program).name:
        raise LaunchError(f"QEMU_X86={machine.program}: it shows gdb the registers of a 64-bit CPU, which gdb refuses "
                          "for a 32-bit kernel; use qemu-system-i386 under gdb")


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
    check_gdb(machine)
    port = free_port(port)
    with log_folder(machine) as logs:
        script = logs / "k896.gdb"
        gdb_script(machine, f"127.0.0.1:{port}", script)
        return run_logged(machine, logs, ["-S", "-gdb", f"tcp:127.0.0.1:{port}"], stopped=[
            "stopped before the first instruction; in another terminal type",
            f"    {find_gdb(needed=False)} -x {shlex.quote(os.path.relpath(script))}"])


def run_gdb(machine, argv, commands, serial):
    """QEMU without input and gdb on this terminal. Returns gdb's exit status."""
    check_gdb(machine)
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
                vm.wait_start()
                more = [arg for command in commands for arg in ("-ex", command)]
                return subprocess.call([gdb, "-q", "-x", str(script)] + more,
                                       preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                                        signal.SIG_DFL))
        finally:
            signal.signal(signal.SIGINT, old)


def run_under_gdb(machine, commands):
    check_gdb(machine)
    say("the serial line prints here and takes no input; `make debug-"
        f"{machine.arch}` leaves it a terminal of its own")
    return run_gdb(machine, [], commands, ["-chardev", "stdio,id=serial,signal=off",
                                           "-serial", "chardev:serial"])
