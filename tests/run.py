#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# The test runner: builds the kernels, boots them in many ways, and says which sentences held.
#
# Owns: build/test/ (one folder of logs for each job of the last run).
# Rules: a run that does not prove itself good is a failure (tests/harness/ktap.py); one line for each
# finished job; the last line is always `N passed, N failed`, with `, N skipped` where some were.
# Usage: tests/run.py --help
"""make test"""

import argparse
import contextlib
import fcntl
import fnmatch
import importlib.util
import os
import re
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
from harness import guest, jobs  # noqa: E402
from harness.guest import Cancelled, Failure  # noqa: E402


def load_jobs(targets):
    """All jobs of tests/boot/*.py and of the harness's self-test, for these targets."""
    found = []
    for path in sorted((HERE / "boot").glob("*.py")) + [HERE / "harness" / "selftest.py"]:
        spec = importlib.util.spec_from_file_location(f"boot_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found += module.jobs(targets)
    return found


def load(targets, args):
    """The jobs of these targets; with --san, those of its kernels. clang has no KASAN for 32-bit targets."""
    def sanitizers(job):
        return {san for *_, san in job.builds}
    return [job for job in load_jobs(targets) if not (args.llvm and "kasan" in sanitizers(job))
            and (not args.san or args.san in sanitizers(job))]


def offered(args):
    """The jobs to choose from: the everyday run of each CPU's default machine; with --machines all
    others. All jobs of a format, a board, a split; and a job that the glob names is found anywhere."""
    targets = [t for t in jobs.qemu.TARGETS if args.arch in (None, t.arch) and args.mmu in (None, t.mmu)
               and args.board in (None, t.board) and args.vmsplit in (None, t.vmsplit)]
    if not targets:
        print("no machine is like that; there are (CPU, format, board, split): "
              + "; ".join(f"{t.arch} {t.mmu} {t.board} {t.vmsplit}" for t in jobs.qemu.TARGETS))
        return []
    if args.san or args.mmu or args.board or args.vmsplit:
        return load(targets, args)
    usual = load(jobs.defaults(targets), args)
    chosen = [job for job in usual if not job.more]
    rest = [job for job in usual if job.more] + load([t for t in targets if not t.default], args)
    if args.machines:
        chosen, rest = rest, chosen
    if named(chosen, args.glob):
        return chosen
    return named(rest, args.glob) or chosen


def named(all_jobs, glob):
    """The jobs whose own name matches."""
    return [job for job in all_jobs if fnmatch.fnmatchcase(job.name, glob)]


def build(builds, llvm):
    """Builds the kernels of [(arch, mmu, vmsplit, debug, san)]. Returns {key: reason} of those that failed."""
    broken = {}
    for key in builds:
        arch, mmu, vmsplit, debug, san = key
        start = time.monotonic()
        name = f"{arch}-{mmu} {'2G/2G ' if vmsplit == '2G' else ''}{'debug' if debug else 'release'}" + (" llvm" if llvm else "") \
            + (f" {san}" if san else "")
        try:
            jobs.make(f"build-{arch}", f"MMU={mmu}", f"VMSPLIT={vmsplit}", f"DEBUG={int(debug)}", f"LLVM={int(llvm)}", f"SAN={san}")
            print(f"built {time.monotonic() - start:6.1f} s  {name}", flush=True)
        except Failure as failure:
            broken[key] = failure
            print(f"FAIL  {time.monotonic() - start:6.1f} s  build of {name}", flush=True)
            print("\n".join("    " + line for line in failure.details), flush=True)
    return broken


def kernels_of(chosen, args, done=()):
    """Builds the kernels of these jobs, but those that are done. Returns what build() does, and
    {key: symbols} of each kernel that there is."""
    keys = sorted({key for job in chosen for key in job.builds} - set(done), key=str)
    broken = {} if args.no_build else build(keys, args.llvm)
    machines = {key: jobs.qemu.Machine(arch=key[0], mmu=key[1], vmsplit=key[2], debug=key[3], san=key[4],
                                     llvm=args.llvm)
                for key in keys if key not in broken}
    return broken, {key: jobs.symbols(machine) for key, machine in machines.items() if machine.elf.exists()}


def in_sources(glob):
    """Whether the glob names a test of the kernel, as the sources have them: known before anything is built."""
    for path in HERE.rglob("*.c"):
        text = path.read_text(encoding="utf-8")
        suite = re.search(r'SUITE\("(.*?)"\)', text)
        for strings in re.findall(r'^TEST\(((?:\s*"(?:[^"\\]|\\.)*")+)\)', text, re.M) if suite else []:
            sentence = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', strings)).replace('\\"', '"')
            if any(fnmatch.fnmatchcase(name, glob)
                   for name in (suite[1], sentence, f"{suite[1]}: {sentence}")):
                return True
    return False


def select(all_jobs, glob, kernels, broken=()):
    """The jobs that T=glob means: by their own name, or by a test of their kernel (of a kernel that
    was not built, any test may be meant)."""
    if glob == "*":
        return all_jobs
    inside = set(broken) | {key for key, kernel in kernels.items() if kernel.tests(glob)}
    return [job for job in all_jobs
            if fnmatch.fnmatchcase(job.name, glob) or (job.suites and inside.intersection(job.builds))]


class Runner:
    """Runs jobs on several threads, and counts."""

    def __init__(self, chosen, llvm, glob, broken, workers):
        self.waiting = sorted(chosen, key=lambda job: (not job.alone, -job.cost))
        self.llvm, self.glob, self.broken, self.workers = llvm, glob, broken, workers
        self.lock = threading.Condition()
        self.running = 0
        self.alone = False
        self.results = []
        self.failures = {}  # sentence: (its first failure, the jobs where it failed)
        self.done, self.total = 0, len(chosen)

    def take(self):
        """The next job, when it may run; None when there is none left."""
        with self.lock:
            while self.waiting and not guest.stop.is_set():
                job = self.waiting[0]
                if not self.alone and not (job.alone and self.running):
                    self.waiting.pop(0)
                    self.running += 1
                    self.alone = job.alone
                    return job
                self.lock.wait(0.2)
            return None

    def work(self):
        while True:
            job = self.take()
            if job is None:
                return
            context = jobs.Context(job, self.llvm, self.glob)
            start = time.monotonic()
            try:
                self.run(job, context)
            finally:
                with self.lock:
                    self.running -= 1
                    self.alone = False
                    self.lock.notify_all()
            if not guest.stop.is_set():
                try:
                    self.report(job, context, time.monotonic() - start)
                except BrokenPipeError:  # `| head`: nobody reads on
                    guest.stop.set()

    def run(self, job, context):
        for key in job.builds:
            if key in self.broken:
                context.fail(job.name, f"not built: {self.broken[key].reason}")
                return
        with contextlib.suppress(Cancelled):
            try:
                shutil.rmtree(context.folder, ignore_errors=True)
                context.folder.mkdir(parents=True)
                job.run(context)
                if not context.results:
                    context.fail(job.name, "the job checked nothing")
            except Failure as failure:
                context.fail(job.name, failure.reason, failure.details)
            except Cancelled:
                raise
            except Exception as error:  # pylint: disable=broad-except
                context.fail(job.name, f"the runner's own mistake: {type(error).__name__}: {error}",
                             trace(error))

    def report(self, job, context, seconds):
        """One line for a finished job, and its failures."""
        failed = [r for r in context.results if r.status == "failed"]
        counts = count(context.results)
        notes = "; " + ", ".join(context.notes) if context.notes else ""
        with self.lock:
            self.done += 1
            self.results += context.results
            new = [r for r in failed if r.sentence not in self.failures]
            again = f" ({len(failed) - len(new)} as before)" if len(new) < len(failed) else ""
            print(f"{'FAIL' if failed else 'ok  '}  {seconds:6.1f} s  {job.name}: {counts}{again}{notes}",
                  flush=True)
            for result in failed:
                self.failures.setdefault(result.sentence, (result, []))[1].append(job.name)
            for result in new:
                print(f"    not ok: {result.sentence}\n        {result.reason}")
                print("".join(f"        | {line}\n" for line in result.details), end="", flush=True)

    def all(self):
        threads = [threading.Thread(target=self.work, daemon=True) for _ in range(self.workers)]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                for thread in threads:
                    thread.join(0.2)
        except KeyboardInterrupt:
            guest.stop.set()
            for thread in threads:
                thread.join(10)
            raise


def trace(error):
    import traceback
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return text.rstrip().splitlines()[-12:]


def count(results):
    """'N passed, N failed', with the skipped ones where there are some."""
    number = {status: sum(r.status == status for r in results)
              for status in ("passed", "failed", "skipped")}
    text = f"{number['passed']} passed, {number['failed']} failed"
    return text + (f", {number['skipped']} skipped" if number["skipped"] else "")


def summary(runner, seconds):
    """Each sentence that failed once more, with where, and the final line."""
    if runner.failures:
        number = len(runner.failures)
        print(f"\n{number} sentence{'s' if number > 1 else ''} did not hold:")
    for sentence, (first, where) in runner.failures.items():
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        print(f"  not ok: {sentence}\n          {first.reason}\n          in '{where[0]}'{more}")
    print(f"\n{seconds:.0f} s; logs are in {os.path.relpath(jobs.WORK)}")
    print(count(runner.results), flush=True)


def arguments():
    parser = argparse.ArgumentParser(description="Build and test the kernel.")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="machines at a time (default: the cores)")
    parser.add_argument("--machines", action="store_true", help="the machines that are not the default")
    parser.add_argument("--arch", choices=("arm", "x86"), help="only this CPU")
    parser.add_argument("--mmu", help="only this page-table format")
    parser.add_argument("--board", help="only this board")
    parser.add_argument("--vmsplit", help="only this size of user space")
    parser.add_argument("--san", choices=("kasan", "ubsan"), help="only what this sanitizer watches")
    parser.add_argument("--llvm", action="store_true", help="kernels built by clang and lld")
    parser.add_argument("--list", action="store_true", help="only list what there is")
    parser.add_argument("--check", action="store_true", help="only say what is wrong with these words")
    parser.add_argument("--update", action="store_true", help="write golden files anew")
    parser.add_argument("--no-build", action="store_true", help="take the kernels as they are")
    parser.add_argument("glob", nargs="?", default="*", help="names of tests to run")
    return parser.parse_args()


