# SPDX-License-Identifier: MIT
# What the kernel tells of memory, as a person reads it: the boot log's zones on machines of several
# sizes, and the files of /proc at the monitor.

import re

from harness.jobs import Job, build, config, defaults, each

# RAM in MB, and the pages that each zone spans, on a machine without holes.
ZONES = {
    512: (4096, 126976, 0),
    1024: (4096, 225280, 32768),
    2048: (4096, 225280, 294912),
    3072: (4096, 225280, 557056),
}

# A file, and lines that it must have.
FILES = {
    "buddyinfo": (r"^Node 0, zone      DMA( +\d+){11} $", r"^Node 0, zone   Normal( +\d+){11} $"),
    "interrupts": (r"^ +CPU0$",),
    "iomem": (r"^[0-9a-f]{8}-[0-9a-f]{8} : System RAM$",
              r"^  [0-9a-f]{8}-[0-9a-f]{8} : Kernel code$", r"^  .* : Kernel rodata$",
              r"^  .* : Kernel data$", r"^  .* : Kernel bss$"),
    "ioports": (),
    "meminfo": (r"^MemTotal: +[1-9]\d* kB$", r"^LowFree: +[1-9]\d* kB$", r"^HighTotal: +0 kB$"),
    "slabinfo": (r"^slabinfo - version: 2\.1$", r"^kmalloc-64 +\d+ +\d+ "),
    "vmallocinfo": (r"^0x[0-9a-f]{8}-0x[0-9a-f]{8} +\d+ \S+ phys=0x[0-9a-f]+ ioremap$",),
    "vmstat": (r"^nr_free_pages [1-9]\d*$", r"^nr_tlb_local_flush_all [1-9]\d*$",
               r"^nr_tlb_local_flush_one \d+$", r"^pgd_loads \d+$"),
    "zoneinfo": (r"^Node 0, zone   Normal$", r"^        spanned  \d+$", r"^  start_pfn: +\d+$"),
}


def zones(context, target, megabytes):
    """The firmware of a PC keeps some pages at the end of RAM: at most 256."""
    with context.guest(context.machine(target, mem=f"{megabytes}M"), icount=False) as guest:
        guest.prompt()
        text = guest.text.replace("\r", "")
        where = f"{megabytes} MB ({config(target, True)})"
        for name, want in zip(("DMA", "Normal", "HighMem"), ZONES[megabytes]):
            found = re.search(rf"\]   {name} +(?:empty|\[mem .*\] (\d+) pages)$", text, re.M)
            got = int(found[1] or 0) if found else -1
            context.check(want - 256 <= got <= want and (want or got == 0),
                          f"procinfo: zone {name} spans {want} pages with {where}",
                          f"{got} pages", text)
        memory = re.search(
            r"Memory: (\d+)K/(\d+)K available \(.*, (\d+)K reserved, \d+K highmem\)", text)
        context.check(memory and int(memory[1]) + int(memory[3]) == int(memory[2])
                      and int(memory[2]) <= megabytes << 10,
                      f"procinfo: available and reserved make up all RAM with {where}",
                      "no such line, or it does not add up", text)


def files(context, target, debug):
    where = config(target, debug)
    with context.guest(context.machine(target, debug, mem="128M"), icount=False) as guest:
        guest.prompt()
        for name, patterns in FILES.items():
            text = guest.ask(f"cat {name}")
            missing = [p for p in patterns if not re.search(p, text, re.M)]
            context.check(not missing,
                          f"procinfo: cat {name} has the lines of /proc/{name} ({where})",
                          f"no line like '{missing[0] if missing else ''}'", text)
        for typed, pattern in (
                ("cat", " ".join(FILES)),
                ("cat nothing", r'there is no file "nothing"\nthere are: alloc_sites buddyinfo'),
                ("page", "a page frame number is missing"), ("page 0xfffff", "not RAM"),
                ("page 99999999999", "is not a page frame number"), ("owner zz", "is not an address"),
                ("owner 1000", "no page of lowmem" if debug else "only debug builds")):
            text = guest.ask(typed)
            context.check(re.search(pattern, text),
                          f"procinfo: the monitor answers '{typed}' ({where})", f"no '{pattern}'", text)


def jobs(targets):
    found = [Job(f"procinfo: zones with {megabytes} MB ({config(target, True)})",
                 lambda c, t=target, m=megabytes: zones(c, t, m), builds=(build(target, True),))
             for target in defaults(targets) for megabytes in ZONES]
    return found + [Job(f"procinfo: files at the monitor ({config(target, debug)})",
                        lambda c, t=target, d=debug: files(c, t, d), builds=(build(target, debug),))
                    for target, debug in each(targets)]
