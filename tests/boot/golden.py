# SPDX-License-Identifier: MIT
# Every file of `cat`, whole: each format's default board with 1 GB, at its first prompt, against
# tests/boot/golden/. `make golden` writes those anew; look through the difference before you commit it.
#
# All text is compared byte for byte, but for what may change from build to build, by any compiler; a golden file
# has there:
#   {n}, {n:8}   a number; one that is right-aligned in 8 columns
#   {n 3-20}     a number from 3 to 20
#   {x}          a hexadecimal number
#   {code}       an address of code: function+offset/size

import re

from harness import jobs as harness
from harness.guest import qemu
from harness.jobs import ROOT, Job, build, defaults

FOLDER = ROOT / "tests" / "boot" / "golden"

# (file, lines, what in them is replaced: pattern, class); a line of a zone in zoneinfo begins with its name
# here. The kernel's image lies in ZONE_DMA, so what is free there, and what is computed from that, changes
# with its size; so does what is mapped by small pages. The per-CPU lists of ZONE_DMA may keep 1/64 of it for each
# of 5 orders: between what 12 MB and 16 MB give.
RULES = [
    ("alloc_sites", r"", r"\S+\+0x\w+/0x\w+", "code"),
    ("vmallocinfo", r"", r"\S+\+0x\w+/0x\w+", "code"),
    ("buddyinfo", r"Node 0, zone +DMA", r" +\d+(?= )", "n"),
    ("zoneinfo", r"DMA: +(pages free|managed|nr_free_pages|count:|protection)", r"\d+", "n"),
    ("zoneinfo", r"(DMA|Normal): +(min|low|high) ", r"\d+$", "n"),
    ("zoneinfo", r"DMA: +high: ", r"\d+$", "n 240-320"),
    ("meminfo", r"(Mem|Low)(Total|Free|Available)|DirectMap", r" +\d+(?= kB)", "n"),
    ("vmstat", r"nr_free_pages", r"\d+", "n"),
    ("iomem", r" .* : Kernel", r"[0-9a-f]+(?=[- ])", "x"),
    ("interrupts", r" *\d+:", r"(?<=:) +\d+", "n"),
]
CLASS = re.compile(r"\{(n(?::\d+| \d+-\d+)?|x|code)\}")
CLASS_TEXT = re.compile(r"(\{(?:n(?::\d+| \d+-\d+)?|x|code)\})")
CLASSES = {"x": r"[0-9a-f]+", "code": r"[\w.]+\+0x[0-9a-f]+/0x[0-9a-f]+"}


def width(match):
    """A number's class: with its columns where blanks stand before it."""
    return f"{{n:{len(match[0])}}}" if match[0].startswith(" ") else "{n}"


def generalise(name, text):
    """The text of a file as a golden file has it."""
    zone, out = "", []
    for line in text.splitlines():
        found = re.match(r"Node 0, zone +(\w+)$", line)
        zone = f"{found[1]}:" if found else zone
        for file, lines, pattern, kind in RULES:
            if file == name and re.match(lines, zone + line):
                line = re.sub(pattern, width if kind == "n" else f"{{{kind}}}", line)
        out.append(line + "\n")
    return "".join(out)


def regex(golden):
    """What a line of a golden file stands for."""
    def expand(match):
        kind, _, columns = match[1].partition(":")
        if kind.startswith("n "):
            least, most = kind[2:].split("-")
            return f"(?:{'|'.join(map(str, range(int(least), int(most) + 1)))})"
        if kind != "n":
            return CLASSES[kind]
        last = int(columns or 0)
        right = "|".join(" " * (last - digits) + rf"\d{{{digits}}}" for digits in range(1, last + 1))
        return rf"(?:{right})(?!\d)" if columns else r"\d+"
    return "".join(expand(m) if (m := CLASS.fullmatch(part)) else re.escape(part) for part in CLASS_TEXT.split(golden))


def difference(golden, text):
    """The first line that is not as it should be, in words, or None."""
    wanted, seen = golden.splitlines(), text.splitlines()
    for number, line in enumerate(wanted):
        if number >= len(seen):
            return f"ends before the line '{line}'"
        if not re.fullmatch(regex(line), seen[number]):
            return f"line {number + 1} is '{seen[number]}' instead of '{line}'"
    return f"goes on with the line '{seen[len(wanted)]}'" if len(seen) > len(wanted) else None


def read(path):
    """{file: text} of a golden file."""
    parts = re.split(r"^==> (\w+) <==\n", path.read_text(encoding="ascii"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def shown(context, target):
    """{file: text} of all files at the first prompt."""
    with context.guest(context.machine(target, mem="1G")) as guest:
        guest.prompt()
        names = re.search(r"There are: (.*)", guest.ask("cat"))[1].split()
        return {name: guest.ask(f"cat {name}").split("\n", 1)[1].removesuffix("k896> ") for name in names}


def compare(context, target):
    path = FOLDER / f"{target.arch}-{target.mmu}.txt"
    files = shown(context, target)
    if harness.UPDATE:
        FOLDER.mkdir(exist_ok=True)
        path.write_text("".join(f"==> {name} <==\n{generalise(name, text)}" for name, text in files.items()),
                        encoding="ascii")
    golden = read(path)
    context.check(list(golden) == list(files), f"golden: {path.name} has every file of cat",
                  f"it has {list(golden)} instead of {list(files)}")
    for name, text in files.items():
        problem = difference(golden.get(name, ""), text)
        context.check(problem is None, f"golden: cat {name} is as in {path.name}", f"{problem} (make golden)", text)


def notices(context):
    """The comparison itself: (what, a text, whether it is as in the golden one)."""
    golden = "Free:{n:8} kB\nat {n} {code} {x}\nzone {1}\nhigh {n 8-12}\n"
    text = "Free:      12 kB\nat 7 f.a+0x1c/0x20 00ab\nzone {1}\nhigh 9\n"
    for what, seen, same in (("the same text", text, True),
                             ("other numbers", text.replace("     12", "1234567").replace("at 7", "at 896"), True),
                             ("a number at its bound", text.replace("high 9", "high 12"), True),
                             ("a number below its bounds", text.replace("high 9", "high 7"), False),
                             ("a number beyond its bounds", text.replace("high 9", "high 13"), False),
                             ("a column more", text.replace("12 kB", " 12 kB"), False),
                             ("a blank less", text.replace("12 kB", "12kB"), False),
                             ("a word", text.replace("zone", "Zone"), False),
                             ("no number", text.replace("at 7", "at x"), False),
                             ("no line", text.replace("zone {1}\n", ""), False),
                             ("a line more", text + "zone {2}\n", False)):
        problem = difference(golden, seen)
        context.check((problem is None) == same,
                      f"golden: a text with {what} is {'as it should be' if same else 'a difference'}", str(problem))


def jobs(targets):
    formats = {}
    for target in qemu.TARGETS:  # the first board of each format
        formats.setdefault((target.arch, target.mmu), target)
    found = [Job("golden: notices a difference", notices)] if defaults(targets) else []
    return found + [Job(f"golden: the files of /proc ({target.name})", lambda c, t=target: compare(c, t), builds=(build(target, True),))
            for target in formats.values() if target in targets]
