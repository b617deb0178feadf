# SPDX-License-Identifier: MIT
# The harness tested: kernels that go wrong in every way we could think of, and logs that lie.
# The runner must call each of them a failure, and say why.

import fnmatch
import re
import stat
import subprocess

from harness import ktap
from harness.guest import TICKS, Failure, cpu_seconds
from harness.jobs import Job, build, config, defaults, run_suites, symbols
from harness.program import run_program, until_said

# ---- Logs: (what is wrong, what the reader must say, the log, exit status) ------------------------

GOOD = """[    0.000000] k896: a teaching microkernel
KTAP version 1
1..3
ok 1 a: holds
# notes are welcome
ok 2 a: is skipped # SKIP for a reason
[    0.010000] so are lines of the log
ok 3 b: holds
# end of tests: 2 passed, 0 failed, 1 skipped
"""
FAILED = """KTAP version 1
1..2
ok 1 a: holds
# kernel/x.c:12: expected 1 == 2
not ok 2 a: does not
# end of tests: 1 passed, 1 failed, 0 skipped
"""


def without(line):
    assert line in GOOD
    return GOOD.replace(line + "\n", "")


LOGS = [
    ("nothing at all", "no KTAP version line", "", 33),
    ("no KTAP", "no KTAP version line", "[    0.000000] k896\n", 33),
    ("no version line", "before the version line", without("KTAP version 1"), 33),
    ("another version", "before the version line", GOOD.replace("version 1", "version 2"), 33),
    ("no plan", "without a plan", without("1..3"), 33),
    ("a second plan", "second plan", GOOD.replace("ok 2", "1..3\nok 2", 1), 33),
    ("a plan behind the results", "plan", without("1..3").replace("# end", "1..3\n# end"), 33),
    ("a plan of more tests", "plan has 4 tests, the log 3", GOOD.replace("1..3", "1..4"), 33),
    ("a plan of fewer tests", "plan has 2 tests, the log 3", GOOD.replace("1..3", "1..2"), 33),
    ("a missing result", "number 3 where 2 was due",
     without("ok 2 a: is skipped # SKIP for a reason"), 33),
    ("a missing last result", "the end mark says 2 passed", without("ok 3 b: holds"), 33),
    ("a number twice", "number 2 where 3 was due", GOOD.replace("ok 3", "ok 2"), 33),
    ("a name twice", "two results for: a: holds", GOOD.replace("b: holds", "a: holds"), 33),
    ("numbers out of order", "number 3 where 2 was due",
     GOOD.replace("ok 2", "ok 9").replace("ok 3", "ok 2").replace("ok 9", "ok 3"), 33),
    ("no end mark", "cut", GOOD[:GOOD.index("# end")], 33),
    ("an end in the middle of a line", "cut in the middle of 'ok 3 b: ho", GOOD[:GOOD.index("lds\n# end")], 33),
    ("an end mark without its line's end", "cut in the middle", GOOD[:-1], 33),
    ("wrong counts", "end mark says 3 passed", GOOD.replace("2 passed", "3 passed"), 33),
    ("text behind the end", "after the end mark", GOOD + "and one thing more\n", 33),
    ("a second run", "after the end mark", GOOD + GOOD, 33),
    ("a restart in the middle", "second version line", GOOD[:GOOD.index("ok 3")] + GOOD, 33),
    ("no test", "no test has run",
     "KTAP version 1\n1..0\n# end of tests: 0 passed, 0 failed, 0 skipped\n", 33),
    ("a result in the middle of a line", "not a line of KTAP",
     GOOD.replace("ok 2", "so say I: ok 2"), 33),
    ("a result in a format of its own", "not a line of KTAP", GOOD.replace("ok 2 a:", "ok - a:"), 33),
    ("a panic", "Kernel panic - not syncing: no more",
     GOOD.replace("ok 3", "[    1.000000] Kernel panic - not syncing: no more\nok 3"), 33),
    ("a panic behind the end", "Kernel panic", GOOD + "Kernel panic - not syncing: late\n", 33),
    ("an oops", "Oops: null", GOOD.replace("ok 3", "[    1.000000] Oops: null\nok 3"), 33),
    ("an early exception", "early exception: undefined", "early exception: undefined: pc=0\n" + GOOD, 33),
    ("a panic's exit status", "exit status 37 where 33", GOOD, 37),
    ("QEMU's own exit status", "exit status 1 where 33", GOOD, 1),
    ("a power off", "exit status 0 where 33", GOOD, 0),
    ("QEMU killed", "exit status -9 where 33", GOOD, -9),
    ("failures, and a status of success", "exit status 33 where 35", FAILED, 33),
    ("a test that the kernel does not have", "no such test: b: holds", GOOD, 33),
    ("a test that never ran", "never ran: c: sleeps", GOOD, 33),
]
NAMES = {
    "a test that the kernel does not have": ["a: holds", "a: is skipped"],
    "a test that never ran": ["a: holds", "a: is skipped", "b: holds", "c: sleeps"],
}


