# SPDX-License-Identifier: MIT
# Tries changes in one copy of the tree: build, run the nearest tests, stop at the first that notices.
#
# Runs as a program inside of the copy, whose harness it uses: a change as a line of JSON on stdin, its
# outcome as a line on stdout.
# Rules: a test is believed only if it passes with the unchanged kernel, which is tried when it first fails.
"""Outcome of one change: killed, survived, equivalent (the same code), invalid (does not compile)."""

import fnmatch
import json
import re
import sys
import time
from pathlib import Path

COPY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(COPY / "tools"), str(COPY / "tests")]
from harness import guest, jobs, ktap  # noqa: E402
from harness.guest import Failure  # noqa: E402
from mutation import nearest, sites  # noqa: E402
from mutation.workcopy import Build, BuildError  # noqa: E402
import run as runner  # noqa: E402

# Tunable: CPU seconds that a run of near suites may take, of all suites, and of a boot test's guest.
NEAR_LIMIT, ALL_LIMIT, BOOT_LIMIT = 8.0, 16.0, 8.0
IDLE_LIMIT = 3.0
# Guest time that a test may take; the longest takes a third of it.
TEST_TIMEOUT = "ktest_timeout=4"

NOT_OK = re.compile(r"^not ok \d+ ([^\r\n]*)[\r\n]", re.M)
OTHER_CPU = {"arm": "x86", "x86": "arm"}
FORMATS = {"arm": ("lpae", "short"), "x86": ("pae", "2level")}


class Noticed(Exception):
    """A test noticed; the text says which."""


class Context(jobs.Context):
    """A boot test's context that leaves at the first sentence that does not hold."""

    def guest(self, machine, name="", **options):
        options.setdefault("cpu_limit", BOOT_LIMIT)
        options.setdefault("idle_limit", IDLE_LIMIT)
        return super().guest(machine, name, **options)

    def check(self, held, sentence, reason="", text=""):
        if not held:
            raise Noticed(sentence)
        return super().check(held, sentence, reason, text)

    def fail(self, sentence, reason, details=()):
        raise Noticed(f"{sentence}: {reason}")


