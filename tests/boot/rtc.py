# SPDX-License-Identifier: MIT
# The time of day: what the board's clock was set to is what the kernel says.

import re

from harness.jobs import Job, build, config

# What the clock is set to, and the kernel's word within the first seconds.
TIMES = {
    "2026-01-02T03:04:05": r"2026-01-02T03:04:0[5-9]",
    "1999-12-31T23:59:59": r"(1999-12-31T23:59:59|2000-01-01T00:00:0[0-3])",
    "2024-02-28T23:59:58": r"(2024-02-28T23:59:5[89]|2024-02-29T00:00:0[0-3])",
}


def run(context, target):
    where = config(target, True)
    for base, said in TIMES.items():
        machine = context.machine(target, mem="64M", extra=["-rtc", f"base={base},clock=vm"])
        with context.guest(machine, base[:4], icount=False) as guest:
            guest.prompt()
            text = guest.text.replace("\r", "")
            context.check(re.search(rf"^\[.*\] rtc: {said} UTC", text, re.M),
                          f"rtc: the boot log tells the time that the clock has, {base} ({where})",
                          f"no line like '{said}'", text)
            answer = guest.ask("date")
            context.check(re.search(rf"^{said} UTC", answer, re.M),
                          f"rtc: date tells it too, {base} ({where})", f"no '{said}'", answer)
            guest.send("off\r")
            guest.finish()


def jobs(targets):
    return [Job(f"rtc: the time of day ({config(target, True)})", lambda c, t=target: run(c, t),
                builds=(build(target, True),)) for target in targets]