def logs(context):
    for what, expected, text, status in LOGS:
        _, problem = ktap.judge(text.replace("\n", "\r\n"), status, NAMES.get(what))
        context.check(problem and expected in problem, f"harness: a log with {what} is a failure",
                      f"it says '{problem}' instead of '{expected}'")
    log, problem = ktap.judge(GOOD, 33, ["a: holds", "a: is skipped", "b: holds"])
    context.check(problem is None and [t.status for t in log.tests] == ["passed", "skipped", "passed"],
                  "harness: a good log is good", f"it says '{problem}'")
    for icount, status in ((True, "failed"), (False, "skipped")):
        log, problem = ktap.judge(GOOD.replace("for a reason", ktap.STARVED), 33, icount=icount)
        context.check(problem is None and [t.status for t in log.tests] == ["passed", status, "passed"],
                      "harness: a test that skips for a busy host " +
                      ("fails with -icount" if icount else "is skipped without -icount"),
                      f"it says '{problem}', {log.tests}")
    log, problem = ktap.judge(FAILED, 35)
    context.check(problem is None and log.tests[1].status == "failed"
                  and log.tests[1].notes == ["kernel/x.c:12: expected 1 == 2"],
                  "harness: a failed test is one, with its notes", f"it says '{problem}'")


# ---- Which jobs a glob means ------------------------------------------------------------------------

class FakeKernel:
    def __init__(self, *names):
        self.names = names

    def tests(self, glob):
        return fnmatch.filter(self.names, glob)


def selection(context):
    import run  # the runner itself is another module: __main__
    kernels = {"arm": FakeKernel("a: holds"), "x86": FakeKernel("a: holds", "b: holds")}
    all_jobs = [Job("suites: arm", None, ("arm",), suites=True), Job("suites: x86", None, ("x86",), suites=True),
                Job("monitor: x86", None, ("x86",))]
    for glob, broken, expected in (("b*", (), ["suites: x86"]), ("a*", (), ["suites: arm", "suites: x86"]),
                                   ("monitor*", (), ["monitor: x86"]), ("*x86", (), ["suites: x86", "monitor: x86"]),
                                   ("c*", (), []), ("b*", ("arm",), ["suites: arm", "suites: x86"])):
        chosen = [job.name for job in run.select(all_jobs, glob, kernels, broken)]
        context.check(chosen == expected,
                      f"harness: T={glob} runs the suites of the kernels that have the test"
                      + (", and of those that could not be built" if broken else ""), f"it runs {chosen}")


# ---- CPU time ------------------------------------------------------------------------------------------

def cpu_time(context):
    """A /proc in which a thread has ended between the listing and the look at it."""
    def line(state, ticks):
        return f"7 (a) b) {state}{' 0' * 10} {ticks} {ticks} 0 0\n"

    for task, text in (("8", None), ("7", line("S", 1)), ("9", line("R", 1))):
        folder = context.folder / "7" / "task" / task
        folder.mkdir(parents=True, exist_ok=True)
        if text:
            (folder / "stat").write_text(text, encoding="ascii")
    (context.folder / "7" / "stat").write_text(line("S", 3 * TICKS), encoding="ascii")
    seen = cpu_seconds(7, context.folder)
    context.check(seen == (6.0, True), "harness: the CPU time of threads that have ended counts", f"{seen}")
    seen = cpu_seconds(8, context.folder)
    context.check(seen is None, "harness: without /proc there is no CPU time", f"{seen}")


# ---- Guests that are no kernels: programs in QEMU's place ----------------------------------------------

FAKES = [
    ("QEMU that does not exist", "is not installed", None),
    ("QEMU that cannot start", "QEMU failed: fake: no such machine",
     "echo 'fake: no such machine' >&2; exit 1"),
    ("QEMU that is killed", "cut|signal 9", f"printf '{GOOD[:150]}'; kill -9 $$"),
    ("a guest that sleeps for good", "waits for good", "printf 'KTAP version 1\\n1..2\\n'; exec sleep 1000"),
    ("a guest that computes for good", "CPU time", "while :; do :; done"),
    ("a guest that prints for good", "prints without end", "exec yes 'more and more of the same line'"),
]


