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
            "pci", "date", "test", "crash", "reboot", "off"]

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
     r"LOWMEM000: kernel logical address, lowmem$", r"  mapped rw.*: physical 0x\w+, page frame 0x"),
    ("explain f8801000", "knows a kernel virtual address",
     r"f8801000: kernel virtual address, vmalloc: ", r"^  (not )?mapped"),
    ("explain 8000", "knows a user virtual address", r"00008000: user virtual address, user space$",
     r"  not mapped by the kernel"),
    ("page 40", "takes its number in hexadecimal, as all commands do", r"^page frame 0x40: "),
    ("page 0x40", "takes it with 0x, too", r"^page frame 0x40: "),
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
    found += [Job(f"monitor: a long line of the log ({config(target, True)})",
                  lambda c, t=target: long_line(c, t), (build(target, True),))
              for target in defaults(targets)]
    for target in targets:
        builds = (build(target, True),)
        found += [Job(f"monitor: runs tests and crashes ({config(target, True)})",
                      lambda c, t=target: tests(c, t), builds),
                  Job(f"monitor: reboots ({config(target, True)})",
                      lambda c, t=target: reboot(c, t), builds)]
    return found
