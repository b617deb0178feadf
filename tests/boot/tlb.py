# SPDX-License-Identifier: MIT
# A use of an address between the change of its entry and the flush: in a debug build the oops names who
# changed it, and who used it.

import re

from harness.guest import qemu
from harness.jobs import Job, build, config

# Which test of tests/mm/pgtable/_tlb.c, what the oops must say, and the function that used the address.
USES = {
    "reads": (r"Oops: read of unmapped address [0-9a-f]{8} \(.*"
              r"unmapped by forgetful_unmap\+.*, not flushed yet\)", "early_reader"),
    "writes": (r"Oops: write to read-only address [0-9a-f]{8} \(.*"
               r"changed by forgetful_protect\+.*, not flushed yet\)", "early_writer"),
}


def run(context, target, use):
    cause, user = USES[use]
    machine = context.machine(target, mem="64M", append=f"ktest=_tlb:?{use}*")
    with context.guest(machine) as guest:
        status = guest.finish()
        text = guest.text.replace("\r", "")
        context.check(re.search(cause, text) and re.search(rf"^.*  in {user}\+", text, re.M)
                      and status == qemu.EXIT_PANIC,
                      f"tlb: an access that {use} before the flush is told, with who forgot it "
                      f"({target.name})", f"exit status {status}, or no line like '{cause}'", text)


def jobs(targets):
    return [Job(f"tlb: an access that {use} before the flush ({config(target, True)})",
                lambda c, t=target, u=use: run(c, t, u), builds=(build(target, True),), cost=0.5)
            for target in targets for use in USES]
