# SPDX-License-Identifier: MIT
# All suites without -icount on a host that has little time for the machine: QEMU is stopped for 250 ms
# of every 300 ms, and guest time goes on meanwhile. Tests hold, or skip and say that the host is the reason.
# What else the host does takes more of the 50 ms that are left, and no tick is late for it: three times the limit.

import contextlib
import os
import signal
import threading

from harness import ktap
from harness.jobs import Job, Result, build, config, defaults, symbols

STOPPED, RUNS = 0.25, 0.05  # seconds


@contextlib.contextmanager
def starved(pid):
    """Stops a process again and again, until the block ends."""
    ended = threading.Event()

    def stop_and_go():
        with contextlib.suppress(ProcessLookupError):
            while not ended.wait(RUNS):
                os.kill(pid, signal.SIGSTOP)
                ended.wait(STOPPED)
                os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=stop_and_go)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def run(context, target):
    machine = context.machine(target, mem="128M", append="ktest=* ktest_timeout=30")
    names = symbols(machine).tests()
    # A stopped QEMU looks asleep.
    with context.guest(machine, icount=False, cpu_limit=60.0, idle_limit=60.0) as guest, \
            starved(guest.vm.process.pid):
        status = guest.finish()
        log, problem = ktap.judge(guest.text, status, names, icount=False)
    for test in log.tests:
        context.results.append(Result(f"{test.name} [{context.job.name}]" if test.status == "failed" else test.name,
                                      test.status, "; ".join(test.notes) if test.status != "passed" else ""))
    context.check(problem is None, f"starved: the suites end on a host with little time ({config(target, True)})",
                  problem, guest.text)


def jobs(targets):
    return [Job(f"starved: the suites hold ({config(target, True)})", lambda c, t=target: run(c, t),
                builds=(build(target, True),), more=True, cost=30.0) for target in defaults(targets)]