@contextlib.contextmanager
def work_folder():
    """build/test, or build/test-2 while another runner uses that."""
    for number in range(1, 100):
        folder = jobs.ROOT / "build" / ("test" if number == 1 else f"test-{number}")
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "lock", "w", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            jobs.WORK = folder
            yield
            return
    raise SystemExit("too many test runs at a time")


def stop_on_signal(*_):
    raise KeyboardInterrupt


def main():
    args = arguments()
    jobs.UPDATE = args.update
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_on_signal)
    with work_folder():
        return test(args)


def wanted(args):
    """The jobs to choose from, when the words mean any; else [], and says why. Builds nothing."""
    all_jobs = offered(args)
    if all_jobs and not named(all_jobs, args.glob) and not in_sources(args.glob):
        print(f"no test matches '{args.glob}'; tests/run.py --list shows the names")
        all_jobs = []
    if not all_jobs:
        print("0 passed, 1 failed")
    return all_jobs


def test(args):
    start = time.monotonic()
    all_jobs = wanted(args)
    if args.check or not all_jobs:
        return 0 if all_jobs else 1
    runner = None
    try:
        # With a glob that only boot tests match, only their kernels are built.
        some = named(all_jobs, args.glob) or all_jobs
        broken, kernels = kernels_of(some, args)
        if any(kernel.tests(args.glob) for kernel in kernels.values()):
            done = {key for job in some for key in job.builds}
            more = kernels_of([job for job in all_jobs if job.suites], args, done)
            broken, kernels = {**broken, **more[0]}, {**kernels, **more[1]}
        if args.list:
            for name in sorted({n for kernel in kernels.values() for n in kernel.tests(args.glob)}):
                print(f"kernel  {name}")
            for job in select(all_jobs, args.glob, {}):
                print(f"boot    {job.name}")
            return 0
        chosen = select(all_jobs, args.glob, kernels, broken)
        if not chosen:
            print(f"no test matches '{args.glob}'; --list shows the names")
            print("0 passed, 1 failed")
            return 1
        runner = Runner(chosen, args.llvm, args.glob, broken, max(1, args.j))
        runner.all()
    except KeyboardInterrupt:
        print("\ninterrupted")
        print(count(runner.results if runner else []) + ", the rest was not run")
        return 130
    if runner.done != runner.total:
        lost = jobs.Result("the runner finishes every job", "failed", f"{runner.total - runner.done} jobs are lost")
        runner.results.append(lost)
        runner.failures[lost.sentence] = lost, ["the runner"]
    summary(runner, time.monotonic() - start)
    return 1 if any(r.status == "failed" for r in runner.results) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `| head`: nobody reads on
        guest.stop.set()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
