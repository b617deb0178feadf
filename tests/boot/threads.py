# SPDX-License-Identifier: MIT
# What is seen of threads from outside: the monitor's ps, and the report when all of them sleep for good.

import re

from harness.guest import qemu
from harness.jobs import Job, build, config, each


def ps(context, target, debug):
    where = config(target, debug)
    with context.guest(context.machine(target, debug, mem="64M"), icount=False) as guest:
        guest.prompt()
        text = guest.ask("ps")
        for what, pattern in (("names its columns", r"^ +PID PRI S +TICKS STACK NAME +SLEEPS AT$"),
                              ("shows the first thread, which runs", r"^ +1 +16 R +\d+ +\d+ main *$"),
                              ("shows idle", r"^ +0 +-1 R +\d+ +\d+ idle *$")):
            context.check(re.search(pattern, text, re.M), f"threads: ps {what} ({where})",
                          f"no line like '{pattern}'", text)
        # The reader of the console sleeps: idle has the time.
        guest.send("off\r")
        context.check(guest.finish() == 0, f"threads: the monitor goes on behind ps ({where})",
                      "it does not", guest.text)


def deadlock(context, target, debug):
    """All threads sleep: the report says who waits, where, and who called it."""
    where = config(target, debug)
    machine = context.machine(target, debug, mem="64M",
                              append="ktest=_harness:?waits* ktest_timeout=0.05")
    with context.guest(machine) as guest:
        status = guest.finish()
        text = guest.text.replace("\r", "")
        for what, pattern in (
                ("says that every thread sleeps", r'Kernel panic - not syncing: test "_harness: waits.*" '
                 r"ran longer than 0\.05 s of guest time; every thread sleeps$"),
                ("shows where the first thread sleeps", r"1 +16 D .* main +ktest_\d+\+0x"),
                ("shows where the other sleeps", r"16 D .* left alone +wait_for_never\+0x"),
                ("shows the callers of both", r"wait_for_never\+0x.*\n(.*\n)*?.* first_step\+0x")):
            context.check(re.search(pattern, text, re.M), f"threads: a deadlock {what} ({where})",
                          f"no line like '{pattern}'", text)
        context.check(status == qemu.EXIT_PANIC, f"threads: a deadlock ends with a failure ({where})",
                      f"exit status {status}", text)


def jobs(targets):
    return [Job(f"threads: {name} ({config(target, debug)})",
                lambda c, f=run, t=target, d=debug: f(c, t, d), builds=(build(target, debug),))
            for target, debug in each(targets) for name, run in (("ps", ps), ("deadlock", deadlock))]