def fakes(context):
    for what, expected, script in FAKES:
        machine = context.machine("arm", kernel="-")
        machine.program = str(context.folder / "no-such-qemu")
        if script:
            path = context.folder / f"{re.sub(r'[^a-z]+', '-', what.lower())}.sh"
            path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
            machine.program = str(path)
        outcome = run_suites(machine, context.folder / "run", cpu_limit=0.5, idle_limit=0.7,
                             answer_limit=0.2)
        context.check(outcome.problem and re.search(expected, outcome.problem),
                      f"harness: {what} is a failure",
                      f"it says '{outcome.problem}' instead of '{expected}'")


# ---- Programs of the host --------------------------------------------------------------------------------

def until_words(command, limit):
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
        try:
            until_said(process, "words", limit)
        finally:
            process.kill()


PROGRAMS = [
    ("does not end", "no end within 0 s", run_program, "sleep 1000 & sleep 1000"),
    ("says nothing", "did not say 'words' within 0 s", until_words, "exec sleep 1000"),
    ("says half a line", "did not say 'words' within 0 s", until_words, "printf words >&2; exec sleep 1000"),
    ("ends without a word", "ended before it said 'words'", until_words, "exit 0"),
]


def programs(context):
    """No test waits for one for good."""
    for what, expected, wait, script in PROGRAMS:
        problem = ""
        try:
            wait(["sh", "-c", script], 0.3)
        except Failure as failure:
            problem = failure.reason
        context.check(expected in problem, f"harness: a program that {what} is a failure",
                      f"it says '{problem}' instead of '{expected}'")


# ---- The real kernel, going wrong on purpose (tests/kernel/debug/_harness.c) ------------------------------------------

# The run is sound, and the test has this status and exactly these notes.
SOUND = [
    ("passes", "passed", ""),
    ("is skipped", "skipped", "to see a skipped test"),
    ("blames the host", "failed", "the host had no time for the machine\nbut the host takes no time from a machine with -icount"),
    ("checks nothing", "failed", "the test checked nothing"),
    ("fails", "failed", r"tests/kernel/debug/_harness\.c:\d+: expected 1 \+ 1 == 3\nleft +2 .*\nright +3 .*"),
    ("leaves interrupts masked", "failed", "the test left interrupts masked"),
    ("keeps a page", "failed", r"2\^0 pages, frame 0x\w+, at \w+, allocated by ktest_\d+\+\S+\nthe test left 1 pages behind"),
    ("keeps an object", "failed", r"an object of cache kmalloc-\d+ at \w+, allocated by ktest_\d+\+\S+\n"
     "the test left 1 slab objects behind"),
    ("keeps a mapping", "failed", "the test left 4 kB of mappings behind"),
    ("keeps a kmap", "failed", r"pkmap slot \d+: pfn 0x\w+, mapped by ktest_\d+\+\S+\n"
     r"the test left 4 kB of mappings, 1 kmaps behind"),
    ("keeps a kmap_local", "failed", r"kmap_local slot 0: pfn 0x\w+, mapped by ktest_\d+\+\S+\n"
     r"the test left 4 kB of mappings, 1 kmap_locals behind"),
    ("keeps a thread", "failed", r"(.*, allocated by thread_create\+.*\n|.*, allocated by .*\n)+the test left \d+ pages, \d+ slab objects, \d+ kB of mappings, "
     r"1 vmalloc areas, 1 threads behind"),
    ("prints a line that is too long", "passed", "~+"),
]
# The run is a failure, and this is what the runner must say about it.
WRONG = [
    ("waits for what never comes", r"Kernel panic - not syncing: test \"_harness: waits for what never "
     r"comes\" ran longer than 0\.05 s of guest time; every thread sleeps"),
    ("waits before the scheduler runs", r"Kernel panic - not syncing: ktest_\d+\+0x\S+ waits before the "
     r"scheduler runs: nobody could wake it"),
    ("locks a mutex of another before the scheduler runs", r"Kernel panic - not syncing: ktest_\d+\+0x\S+ "
     r"waits before the scheduler runs: nobody could wake it"),
    ("keeps a spinlock", r"Kernel panic - not syncing: test \"_harness: keeps a spinlock\" left a "
     r"spinlock held"),
    ("sleeps with a spinlock", r"Kernel panic - not syncing: kernel BUG at kernel/sched/sched\.c"),
    ("takes a spinlock of interrupt handlers with interrupts on",
     r"Kernel panic - not syncing: kernel BUG at include/kernel/spinlock\.h:\d+ .*: lock->in_irq && lock->irqs_on"),
    ("takes a spinlock in an interrupt that was held with interrupts on",
     r"Kernel panic - not syncing: kernel BUG at include/kernel/spinlock\.h:\d+ .*: lock->in_irq && lock->irqs_on"),
    ("panics", r"Kernel panic - not syncing: a test has panicked; in the test '_harness: panics'"),
    ("reads through NULL", r"Oops: kernel NULL pointer dereference"),
    ("hangs with interrupts on", r"Kernel panic - not syncing: test \"_harness: hangs with interrupts on\" "
     r"ran longer than 0\.05 s of guest time"),
    ("hangs with interrupts off", r"hangs: .* CPU time .*; stopped at [0-9a-f]{8} \w+\+0x[0-9a-f]+"),
    ("runs too long with interrupts off", r"Kernel panic - not syncing: test \"_harness: runs too "
     r"long with interrupts off\" ran longer than 0\.05 s of guest time"),
    ("masks interrupts for 0.4 s", r"Kernel panic - not syncing: test \"_harness: masks interrupts for 0\.4 s\" "
     r"ran longer than 0\.05 s of guest time"),
    ("halts", r"hangs: .*; stopped at [0-9a-f]{8} \w+\+0x[0-9a-f]+"),
    ("ends the machine as if all was well", r"the log is cut after 0 of 1 results"),
    ("cuts the log within a line", r"the log is cut in the middle of 'ok 1 _harn'"),
    ("powers the machine off", r"the log is cut after 0 of 1 results"),
    ("resets the machine", r"the log is cut after 0 of 1 results.*reset"),
    ("prints a result of its own", r"number 1 where 2 was due"),
    ("prints without end", r"prints without end"),
]


