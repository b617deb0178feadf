# SPDX-License-Identifier: MIT
# Start-up with one allocation failing, for every allocation that start-up makes: the kernel says
# what it could not get, or goes on without it. And the command line's other ways to make them fail.

import re

from harness.guest import qemu
from harness.jobs import Job, build, config, defaults, each

PANIC = "Kernel panic - not syncing: "
# A test that passes: start-up was done, and the kernel works.
GOES_ON = "ktest=_harness:?passes"
ONLY = r"fail_nth=\d+: start-up made only (\d+) allocations"
MOST = 200  # start-up allocates far less often: the walk goes wrong


def boot(context, target, debug, append, name):
    """Boots to the end. Returns the log and the exit status."""
    with context.guest(context.machine(target, debug, mem="64M", append=append), name) as guest:
        status = guest.finish()
        return guest.text.replace("\r", ""), status


def wrong(text, status):
    """What is wrong with how a start-up ended in which an allocation failed; None: nothing."""
    panics = re.findall(rf"(?<!end ){PANIC}(.*)$", text, re.M)
    if "Oops" in text or "early exception" in text:
        return "an exception"
    if "kernel BUG at" in text:
        return "a BUG, which does not say what could not be had"
    if status == qemu.EXIT_OK and not panics:
        return None if "ok 1 _harness: passes" in text else "no test ran"
    if status != qemu.EXIT_PANIC or len(panics) != 1:
        return f"exit status {status}, {len(panics)} panics"
    # A sentence of several words: what, and that it could not be had.
    if not re.search(r"\b(no room|no memory|out of memory|cannot|could not)\b", panics[0]):
        return f"the panic does not say what is missing: {panics[0]}"
    return None


def walk(context, target, debug):
    where = config(target, debug)
    failed = 0
    for n in range(1, MOST):
        text, status = boot(context, target, debug, f"fail_nth={n} {GOES_ON}", f"nth{n}")
        only = re.search(ONLY, text)
        if only:
            context.check(int(only[1]) == n - 1 and status == qemu.EXIT_OK,
                          f"failnth: start-up without a failure goes on ({where})",
                          f"exit status {status}, {only[1]} allocations", text)
            break
        failed += 1
        what = re.search(rf"fail_nth={n}: an allocation fails \((.*)\)", text)
        problem = "no line says that it failed" if not what else wrong(text, status)
        context.check(problem is None,
                      f"failnth: start-up without allocation {n} "
                      f"({what[1] if what else '?'}) ends or goes on cleanly ({where})",
                      problem, text)
    context.notes.append(f"{failed} allocations")
    # mem_map at least; and the walk must come to its end.
    context.check(0 < failed < MOST - 1, f"failnth: the walk meets every allocation ({where})",
                  f"{failed} allocations failed", "")


def from_command_line(context, target):
    """failslab= and fail_page_alloc= hold from the first allocation on, behind those that pass (their
    third number: what start-up needs)."""
    where = config(target, True)
    for word, test in (("failslab", "kmalloc*"), ("fail_page_alloc", "alloc_page*")):
        text, status = boot(context, target, True, f"{word}=1,100,0,-1 {GOES_ON}", word + "-at-once")
        problem = wrong(text, status)
        context.check(status == qemu.EXIT_PANIC and problem is None,
                      f"failnth: start-up in which all of {word}= fails ends cleanly ({where})",
                      problem or f"exit status {status}", text)
        words = f"{word}=1,100,1000,-1 ktest=_fault_inject:?{test}"
        text, status = boot(context, target, True, words, word)
        context.check(status == qemu.EXIT_OK and "1 passed, 0 failed" in text,
                      f"failnth: {word}= on the command line fails allocations ({where})",
                      f"exit status {status}", text)


def malformed(context, target):
    where = config(target, True)
    words = ["failslab=1,2", "fail_page_alloc=many", "failslab", "fail_nth=0", "fail_nth=-1"]
    text, status = boot(context, target, True, " ".join(words + [GOES_ON]), "malformed")
    for word in words:
        context.check(f'Malformed kernel command line parameter "{word}", ignored' in text
                      and status == qemu.EXIT_OK,
                      f"failnth: {word} is reported and ignored ({where})",
                      f"no such line, or exit status {status}", text)


def sites(context, target):
    """After all suites, every call site of the kernel that allocates has been refused once; the suites
    themselves see to it that nothing is missing afterwards."""
    where = config(target, True)
    with context.guest(context.machine(target, True, mem="128M")) as guest:
        guest.prompt()
        guest.send('test *\r')
        end = guest.expect(r"# end of tests: (.*)\r?\n", "the end of all suites")[1]
        context.check(" 0 failed" in end, f"failnth: all suites pass one after another ({where})", end,
                      guest.text)
        guest.prompt()
        text = guest.ask("cat alloc_sites")
        guest.send("off\r")
        guest.finish()
    lines = re.findall(r"(\d+) asked +(\d+) failed +(\S+)", text)
    context.notes.append(f"{len(lines)} call sites")
    context.check(len(lines) >= 5 and "more than the table" not in text,
                  f"failnth: the kernel's call sites that allocate are known ({where})",
                  f"{len(lines)} sites", text)
    for _, failed, site in lines:
        context.check(int(failed) > 0, f"failnth: {site.split('+')[0]} was refused once ({where})",
                      f"{site} always got memory", text)


def jobs(targets):
    found = [Job(f"failnth: start-up, each allocation failed once ({config(target, debug)})",
                 lambda c, t=target, d=debug: walk(c, t, d), builds=(build(target, debug),), cost=3.0)
             for target, debug in each(targets)]
    for target in defaults(targets):
        builds = (build(target, True),)
        found += [Job(f"failnth: failslab= and fail_page_alloc= ({config(target, True)})",
                      lambda c, t=target: from_command_line(c, t), builds),
                  Job(f"failnth: every call site was refused once ({config(target, True)})",
                      lambda c, t=target: sites(c, t), builds, cost=4.0),
                  Job(f"failnth: malformed values ({config(target, True)})",
                      lambda c, t=target: malformed(c, t), builds)]
    return found
