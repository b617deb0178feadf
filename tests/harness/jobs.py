# SPDX-License-Identifier: MIT
# What a boot test is made of: a job runs machines and says which sentences held.
"""Job, Context, and the run of the kernel's own suites that several jobs share."""

import functools
import os
import re
import subprocess
import sys
import threading
import zlib
from dataclasses import dataclass, field
from typing import Callable

from harness import guest, ktap
from harness.guest import Failure, Guest, decode, qemu

ROOT = qemu.ROOT
WORK = ROOT / "build" / "test"
UPDATE = False  # --update: golden files are written anew


@dataclass
class Result:
    """One sentence that held or not."""

    sentence: str
    status: str  # "passed", "failed", "skipped"
    reason: str = ""
    details: list = field(default_factory=list)


@dataclass
class Job:
    """A boot test. builds: the kernels that it needs (see build())."""

    name: str
    run: Callable
    builds: tuple = ()
    more: bool = False      # of a default machine, but not of its everyday run
    alone: bool = False     # measures time: nothing else may run
    suites: bool = False    # runs ktest=, so T= may name the tests inside
    cost: float = 1.0       # about how many seconds: the long ones start first


class Context:
    """What a running job has: a folder for its logs, machines, and its results."""

    def __init__(self, job, llvm=False, glob="*"):
        self.job = job
        self.llvm = llvm
        self.glob = glob
        self.results = []
        self.notes = []  # for the progress line
        self.folder = WORK / re.sub(r"[^A-Za-z0-9]+", "-", job.name).strip("-")

    def machine(self, target, debug=True, **options):
        """A machine; target: a row of qemu.TARGETS, or a CPU's name for its default."""
        target = row(target)
        return qemu.Machine(arch=target.arch, mmu=target.mmu, board=target.board,
                            vmsplit=target.vmsplit, debug=debug, llvm=self.llvm, **options)

    def guest(self, machine, name="", **options):
        return Guest(machine, self.folder / name if name else self.folder, **options)

    def check(self, held, sentence, reason="", text=""):
        """Notes whether a sentence held; text: the log whose end a failure's report shows."""
        self.results.append(Result(sentence, "passed" if held else "failed",
                                   "" if held else reason,
                                   [] if held else guest.tail(text)))
        return bool(held)

    def skip(self, sentence, reason):
        self.results.append(Result(sentence, "skipped", reason))

    def fail(self, sentence, reason, details=()):
        self.results.append(Result(sentence, "failed", reason, list(details)))


def row(target):
    """The target, or the default one of a CPU."""
    return qemu.DEFAULT[target] if isinstance(target, str) else target


def config(target, debug, san=""):
    """How a configuration is called in a test's name."""
    return f"{row(target).name} {'debug' if debug else 'release'}" + (f" {san}" if san else "")


def build(target, debug, san=""):
    """The key of a kernel for Job.builds: (arch, mmu, vmsplit, debug, san). Boards share kernels."""
    target = row(target)
    return target.arch, target.mmu, target.vmsplit, debug, san


def qemu_words(context, target, *options, top=ROOT):
    """The words that start tools/qemu.py of the tree `top` with a target's debug kernel."""
    target = row(target)
    return [sys.executable, str(top / "tools/qemu.py"), "--arch", target.arch, "--mmu", target.mmu,
            "--board", target.board, "--vmsplit", target.vmsplit, "--debug", "--mem", "64M",
            *(["--llvm"] if context.llvm else []), *options]


def defaults(targets):
    """Those targets that are a CPU's default: for what does not depend on board or page-table format."""
    return [t for t in targets if t.default]


def each(targets):
    """[(target, debug)]: debug and release of the default targets, debug of the others. What one
    target has proved for both builds is not proved for each board again."""
    return [(t, debug) for t in targets for debug in (True, False) if debug or t.default]


@functools.lru_cache(maxsize=32)
def _symbols(path, phys_offset, _mtime):
    return decode.Kernel(path, phys_offset)


def symbols(machine):
    """The kernel's symbols (read once)."""
    return _symbols(str(machine.elf), machine.phys_offset, machine.elf.stat().st_mtime_ns)


_iso_lock = threading.Lock()


def iso(machine, append):
    """A bootable ISO of the machine's kernel with this command line, made once."""
    key = re.sub(r"[^A-Za-z0-9]+", "_", append) + f"{zlib.crc32(append.encode()):08x}"
    path = WORK / "iso" / f"{machine.build.name}-{key}.iso"
    with _iso_lock:
        if not path.exists() or path.stat().st_mtime_ns < machine.elf.stat().st_mtime_ns:
            path.parent.mkdir(parents=True, exist_ok=True)
            made = subprocess.run([str(ROOT / "tools/mkiso"), str(machine.elf), str(path), append],
                                  capture_output=True, text=True, check=False)
            if made.returncode:
                lines = (made.stderr or made.stdout).strip().splitlines() or ["mkiso failed"]
                raise Failure(f"no ISO: {lines[-1]}", lines)
    return str(path)


@dataclass
class SuiteRun:
    """A run of ktest=: its tests, and what is wrong with the run as a whole (or None)."""

    tests: list
    problem: str
    details: list


def run_suites(machine, folder, glob="*", names=None, icount=True, **options):
    """Boots the machine with ktest=glob (an ISO carries its own command line) and judges the log."""
    if not machine.iso:
        word = f'ktest="{glob}"' if " " in glob else f"ktest={glob}"
        machine.append = f"{machine.append} {word}".strip()
    try:
        with Guest(machine, folder, icount=icount, **options) as g:
            try:
                status = g.finish()
            except Failure as failure:
                log, _ = ktap.judge(g.text, None, names, icount)
                return SuiteRun(log.tests, _while(log, names, failure.reason),
                                failure.details + guest.tail(g.text))
            log, problem = ktap.judge(g.text, status, names, icount)
            if problem is None:
                return SuiteRun(log.tests, None, [])
            ending = g.ending()
            if not ending.ok and ending.reason not in problem and not log.ended:
                problem = f"{problem}; {ending.reason}" if log.plan else ending.reason
            return SuiteRun(log.tests, _while(log, names, problem),
                            ending.details + guest.tail(g.text, 24))
    except Failure as failure:
        return SuiteRun([], failure.reason, failure.details)


def _while(log, names, problem):
    """Adds the test that was running, known by the order of the kernel's table."""
    if names and log.plan == len(names) and len(log.tests) < len(names) and not log.ended:
        return f"{problem}; in the test '{names[len(log.tests)]}'"
    return problem


def outside_make():
    """The environment without what a make around us has put into it."""
    return {k: v for k, v in os.environ.items()
            if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DEBUG", "LLVM", "ARCH", "MMU", "BOARD",
                         "VMSPLIT", "SAN", "T", "APPEND", "MEM", "INITRD", "B", "JOBS")}


def make(target, *variables):
    """Runs make for one configuration; raises Failure with its last lines."""
    env = outside_make()
    jobs = f"-j{os.cpu_count() or 1}"
    done = subprocess.run(["make", "--no-print-directory", jobs, "-C", str(ROOT), target, *variables],
                          env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()
        errors = [line for line in lines if "error" in line.lower()] or lines
        raise Failure(f"make {target} failed: {errors[0] if errors else 'no output'}", lines[-20:])
    return done.stdout