def run_test(context, arch, test):
    """A real run of one test; with highmem, or kmap() would keep nothing."""
    glob = f"_harness: {test}"
    machine = context.machine(arch, mem="1G", append="ktest_timeout=0.05")
    return run_suites(machine, context.folder, glob, symbols(machine).tests(glob), cpu_limit=1.2,
                      idle_limit=1.0, output_limit=64 << 10)


def sound(context, arch, test, status, notes):
    outcome = run_test(context, arch, test)
    seen = [(t.status, "\n".join(t.notes)) for t in outcome.tests]
    context.check(outcome.problem is None and len(seen) == 1 and seen[0][0] == status
                  and re.fullmatch(notes, seen[0][1]),
                  f"harness: a kernel whose test {test} is judged so ({config(arch, True)})",
                  f"it is judged {seen}, {outcome.problem}", "\n".join(outcome.details))


def wrong(context, arch, test, problem):
    outcome = run_test(context, arch, test)
    context.check(outcome.problem and re.search(problem, outcome.problem),
                  f"harness: a kernel whose test {test} is a failure ({config(arch, True)})",
                  f"it says '{outcome.problem}' instead of '{problem}'", "\n".join(outcome.details))


def empty_suite(context, arch):
    """tests/kernel/debug/_empty.c: the kernel and its table agree on the test that is missing."""
    machine = context.machine(arch, mem="64M")
    outcome = run_suites(machine, context.folder, "_empty", symbols(machine).tests("_empty"))
    seen = [(t.name, t.status) for t in outcome.tests]
    context.check(outcome.problem is None and seen == [("_empty: has a test", "failed")],
                  f"harness: a suite without tests is a failure ({config(arch, True)})",
                  f"it is judged {seen}, {outcome.problem}", "\n".join(outcome.details))


def nothing_matches(context, arch):
    outcome = run_suites(context.machine(arch, mem="64M"), context.folder, "no-such-suite")
    context.check(outcome.problem and "no test has run" in outcome.problem,
                  f"harness: a glob that matches no test is a failure ({config(arch, True)})",
                  f"it says '{outcome.problem}'", "\n".join(outcome.details))


def jobs(targets):
    found = [Job("harness: reads logs strictly", logs),
             Job("harness: chooses jobs", selection),
             Job("harness: adds CPU time", cpu_time),
             Job("harness: programs end in time", programs),
             Job("harness: sees through guests that are no kernels", fakes, cost=5.0)]
    for arch in (t.arch for t in defaults(targets)):
        found.append(Job(f"harness: no test matches ({config(arch, True)})",
                         lambda c, a=arch: nothing_matches(c, a), builds=(build(arch, True),)))
        found.append(Job(f"harness: a suite without tests ({config(arch, True)})",
                         lambda c, a=arch: empty_suite(c, a), builds=(build(arch, True),)))
        found += [Job(f"harness: a kernel whose test {row[0]} ({config(arch, True)})",
                      lambda c, a=arch, j=judge, r=row: j(c, a, *r),
                      builds=(build(arch, True),), cost=2.0)
                  for judge, table in ((sound, SOUND), (wrong, WRONG)) for row in table]
    return found
