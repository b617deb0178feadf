# SPDX-License-Identifier: MIT
# The RAM matrix (S002, S048, S050, S218): on machines of each size, lowmem, highmem and what the array
# of struct page costs are what a pen and paper say; and highmem=off (S049).

import re

from harness.jobs import Job, build, config

SIZES = (64, 512, 896, 1024, 2048, 3072, 6144)  # MB
BOARDS = ("virt", "pc")                         # the others have RAM of less sizes

KB, MB, GB = 1 << 10, 1 << 20, 1 << 30
PAGE = 4096
STRUCT_PAGE = 32
BLOCK = 1024 * PAGE                   # mem_map covers whole blocks of 4 MB
LOWMEM = {"3G": 896 * MB, "2G": 1920 * MB}
PHYS_LIMIT = {"lpae": 1 << 40, "pae": 1 << 44, "short": 1 << 32, "2level": 1 << 32}


def ranges(target, megabytes):
    """Where RAM lies on this machine: [(start, end)], as QEMU and its firmware lay it out."""
    size = megabytes * MB
    if target.board == "virt":
        return [(GB, GB + size)]
    # The BIOS keeps the last KB below 640 KB and the last 128 KB below 4 GB; PCI has the last GB
    # below 4 GB when RAM comes near it.
    below = 3 * GB if size >= 3584 * MB else size
    found = [(0, 0x9f000), (MB, below - 128 * KB)]
    return found + ([(4 * GB, 4 * GB + size - below)] if size > below else [])


def expected(target, megabytes, highmem=True):
    """KB of lowmem and highmem, and of the array of struct page."""
    start = ranges(target, megabytes)[0][0]
    limit = min(PHYS_LIMIT[target.mmu], 1 << 44)
    border = start + LOWMEM[target.vmsplit]
    ram = [(a, min(b, limit if highmem else border)) for a, b in ranges(target, megabytes)]
    ram = [(a, b) for a, b in ram if a < b]
    if ram[-1][1] == 1 << 32 and limit == 1 << 32:
        ram[-1] = (ram[-1][0], ram[-1][1] - PAGE)  # its end would have no number
    low = sum(max(0, min(b, border) - a) for a, b in ram)
    high = sum(max(0, b - max(a, border)) for a, b in ram)
    spanned = -(-(ram[-1][1] - start) // BLOCK) * BLOCK
    return low // KB, high // KB, spanned // PAGE * STRUCT_PAGE // KB


def find(text, pattern):
    """The numbers of the only line like that."""
    found = re.search(pattern, text, re.M)
    return [int(n) for n in found.groups()] if found else None


def look(context, target, megabytes, low, high, array, append=""):
    where = f"{megabytes} MB{' and ' + append if append else ''} ({config(target, True)})"
    machine = context.machine(target, mem=f"{megabytes}M", append=append)
    with context.guest(machine, icount=False) as guest:
        guest.prompt()
        log = guest.text.replace("\r", "")
        meminfo = guest.ask("cat meminfo")
    present, reserved, highmem = find(
        log, r"Memory: \d+K/(\d+)K available \(.*, (\d+)K reserved, (\d+)K highmem\)$") or (0, 0, -1)
    cost = find(log, r"mem_map: \d+ struct pages of 32 bytes are (\d+)K, (\d+)\.(\d) % of lowmem$")
    total, free, high_total, low_total = (
        (find(meminfo, rf"^{name}: +(\d+) kB$") or [-1])[0]
        for name in ("MemTotal", "MemFree", "HighTotal", "LowTotal"))
    context.check(present == low + high and highmem == high == high_total,
                  f"ram: S002 S048 S050 S218 lowmem is {low} KB, highmem {high} KB with {where}",
                  f"RAM {present} KB, highmem {highmem} KB, HighTotal {high_total} KB", log)
    context.check(low_total == low - reserved and total == low_total + high_total >= free > 0,
                  f"ram: meminfo's LowTotal and HighTotal are that without what is reserved with {where}",
                  f"MemTotal {total}, LowTotal {low_total}, reserved {reserved} KB", meminfo)
    permille = (array * 1000 + low // 2) // low
    context.check(cost == [array, permille // 10, permille % 10] and reserved >= array,
                  f"ram: W02 mem_map takes {array} KB of lowmem with {where}",
                  f"the log says {cost}, {reserved} KB are reserved", log)
    span = find(log, r"  lowmem : 0x[0-9a-f]+ - 0x[0-9a-f]+ +\( *(\d+) [Mk]B\)$")
    context.check(span is not None and (high == 0 or span == [LOWMEM[target.vmsplit] // MB]),
                  f"ram: W06 the layout's lowmem is as large with {where}", f"it is {span}", log)
    return log


def matrix(context, target, megabytes):
    look(context, target, megabytes, *expected(target, megabytes))


def without_highmem(context, target, megabytes):
    low, high, array = expected(target, megabytes, highmem=False)
    lost = expected(target, megabytes)[1]
    log = look(context, target, megabytes, low, high, array, "highmem=off")
    words = f"highmem=off: {lost} kB of RAM have no address in lowmem and are not used" if lost \
        else "highmem=off: all RAM is lowmem"
    context.check(high == 0 and words in log and ("lies above lowmem, ignored" in log) == (lost > 0),
                  f"ram: S049 highmem=off leaves {lost} KB unused, and says so, with {megabytes} MB "
                  f"({config(target, True)})", "no such line", log)


def wrong_word(context, target):
    with context.guest(context.machine(target, mem="1G", append="highmem=some"), icount=False) as guest:
        guest.prompt()
        context.check('Malformed kernel command line parameter "highmem=some", ignored' in guest.text
                      and "HighMem  empty" not in guest.text,
                      f"ram: a value of highmem= that is not \"off\" is reported ({config(target, True)})",
                      "no such line", guest.text)


def jobs(targets):
    found = []
    for target in targets:
        if target.board not in BOARDS:
            continue
        key = (build(target, True),)
        found += [Job(f"ram: {mb} MB ({config(target, True)})",
                      lambda c, t=target, m=mb: matrix(c, t, m), builds=key)
                  for mb in SIZES if mb <= target.most]
        found += [Job(f"ram: {mb} MB without highmem ({config(target, True)})",
                      lambda c, t=target, m=mb: without_highmem(c, t, m), builds=key)
                  for mb in ((512, 2048) if target.default else (3072,))]
        if target.default:
            found.append(Job(f"ram: a wrong highmem= ({config(target, True)})",
                             lambda c, t=target: wrong_word(c, t), builds=key))
    return found