class Worker:
    """One copy of the tree, its builds, and what is known of its tests."""

    def __init__(self, tree, quick):
        self.tree, self.quick = tree, quick
        self.builds = {}
        self.sound = {}  # (build, name of a test or a run): whether the unchanged kernel passes
        self.boot_jobs = {}
        self.deadline = 0
        jobs.WORK = COPY / "build" / "test"

    def build(self, arch, mmu, debug):
        key = arch, mmu, debug
        if key not in self.builds:
            self.builds[key] = Build(COPY, self.tree, *key)
        return self.builds[key]

    def configurations(self, path, cpu):
        """Where a file is built: (arch, format, debug), the one to try first first."""
        stem = Path(path).stem
        only = [(a, m) for a, formats in FORMATS.items() for m in formats if stem.endswith("_" + m)]
        archs = [a for a in (cpu, OTHER_CPU[cpu]) if belongs(path, a)]
        if only:
            return [(*only[0], True), (*only[0], False)]
        return [(a, FORMATS[a][0], debug) for a in archs for debug in (True, False)] + \
            [(a, FORMATS[a][1], True) for a in archs]

    # ---- one change

    def attempt(self, change, cpu, left):
        """(outcome, words, the configuration's name); left: seconds until it ends unfinished, 0: any number."""
        self.deadline = time.monotonic() + left if left else 0
        source = (COPY / change.path).read_text(encoding="utf-8")
        configurations = self.configurations(change.path, cpu)
        touched = []
        try:
            for build in (self.build(*c) for c in configurations):
                original = build.original(change.path)
                touched.append(build)
                (COPY / change.path).write_text(sites.apply(source, change), encoding="utf-8")
                try:
                    build.compile(change.path)
                except BuildError as error:
                    return "invalid", first_error(str(error)), build.name
                if build.code(change.path) != original:
                    return self.judge(build, change, source, True)
                (COPY / change.path).write_text(source, encoding="utf-8")
            return "equivalent", "the compiler makes the same code of it", ""
        finally:
            (COPY / change.path).write_text(source, encoding="utf-8")
            for build in touched:
                build.restore(change.path)

    def on_other_cpu(self, build, change, source):
        """What the suites of the other CPU say to what survived on one: the outcome, if they notice."""
        other = self.build(OTHER_CPU[build.arch], FORMATS[OTHER_CPU[build.arch]][0], build.debug)
        if self.quick or not belongs(change.path, other.arch) or build.mmu != FORMATS[build.arch][0]:
            return None
        try:
            original = other.original(change.path)
            (COPY / change.path).write_text(sites.apply(source, change), encoding="utf-8")
            other.compile(change.path)
            if other.code(change.path) == original:
                return None
            outcome = self.judge(other, change, source, False)
            return outcome if outcome[0] == "killed" else None
        except BuildError:
            return None
        finally:
            (COPY / change.path).write_text(source, encoding="utf-8")
            other.restore(change.path)

    def judge(self, build, change, source, first):
        """Links a changed object and runs what there is; of the second CPU only the suites."""
        mutated = build.object(change.path).read_bytes()
        if not build.whole:
            (COPY / change.path).write_text(source, encoding="utf-8")
            build.restore(change.path)
            build.finish()
            build.object(change.path).write_bytes(mutated)
        (COPY / change.path).write_text(source, encoding="utf-8")
        build.object(change.path).write_bytes(mutated)  # newer than its source: make leaves it
        try:
            build.link()
        except BuildError as error:
            return "invalid", first_error(str(error)), build.name
        if all((build.folder / n).read_bytes() == (build.folder / "unchanged" / n).read_bytes()
               for n in build.kernels()):
            return "equivalent", "no kernel contains it", build.name
        for name, check in self.checks(build, change.path, first):
            if self.deadline and time.monotonic() > self.deadline:
                return "unfinished", f"before {name}", build.name
            noticed = attempt_check(check)
            if noticed and self.is_sound(build, name, check):
                return "killed", noticed, build.name
        return first and self.on_other_cpu(build, change, source) or ("survived", "", build.name)

    def is_sound(self, build, name, check):
        """Whether a run says nothing against the unchanged kernel."""
        key = build.name, name
        if key not in self.sound:
            build.swap()
            try:
                noticed = attempt_check(check)
            finally:
                build.swap()
            self.sound[key] = not noticed
            if noticed:
                print(f"not believed, the unchanged kernel fails it: {name}: {noticed}", file=sys.stderr, flush=True)
        return self.sound[key]

    # ---- what is run

    def checks(self, build, path, boot):
        """(name, function that raises Noticed), the nearest first; boot: boot tests as well."""
        target = guest.qemu.find_target(build.arch, build.mmu, board_of(path))
        machine = dict(arch=target.arch, mmu=target.mmu, board=target.board, debug=build.debug)
        kernel = jobs.symbols(guest.qemu.Machine(**machine))
        names = sorted({name.partition(": ")[0] for name in kernel.tests()})
        for glob in nearest.suites(path, names):
            yield f"ktest={glob}", lambda g=glob: self.run_suites(machine, g, NEAR_LIMIT)
        if self.quick:
            return
        yield "ktest=*", lambda: self.run_suites(machine, "*", ALL_LIMIT)
        for job in self.near_jobs(build, target, path) if boot else ():
            yield job.name, lambda j=job: self.run_job(j)

    def run_suites(self, options, glob, limit):
        machine = guest.qemu.Machine(append=f"ktest={glob} {TEST_TIMEOUT}", **options)
        names = jobs.symbols(machine).tests(glob)
        with guest.Guest(machine, jobs.WORK / "suites", cpu_limit=limit, idle_limit=IDLE_LIMIT) as g:
            while not g.ended:
                g.step()
                failed = NOT_OK.search(g.text)
                if failed:
                    raise Noticed(failed.group(1))
            log, problem = ktap.judge(g.text, g.vm.process.returncode, names)
            if problem:
                where = f" in '{names[len(log.tests)]}'" if len(log.tests) < len(names) else ""
                raise Noticed(problem + where)

    def near_jobs(self, build, target, path):
        key = build.name, target.board
        if key not in self.boot_jobs:
            mine = (build.arch, build.mmu, "3G", build.debug, "")
            self.boot_jobs[key] = [job for job in runner.load_jobs([target])
                                   if set(job.builds) == {mine} or (not job.builds and build.debug)]
        found = []
        for glob in nearest.boot_tests(path):
            found += [job for job in self.boot_jobs[key] if fnmatch.fnmatchcase(job.name, glob) and job not in found]
        return found

    def run_job(self, job):
        context = Context(job)
        context.folder.mkdir(parents=True, exist_ok=True)
        job.run(context)
        failed = [result for result in context.results if result.status == "failed"]
        if failed:  # of a suite, whose results are taken over as they are
            raise Noticed(f"{failed[0].sentence} {failed[0].reason}")


def attempt_check(check):
    """What noticed, or None."""
    try:
        check()
    except Noticed as noticed:
        return str(noticed)
    except Failure as failure:
        return failure.reason
    return None


def belongs(path, arch):
    """Whether the kernels of a CPU contain a file."""
    other = OTHER_CPU[arch]
    drivers = {"arm": ("pl011", "gicv2", "arch_timer", "sp804", "pl031", "ecam"),
               "x86": ("ns16550", "i8259", "pit", "hpet", "cmos", "conf1")}
    return f"/{other}/" not in path and Path(path).stem not in drivers[other]


def board_of(path):
    """The board whose device a driver is for, where that is not the CPU's first."""
    return "vexpress-a15" if path.endswith("sp804.c") else ""


def first_error(text):
    lines = [line for line in text.splitlines() if re.search("error|warning", line, re.I)] or text.splitlines() or ["?"]
    return lines[0]


def main():
    worker = Worker(Path(sys.argv[1]), sys.argv[2] == "quick")
    for line in sys.stdin:
        order = json.loads(line)
        start = time.monotonic()
        try:
            outcome, words, where = worker.attempt(sites.Change(*order["change"]), order["cpu"],
                                                    order["left"])
        except Exception as error:  # pylint: disable=broad-except
            outcome, words, where = "error", f"{type(error).__name__}: {error}", ""
        print(json.dumps({"outcome": outcome, "words": words, "where": where,
                          "seconds": time.monotonic() - start}), flush=True)


if __name__ == "__main__":
    main()
