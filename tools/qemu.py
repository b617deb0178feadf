#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Runs the kernel in QEMU: on this terminal, under gdb, or recorded for gdb to go back in; and says
# how it ended. The command line is here, the work is done in tools/launcher/.
#
# Exit status: 0 when the kernel ended as it should (power off, EXIT_OK, Ctrl-A X), else a failure.
"""tools/qemu.py --help; for tests and tools also the names that they take from the launcher."""

import argparse
import os
import shlex
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position,unused-import  (the folder of this file is no package)
from launcher.debug import run_under_gdb, wait_gdb  # noqa: E402
from launcher.machine import (DEFAULT, LEAST, ROOT, TARGETS, LaunchError, Machine,  # noqa: E402,F401
                              find_target, quoted)
from launcher.replay import replay  # noqa: E402
from launcher.run import run  # noqa: E402
from launcher.terminal import say  # noqa: E402
from launcher.vm import EXIT_OK, EXIT_PANIC, Vm, explain_ending  # noqa: E402,F401


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
    parser.add_argument("--san", choices=("kasan", "ubsan"), default="", help="the build's sanitizer")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--gdb", action="store_true", help="stopped, with gdb on it")
    mode.add_argument("--wait-gdb", action="store_true", help="stopped, waiting for a gdb")
    mode.add_argument("--replay", action="store_true", help="record a run, then gdb on it")
    mode.add_argument("--replay-again", action="store_true", help="gdb on the last recording")
    mode.add_argument("--check", action="store_true", help="only say what is wrong with these words")
    mode.add_argument("--print", action="store_true", help="print QEMU's command line only")
    parser.add_argument("--folder", default="", help="for logs and recordings (default: the build's)")
    parser.add_argument("--port", type=int, default=0, help="for --wait-gdb (default: a free one)")
    parser.add_argument("--for-make", action="store_true",
                        help="exit with 0 when a terminal was told how the kernel ended: make would add error lines")
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
                          san=args.san, initrd=args.initrd, cpu=args.cpu, folder=args.folder, extra=args.extra)
        if args.iso:
            machine.iso = str(machine.build / "k896.iso")
        if args.check:
            machine.check_words()
            return 0
        if args.print:
            print(shlex.join(machine.argv() + ["-serial", "mon:stdio"]))
            return 0
        if args.gdb:
            return run_under_gdb(machine, args.ex)
        if args.wait_gdb:
            return wait_gdb(machine, args.port)
        if args.replay or args.replay_again:
            return replay(machine, args.ex, args.replay_again)
        status = run(machine)
        return 0 if args.for_make and os.isatty(0) and os.isatty(2) else status
    except LaunchError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


if __name__ == "__main__":
    sys.exit(main())
