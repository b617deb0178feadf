# SPDX-License-Identifier: MIT
# Reads what a test run of the kernel printed, and believes none of it without a reason.
#
# Rules: no log is judged good unless it has the version line, one plan, each number of the plan once
# and in order, and the end mark with the same counts, and nothing behind that.
"""A strict KTAP reader."""

import re
from dataclasses import dataclass, field

VERSION = "KTAP version 1"
PLAN = re.compile(r"1\.\.(\d+)$")
RESULT = re.compile(r"(not ok|ok) (\d+) (.+?)(?: # SKIP(?: (.*))?)?$")
END = re.compile(r"# end of tests: (\d+) passed, (\d+) failed, (\d+) skipped$")
# Looks like KTAP but is not a line of it: two writers in one line, or a format of its own.
GLUED = re.compile(r"\S.*(?:\bok \d+ \S+:|KTAP version|# end of tests:)|(?:not )?ok\b|1\.\.")
STARVED = "the host had no time for the machine"  # include/kernel/ktest.h
CRASH = re.compile(r"Kernel panic - not syncing|^(?:\[[^]]*\] )?(?:Oops:|early exception:)")


@dataclass
class Test:
    """One result line."""

    name: str
    status: str  # "passed", "failed", "skipped"
    notes: list = field(default_factory=list)  # the diagnostics before it


@dataclass
class Log:
    """A whole log: its tests, and what is wrong with it."""

    tests: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    plan: int = None
    ended: bool = False

    def count(self, status):
        return sum(test.status == status for test in self.tests)


def lines_of(text):
    """The complete lines of a serial log, and whether a part of a line is left."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    *lines, rest = text.split("\n")
    return lines, rest


def parse(text):
    """Reads a serial log into a Log; problems are sentences, the most telling one first."""
    log = Log()
    lines, rest = lines_of(text)
    started, notes = False, []
    for line in lines:
        line = line.rstrip()
        if CRASH.search(line):
            log.problems.append(re.sub(r"^\[[^]]*\] ", "", line))
            break
        if log.ended:
            if line:
                log.problems.append(f"after the end mark comes: {line}")
                break
        elif line == VERSION:
            if started:
                log.problems.append("a second version line: the kernel started again")
            started = True
        elif not started:
            if RESULT.match(line) or PLAN.match(line) or END.match(line):
                log.problems.append(f"before the version line comes: {line}")
                break
        elif PLAN.match(line):
            if log.plan is not None:
                log.problems.append("a second plan")
            elif log.tests:
                log.problems.append("the plan comes after the first result")
            log.plan = int(PLAN.match(line).group(1))
        elif RESULT.match(line):
            _result(log, RESULT.match(line), notes)
            notes = []
        elif END.match(line):
            _end(log, [int(n) for n in END.match(line).groups()])
        elif line.startswith("#"):
            notes.append(line[1:].strip())
        elif GLUED.match(line):
            log.problems.append(f"not a line of KTAP: {line}")
    _whole(log, started, rest)
    return log


def _result(log, match, notes):
    word, number, name, reason = match.groups()
    due = len(log.tests) + 1
    if log.plan is None and not log.tests:
        log.problems.append("results without a plan")
    if int(number) != due:
        log.problems.append(f"result number {number} where {due} was due: {name}")
    skipped = " # SKIP" in match.group(0)
    if any(test.name == name for test in log.tests):
        log.problems.append(f"two results for: {name}")
    status = "skipped" if skipped and word == "ok" else "passed" if word == "ok" else "failed"
    log.tests.append(Test(name, status, notes + ([reason] if reason else [])))


def _end(log, counts):
    log.ended = True
    seen = [log.count(s) for s in ("passed", "failed", "skipped")]
    if counts != seen:
        log.problems.append("the end mark says {} passed, {} failed, {} skipped, but the log has "
                            "{}, {}, {}".format(*counts, *seen))


def _whole(log, started, rest):
    """What is missing in a log that is not whole."""
    if log.problems:
        return
    if not started:
        log.problems.append("no KTAP version line: no test has run")
    elif log.plan is None:
        log.problems.append("no plan")
    elif not log.ended:
        at = f" in the middle of '{rest}'" if rest else ""
        log.problems.append(f"the log is cut{at} after {len(log.tests)} of {log.plan} results")
    elif log.plan != len(log.tests):
        log.problems.append(f"the plan has {log.plan} tests, the log {len(log.tests)}")
    elif not log.tests:
        log.problems.append("no test has run")
    elif rest.strip():
        log.problems.append(f"after the end mark comes: {rest}")


def refuse_starved(log):
    """With -icount guest time counts instructions, whatever the host does: no test may skip for the host."""
    for test in log.tests:
        if test.status == "skipped" and STARVED in test.notes:
            test.status = "failed"
            test.notes.append("but the host takes no time from a machine with -icount")


def judge(text, status, names=None, icount=True):
    """Reads a log and says what is wrong with the run as a whole: (Log, sentence or None).
    status: QEMU's exit status. names: the tests that the kernel has, in order, where known. icount: whether
    QEMU ran with -icount."""
    log = parse(text)
    expected = 35 if log.count("failed") else 33
    if icount:
        refuse_starved(log)
    if log.problems:
        return log, log.problems[0]
    if status != expected:
        return log, f"exit status {status} where {expected} was due"
    if names is not None:
        printed = [test.name for test in log.tests]
        missing = [name for name in names if name not in printed]
        unknown = [name for name in printed if name not in names]
        if missing:
            return log, f"never ran: {missing[0]}"
        if unknown:
            return log, f"the kernel has no such test: {unknown[0]}"
    return log, None
