# SPDX-License-Identifier: MIT
# The kernel monitor, as a person at the serial line uses it.

import re
import time

from harness.guest import qemu
from harness.jobs import Job, build, config, defaults, each, symbols

ASK_AGAIN = 100  # times that the tick is asked for until it must have gone on
DELETE, HOME, END, KILL_LINE, UP, LEFT = "\x7f", "\x1b[H", "\x1b[F", "\x15", "\x1b[A", "\x1b[D"
ESC, NO_KEYS = "\x1b", "\x1b[11~\x1b[13~\x1b[23~\x1b[24~\x1b[5~\t"  # F1 F3 F11 F12, page up, tab
CTRL_A, CTRL_K, CTRL_W = "\x01", "\x0b", "\x17"

COMMANDS = ["help", "dmesg", "layout", "pt", "mem", "cat", "page", "owner", "explain", "irq", "ps", "devices",
            "pci", "date", "test", "crash", "reboot", "off", "alloc", "free", "drain", "held", "kmalloc", "kfree",
            "cache", "uncache", "vmalloc", "vfree", "kmap", "kunmap", "ioremap", "iounmap", "map", "unmap", "protect",
            "md", "poke"]

# What is typed, and what must be in the answer; LOWMEM: the first five digits where lowmem begins, and 3 MB.
TYPED = [
    ("help", "lists every command, and what a number is", *[rf"^ *{c}\b" for c in COMMANDS],
     r"^ADDR, PFN, PA and VALUE are hexadecimal"),
    ("dmesg", "shows the boot log", r"k896:", r"Command line:"),
    ("layout", "shows the virtual kernel memory layout", r"virtual kernel memory layout:",
     r"vmalloc : 0xf8800000 - 0xff000000 +\( 104 MB\)", r"lowmem : 0x[c8]0000000 - 0x"),
    ("pt LOWMEM000", "walks the page tables", r"LOWMEM000", r"\[ *\d+\]"),
    ("pt", "names the areas of each mapping", r" \.text( to \.rodata)?$", r" fault stack to lowmem$", r"^level 1|^P"),
    ("pt ffffffffff", "refuses what is not an address", r"pt: .*not an address"),
    ("mem", "shows RAM and zones", r"System RAM", r"DMA\b", r"Normal\b", r"HighMem\b"),
    ("explain LOWMEM000", "knows a kernel logical address",
     r"LOWMEM000: kernel logical address, lowmem$", r"  mapped rw.*: physical 0x\w+, page frame 0x",
     r"^  page number 0x\w{5}, offset 0x000$"),
    ("explain f8801000", "knows a kernel virtual address",
     r"f8801000: kernel virtual address, vmalloc: ", r"^  (not )?mapped"),
    ("explain 8000", "knows a user virtual address", r"00008000: user virtual address, user space$",
     r"  not mapped by the kernel"),
    ("page 40", "takes its number in hexadecimal, as all commands do", r"^page frame 0x40: "),
    ("page 0x40", "takes it with 0x, too", r"^page frame 0x40: "),
    ("explain 10", "names ZERO_SIZE_PTR", r"NULL.*ZERO_SIZE_PTR, which kmalloc\(0\) returns"),
    ("explain -1", "refuses a sign", r"explain: .*not an address"),
    ("pt c0000000 8", "refuses a second argument", r"pt: .*not an address"),
    ("owner " + "f" * 100, "refuses what is too long", r"owner: .*not an address"),
    ("off now", "takes no argument, and says so", r"^off: takes no argument$"),
    ("explain nothing", "refuses what is not an address", r"explain: .*not an address"),
    ("irq", "shows interrupts and the tick", r"\d+ +\S+", r"\d+ ticks at 100 Hz",
     r"^0 characters of input lost"),
    ("devices", "lists devices and drivers", r"^\S+ +(uart-pl011|ns16550)$", r"^    irq \d+$"),
    ("date", "tells the time of day", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d UTC"),
    ("frobnicate now", "names an unknown command", r"frobnicate: no such command"),
    ("crash nothing", "lists the kinds of crash", r"null\b", r"stack\b", r"assert\b"),
    ("", "takes an empty line", r""),
    ("   irq   ", "takes blanks around a command", r"ticks at 100 Hz"),
    ("ixx" + DELETE * 2 + "rq", "line editing: Delete takes the last character back",
     r"ticks at 100 Hz"),
    ("xyz" + KILL_LINE + "irq", "line editing: Ctrl-U drops the line", r"ticks at 100 Hz"),
    ("rq" + HOME + "i", "line editing: Home and inserting", r"ticks at 100 Hz"),
    ("rq" + CTRL_A + "i", "line editing: Ctrl-A and inserting", r"ticks at 100 Hz"),
    ("iq" + LEFT + "r", "line editing: the left arrow and inserting", r"ticks at 100 Hz"),
    ("irqab" + LEFT * 2 + CTRL_K, "line editing: Ctrl-K deletes to the end", r"ticks at 100 Hz"),
    ("nonsense" + CTRL_W + "irq", "line editing: Ctrl-W deletes a word", r"ticks at 100 Hz"),
    (UP, "line editing: the up arrow brings the last line back", r"ticks at 100 Hz"),
    ("ixrq" + LEFT + NO_KEYS + ESC + LEFT + DELETE, "line editing: keys that mean nothing do nothing",
     r"ticks at 100 Hz"),
    ("irq" + "x" * 300 + KILL_LINE + "irq", "line editing: a line that is too long does no harm",
     r"ticks at 100 Hz"),
]


# What commands say that move memory by hand, in this order; the numbers of what they hold count from 1.
BY_HAND = [
    ("held", r"^0 things are held"),
    ("kmalloc 100", r"^#1: kmalloc\(100 = 0x64\) at \w{8}, 128 bytes of kmalloc-128$",
     r"^  object \d+ of \d+ in the slab at \w{8}", r"^  slabinfo kmalloc-128: active_objs (\d+) -> "),
    ("kmalloc 0", r"^#2: .* at 00000010, ", r"ZERO_SIZE_PTR"),
    ("kmalloc 9000", r"^  too large for a cache: 2\^2 whole pages, 7384 bytes"),
    ("kfree", r"^freed #3: "), ("kfree #2", r"^freed #2: "), ("kfree 1", r"^freed #1: kmalloc\(100"),
    ("cache toys 200", r"^#1: cache toys of objects of 200 bytes$"),
    ("cache toys", r"^#2: object of cache toys", r"^  a new slab: ", r"active_objs 0 -> 1"),
    ("uncache toys", r"^uncache: 1 objects of toys are in use"),
    ("kfree", r"^freed #2: "), ("uncache toys", r"^destroyed #1: cache toys"),
    ("vmalloc 0x2001", r"^#1: vmalloc\(8193 = 0x2001\) at \w{8}, 3 pages$",
     r"^  \w{8}, zone \w+: .* 4 kB at 0x", r"^  the guard page: .*not present$"),
    ("vfree", r"^  before: .* 4 kB at 0x", r"^  after: .*not present$", r"^freed #1: "),
    ("alloc 0 GFP_HIGHUSER|zero", r"^#1: 2\^0 pages \(4 kB\), page frame 0x\w+, zone HighMem, no address of its own"),
    ("kmap PFN", r"^#2: kmap of page frame PFN at ff[01]\w+$", r"^  the entry: .* 4 kB at PFN000 "),
    ("map PFN r", r"^#3: .* shows frame PFN, r-", r"^  before: .*not present$", r"^  after: .* 4 kB at PFN000 r-"),
    ("md SCRATCH 16", r"^SCRATCH: 00000000 00000000 00000000 00000000  \|\.{16}\|$"),
    ("poke SCRATCH 41424344", r"^poke: a write to SCRATCH faults"),
    ("protect #3 rw", r"^  before: .* r--", r"^  after: .* rw"),
    ("poke SCRATCH 41424344", r"^SCRATCH: 00000000 -> 41424344$"),
    ("md SCRATCH 8", r"^SCRATCH: 41424344 00000000 .*\|DCBA\.{4}\|$"),
    ("held", r"^#1 +2\^0 pages", r"^#2 +kmap of", r"^#3 +page of the scratch", r"^3 things are held"),
    ("test page_alloc*", r"^# 3 things are held by commands: they do not count as leaked$", r", 0 failed, "),
    ("unmap", r"^  after: .*not present$"), ("kunmap 2", r"^unmapped #2: "), ("free", r"^freed #1: "),
    ("explain SCRATCH", r"not mapped by the kernel: .*not present$"),
]

# A mistake of each kind: a line says so, and nothing happens.
MISTAKES = [
    ("alloc", "an order is missing"), ("alloc x", '"x" is not an order'), ("alloc 11", "at most 10"),
    ("alloc 0 often", '"often" is not a gfp flag'), ("free", "nothing from alloc is held"), ("free 1", "#1 is not held"),
    ("free c0000000", "nothing from alloc is held at c0000000"), ("free zz", "is not a number of held things"),
    ("kmalloc", "a size is missing"), ("kmalloc -1", "is not a size"), ("kmalloc 5M", "at most 4194304"),
    ("kmalloc 8 highuser", "never gives highmem"), ("kfree", "nothing from kmalloc or cache is held"),
    ("vmalloc", "a size is missing"), ("vmalloc 0", "at least 1 byte"), ("vmalloc 4G", "too large"),
    ("vfree 8", "#8 is not held"), ("kmap", "a page frame number is missing"), ("kmap ffffffff", "not RAM: above"),
    ("kunmap", "nothing from kmap is held"), ("ioremap", "a physical address is missing"),
    ("ioremap 9000000", "a size is missing"), ("ioremap RAM 4K", "is RAM, called by cmd_ioremap"),
    ("iounmap", "nothing from ioremap is held"), ("cache", "a name is missing"), ("cache toys", "a size is missing"),
    ("cache kmalloc-64 8", "is the name of a cache already"), ("uncache toys", "is not a number of held things"),
    ("md", "an address is missing"), ("md zz", "is not an address"), ("md 0", r"\?{8}: an access there faults"),
    ("md c0000000 5000", "at most 4096"), ("md fffffffc", "^fffffffc: "), ("poke 8", "a value is missing"),
    ("poke 8 8", "a read of 00000008 faults"), ("poke 3 1", "is not a multiple of 4"),
    ("map", "a page frame number is missing"), ("map ffffffff", "only frames of RAM"), ("unmap", "nothing from map is held"),
    ("protect", "nothing from map is held"), ("help nothing", 'no command "nothing"'),
]


def by_hand(context, target, debug):
    where = config(target, debug)
    with context.guest(context.machine(target, debug, mem="1G"), icount=False) as guest:
        guest.prompt()
        names = {}
        for typed, *patterns in BY_HAND:
            for name, value in names.items():
                typed, *patterns = (word.replace(name, value) for word in (typed, *patterns))
            text = guest.ask(typed)
            for name, pattern in (("PFN", r"^#1: .* frame (0x\w+), zone HighMem"), ("SCRATCH", r"area at (\w{8}) ")):
                if found := re.search(pattern, text, re.M):
                    names.setdefault(name, found[1])
            missing = [p for p in patterns if not re.search(p, text, re.M)]
            context.check(not missing, f"monitor: '{typed.split(' ')[0]}' says what it has done ({where})",
                          f"'{typed}': the answer has nothing like '{missing[0] if missing else ''}'", text)
        split_and_merge(context, guest, where)
        for typed, pattern in MISTAKES:
            typed = typed.replace("RAM", names["PFN"] + "000")
            text = guest.ask(typed)
            context.check(re.search(pattern, text, re.M) and not re.search("Oops|BUG|panic", text),
                          f"monitor: '{typed}' is a mistake, and a line says so ({where})",
                          f"no line like '{pattern}'", text)


def free_blocks(guest, zone):
    row = re.search(rf"zone +{zone} (.*)", guest.ask("cat /proc/buddyinfo"))[1]
    return [int(n) for n in row.split()]


def split_and_merge(context, guest, where):
    """alloc of an order that has no free block splits one; free merges it again."""
    guest.ask("drain")
    before = free_blocks(guest, "Normal")
    order = before.index(0)
    text = guest.ask(f"alloc {order}")
    rows = {name: [int(n) for n in row.split()] for name, row in re.findall(r"^    (before|after) +(.*)$", text, re.M)}
    after = free_blocks(guest, "Normal")
    context.check("split: the block of 2^" in text and rows == {"before": before, "after": after} and before != after,
                  f"monitor: alloc says which block it split, and the free lists as buddyinfo has them ({where})",
                  f"{rows}, not {before} and {after}", text)
    text = guest.ask("free")
    context.check("merged with its free buddies: 2^" in text and free_blocks(guest, "Normal") == before,
                  f"monitor: free says which blocks merged, and buddyinfo is as before ({where})",
                  "the free lists differ", text)


def tab(context, target):
    """The Tab key, and Ctrl-C, which stops what runs."""
    with context.guest(context.machine(target), icount=False) as guest:
        guest.prompt()
        for typed, pattern in (("expl\tf8801000", "f8801000: kernel virtual"), ("cat /proc/bud\t", "^Node 0, zone"),
                               ("help vmal\t", "vmalloc +SIZE")):
            text = guest.ask(typed)
            context.check(re.search(pattern, text, re.M), f"monitor: {typed!r} does what it should ({config(target, True)})",
                          f"no '{pattern}'", text)
        guest.send("test *\r")
        guest.expect(r"ok 1 ", "the first test")
        guest.send("\x03")
        guest.expect(r"# stopped by Ctrl-C: \d+ of \d+ tests have run(.*\n)+\^C\r?\nk896> ", "the end of the tests, by Ctrl-C")
        context.check(True, f"monitor: Ctrl-C stops a run of tests ({config(target, True)})")
        guest.send("off\r")
        guest.finish()


def session(context, target, debug):
    where = config(target, debug)
    with context.guest(context.machine(target, debug), icount=False) as guest:
        guest.prompt()
        lowmem = f"{symbols(guest.machine).page_offset + (3 << 20) >> 12:05x}"
        for typed, sentence, *patterns in TYPED:
            typed, *patterns = (word.replace("LOWMEM", lowmem) for word in (typed, *patterns))
            text = guest.ask(typed)
            missing = [p for p in patterns if not re.search(p, text, re.M)]
            context.check(not missing, f"monitor: {typed.split(' ')[0] or 'nothing'!r} {sentence} "
                          f"({where})" if typed.isprintable() else f"monitor: {sentence} ({where})",
                          f"the answer has nothing like '{missing[0] if missing else ''}'", text)
        for _ in range(ASK_AGAIN):
            if ticks(guest.text)[0] < ticks(guest.text)[-1]:
                break
            time.sleep(0.02)
            guest.ask("irq")
        context.check(ticks(guest.text)[0] < ticks(guest.text)[-1],
                      f"monitor: the tick goes on ({where})", "jiffies stand still", guest.text)
        guest.send("off\r")
        status = guest.finish()
        context.check(status == 0 and guest.ending().reason == "powered off"
                      and "no power switch" not in guest.text,
                      f"monitor: off switches the machine off ({where})",
                      f"{guest.ending().reason}, exit status {status}", guest.text)


def long_line(context, target):
    """dmesg shows what the console has shown, also of a line that is as long as can be."""
    with context.guest(context.machine(target, append="x" * 700), icount=False) as guest:
        guest.prompt()
        guest.ask("dmesg")
        shown = re.findall(r'^.*line parameter "x+', guest.text, re.M)
        context.check(len(shown) == 2 and shown[0] == shown[1],
                      f"monitor: dmesg shows a long line as the console did ({target.name})",
                      f"lines of {[len(s) for s in shown]} characters", guest.text)


def ticks(text):
    return [int(n) for n in re.findall(r"(\d+) ticks", text)]


def tests(context, target):
    """`test GLOB` at the prompt prints a whole KTAP log and comes back."""
    with context.guest(context.machine(target), icount=False) as guest:
        guest.prompt()
        text = guest.ask("test _harness: pass*")
        held = re.search(r"^KTAP version 1\n1\.\.1\nok 1 _harness: passes\n"
                         r"# end of tests: 1 passed, 0 failed, 0 skipped$", text, re.M)
        context.check(held, f"monitor: test GLOB runs the tests and comes back ({config(target, True)})",
                      "no whole KTAP log", text)
        guest.send("crash null\r")
        status = guest.finish()
        context.check(status == qemu.EXIT_PANIC and "Oops: " in guest.text,
                      f"monitor: crash null ends with an oops ({config(target, True)})",
                      f"exit status {status}", guest.text)


def untouched(context, target):
    """After start-up the middle of highmem is not touched yet: its struct pages are not to be read."""
    with context.guest(context.machine(target, mem="1G"), icount=False) as guest:
        guest.prompt()
        pfn = {"arm": 0x40000, "x86": 0}[target.arch] + (960 << 20 >> 12)
        text = guest.ask(f"page {pfn:x}")
        context.check(re.search(rf"{pfn:#x}: .*nothing has used since start-up", text, re.S),
                      f"monitor: page says so of a frame that nobody has touched ({config(target, True)})",
                      "no such line", text)


def reboot(context, target):
    with context.guest(context.machine(target), icount=False) as guest:
        guest.prompt()
        guest.send("reboot\r")
        status = guest.finish()
        context.check(guest.vm.shutdown == "guest-reset" and not guest.vm.triple_fault(),
                      f"monitor: reboot resets the machine ({config(target, True)})",
                      f"{guest.ending().reason}, exit status {status}", guest.text)


def jobs(targets):
    found = [Job(f"monitor: answers and edits lines ({config(target, debug)})",
                 lambda c, t=target, d=debug: session(c, t, d), builds=(build(target, debug),), cost=3.0)
             for target, debug in each(targets)]
    found += [Job(f"monitor: moves memory by hand ({config(target, debug)})",
                  lambda c, t=target, d=debug: by_hand(c, t, d), builds=(build(target, debug),), cost=3.0)
              for target in defaults(targets) for debug in (True, False)]
    found += [Job(f"monitor: completes words, and stops at Ctrl-C ({config(target, True)})",
                  lambda c, t=target: tab(c, t), (build(target, True),)) for target in defaults(targets)]
    found += [Job(f"monitor: a long line of the log ({config(target, True)})",
                  lambda c, t=target: long_line(c, t), (build(target, True),))
              for target in defaults(targets)]
    found += [Job(f"monitor: a frame that nobody has touched ({config(target, True)})",
                  lambda c, t=target: untouched(c, t), (build(target, True),))
              for target in defaults(targets)]
    for target in targets:
        builds = (build(target, True),)
        found += [Job(f"monitor: runs tests and crashes ({config(target, True)})",
                      lambda c, t=target: tests(c, t), builds),
                  Job(f"monitor: reboots ({config(target, True)})",
                      lambda c, t=target: reboot(c, t), builds)]
    return found
