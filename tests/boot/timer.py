# SPDX-License-Identifier: MIT
# Which timer ticks, as timer= and the machine say.

import re

from harness.guest import qemu
from harness.jobs import Job, build, config

# (arch, options of the machine, what timer= says, lines that must be there)
CASES = [
    ("x86", {}, "", (r"clocksource: hpet at 100000000 Hz",)),
    ("x86", {}, "timer=hpet", (r"clocksource: hpet at 100000000 Hz",)),
    ("x86", {}, "timer=pit", (r"clocksource: pit at 1193182 Hz",)),
    ("x86", {}, "timer=sundial", (r"timer=sundial: this machine has none of that name, hpet ticks$",)),
    ("arm", {}, "timer=sundial", (r"timer=sundial: this machine has none of that name, \w+ ticks$",)),
    ("x86", {"board_options": "hpet=off"}, "", (r"clocksource: pit at",)),
    ("x86", {"board_options": "hpet=off"}, "timer=hpet",
     (r"timer=hpet: this machine has none of that name, pit ticks$", r"clocksource: pit at")),
]


def run(context, target):
    for number, (arch, options, word, lines) in enumerate(CASES):
        if arch != target.arch:
            continue
        machine = context.machine(target, mem="64M", append=f"{word} ktest=kernel:*tick*".strip(),
                                  **options)
        with context.guest(machine, f"{number}") as guest:
            status = guest.finish()
            text = guest.text.replace("\r", "")
            missing = [line for line in lines if not re.search(line, text, re.M)]
            where = " ".join(filter(None, [options.get("board_options"), word])) or "no word"
            context.check(not missing and status == qemu.EXIT_OK,
                          f"timer: with {where}, the right one ticks ({config(target, True)})",
                          f"no line like '{missing[0]}'" if missing else f"exit status {status}", text)


def jobs(targets):
    return [Job(f"timer: which one ticks ({config(target, True)})", lambda c, t=target: run(c, t),
                builds=(build(target, True),))
            for target in targets if any(case[0] == target.arch for case in CASES)]
