# SPDX-License-Identifier: MIT
# Where a source file can be changed by a small mistake, and how.
#
# Rules: no parser: the tree has one format (.clang-format), so lines, blanks and brackets say enough. A
# change that does not compile is not counted later. Assertions are tests themselves and stay as they are;
# barriers do, because QEMU's CPUs need none.
"""find(): all changes of one file. apply(): the file with one of them."""

import re
from typing import NamedTuple

SKIPPED = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
ASSERTION = re.compile(r"\b(BUG|BUG_ON|WARN_ON|WARN_ON_ONCE|static_assert|lockdep_assert\w*|might_sleep\w*|"
                       r"unreachable|__builtin_unreachable|barrier|pr_debug|cpu_relax)\b")
HEADER = re.compile(r"^(?!struct \w+ \w+ = )[a-z][^\n;={]*?\b(\w+)\([^;{}]*\)\n\{$", re.M)


class Change(NamedTuple):
    """Bytes [start, end) of a file become `text`."""

    path: str
    function: str
    operator: str
    start: int
    end: int
    text: str


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def masked(source):
    """The source with comments, texts and preprocessor lines blanked, every character in its place."""
    def text(match):
        word = match.group()
        return blank(match) if word.startswith("/") else word[0] + "_" * (len(word) - 2) + word[-1]

    code = SKIPPED.sub(text, source)
    return re.sub(r"^#(?:.*\\\n)*.*$", blank, code, flags=re.M)


def apply(source, change):
    return source[:change.start] + change.text + source[change.end:]


def closing(code, start):
    """The place of the bracket that closes the one at start."""
    depth = 0
    for at in range(start, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return at
    return len(code)


# ---- One token becomes another: (operator, pattern, what group 1 becomes) ---------------------------

NEIGHBOUR = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
OPPOSITE = {"==": "!=", "!=": "==", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
LOGIC = {"&&": "||", "||": "&&"}
SUM = {"+": "-", "-": "+"}
BITS = {"&": "|", "|": "&"}
SHIFT = {"<<": ">>", ">>": "<<"}
COMPOUND = {"+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=", "<<=": ">>=", ">>=": "<<="}
ROUNDING = {"ALIGN_DOWN": "ALIGN", "ALIGN": "ALIGN_DOWN", "PFN_UP": "PFN_DOWN", "PFN_DOWN": "PFN_UP",
            "min": "max", "max": "min", "PAGE_ALIGN": "PAGE_ALIGN_DOWN", "list_add": "list_add_tail",
            "list_add_tail": "list_add"}
RIGHTS = {"PT_WRITE": "0", "PT_EXEC": "0", "PT_USER": "0", "PT_GLOBAL": "0", "PAGE_KERNEL": "PAGE_KERNEL_RO",
          "PAGE_KERNEL_RO": "PAGE_KERNEL", "PAGE_KERNEL_IO": "PAGE_KERNEL", "PAGE_KERNEL_ROX": "PAGE_KERNEL_RO",
          "PTE_RW": "0", "PTE_NX": "0", "PTE_USER": "0", "PTE_PRESENT": "0", "PTE_GLOBAL": "0",
          "PTE_ACCESSED": "0", "PT_WC": "0", "PT_DEVICE": "0", "PTE_PCD": "0", "__GFP_HIGHMEM": "0",
          "__GFP_ZERO": "0", "__GFP_NOWARN": "0", "__GFP_NOFAIL": "0", "__GFP_HIGH": "0", "__GFP_DMA": "0",
          "__GFP_DIRECT_RECLAIM": "0", "GFP_ATOMIC": "GFP_KERNEL"}
ERRNO = {"ENOMEM": "EINVAL", "EINVAL": "ENOMEM", "EBUSY": "ENODEV", "ENODEV": "EBUSY", "ENOENT": "EINVAL",
         "EEXIST": "EINVAL", "ENOSPC": "EINVAL", "ERANGE": "EINVAL", "E2BIG": "EINVAL", "EIO": "EINVAL"}
OPERAND = r"(?<=[\w)\]'] )(%s)(?= [\w(~!*&'-])"

TOKENS = [
    ("comparison off by one", OPERAND % "<=?|>=?", NEIGHBOUR.get),
    ("opposite comparison", OPERAND % "==|!=|<=?|>=?", OPPOSITE.get),
    ("&& for ||", r" (&&|\|\|)(?=\s)", LOGIC.get),
    ("+ for -", OPERAND % "[+-]", SUM.get),
    ("& for |", OPERAND % "[&|]", BITS.get),
    ("shift the other way", OPERAND % "<<|>>", SHIFT.get),
    ("compound assignment", r" (\+=|-=|\|=|&=|<<=|>>=)(?=\s)", COMPOUND.get),
    ("++ for --", r"(\+\+|--)", lambda word: "--" if word == "++" else "++"),
    ("wrong rounding or end", r"\b(%s)(?=\()" % "|".join(ROUNDING), ROUNDING.get),
    ("wrong right or flag", r"(?<![\w#])(%s)\b" % "|".join(RIGHTS), RIGHTS.get),
    ("wrong errno", r"(?<=-)(E[A-Z0-9]+)\b", lambda word: ERRNO.get(word, "EINVAL" if word != "EINVAL" else None)),
    ("constant off by one", r"(?<![\w.\[#'])(\d+|0x[0-9a-f]+)(?=U?L?L?\b)(?![\w.]*')",
     lambda word: str(int(word, 0) + 1) if word[:2] != "0x" else hex(int(word, 16) + 1)),
    ("wrong truth", r"\b(true|false)\b", {"true": "false", "false": "true"}.get),
    ("dropped !", r"(?<=[(\s])(!)(?=[\w(*])", lambda word: ""),
    ("dropped flag", r"( \| [A-Z_]{4,})\b(?!\()", lambda word: ""),
    ("error becomes success", r"(?<=return )(-E[A-Z]+)(?=;)", lambda word: "0"),
]


def tokens(code, first, last):
    for operator, pattern, become in TOKENS:
        for match in re.compile(pattern).finditer(code, first, last):
            text = become(match.group(1))
            if text is not None:
                yield operator, match.start(1), match.end(1), text


# ---- Conditions, arguments, choices --------------------------------------------------------------------

LEAVES = re.compile(r"\)(?: \{)?\s+(return|goto|break|continue)\b")


def conditions(code, first, last):
    for match in re.compile(r"\bif \(").finditer(code, first, last):
        start = match.end()
        end = closing(code, start - 1)
        inside = code[start:end]
        yield "negated condition", start, end, ("!(", inside, ")")
        if LEAVES.match(code, end):
            yield "dropped error path", start, end, ("(", inside, ") && 0")


def exchanges(code, first, last):
    simple = r"([\w.>*&+-]+|[\w>.-]+ [-+|] [\w>.-]+)"
    for match in re.compile(rf"\b(?!if|for|while|sizeof|switch)\w+\({simple}, {simple}(?=[,)])").finditer(code, first, last):
        if match.group(1) != match.group(2):
            yield ("swapped arguments", match.start(1), match.end(2), (2, match.start(1), match.end(1),
                                                                      match.start(2), match.end(2)))
    for match in re.compile(rf"\? {simple} : {simple}(?=[;,)])").finditer(code, first, last):
        yield ("swapped choices", match.start(1), match.end(2), (2, match.start(1), match.end(1),
                                                                match.start(2), match.end(2)))


# ---- Statements ----------------------------------------------------------------------------------------

DECLARATION = re.compile(r"(?:static |const |unsigned |struct |enum |volatile |extern )|"
                         r"(?!return |goto |else )\w+ \**(?:const )?\w+(?:\[.*\])?(?: =|;|,)")
FLUSH = re.compile(r"flush|tlb|inval|sync|barrier|\b[di]sb\b|\bmb\b|\b[rw]mb\b")
UNLOCK = re.compile(r"(?:^|_)(?:unlock|restore|enable|release|unmap|put|del|free|give)")
# QEMU's CPUs do one access after the other: no test could tell.
BARRIER = re.compile(r"(?:[di]sb|[rw]?mb|smp_\w*mb|pte_sync)\b")
ASSIGN = re.compile(r"[\w*>(][^=;?]*? (?:[-+|&^*]|<<|>>)?= |\(?\*?[\w>.\[\]-]+\)?(?:\+\+|--);|(?:\+\+|--)[\w>.-]+;")
CALL = re.compile(r"(?:\(void\))?([\w>.-]+)\(")


def statements(code, first, last):
    """[start, end) of each statement without a body that stands on lines of its own."""
    depth, before = 0, "{"
    at = first
    while at < last:
        end = code.find("\n", at)
        line = code[at:end]
        strip = line.strip()
        if strip and depth == 0 and before[-1] in ";{}:)eo" and strip[0] not in "?:}{" and \
                not re.match(r"(if|for|while|switch|else|do|case|default)\b|\w+:$|for_each|list_for_each", strip):
            begin = at + len(line) - len(line.lstrip())
            stop = code.find(";", begin, last) + 1
            if stop and "{" not in code[begin:stop] and code[begin:stop].count("(") == code[begin:stop].count(")"):
                yield begin, stop
        depth += line.count("(") - line.count(")")
        if strip:
            before = strip
        at = end + 1


NOTHING = "(void)0;"  # after an if, a bare semicolon would be warned of


def drop_kind(text):
    if re.match(r"(break|continue|goto \w+|return);", text):
        return "dropped jump"
    if ASSIGN.match(text):
        return "dropped assignment"
    call = CALL.match(text)
    if not call:
        return None
    name = call.group(1)
    return "dropped flush" if FLUSH.search(name) else "dropped unlock or free" if UNLOCK.search(name) else \
        "dropped call"


def dropped(code, first, last, is_void):
    for number, (start, end) in enumerate(statements(code, first, last)):
        text = code[start:end]
        if DECLARATION.match(text) or BARRIER.match(text):
            continue
        kind = drop_kind(text)
        if kind:
            yield kind, start, end, NOTHING
        value = re.match(r"return (?!0;|-E|NULL|true|false)", text)
        if value:
            yield "wrong result", start + 7, end - 1, "0"
        elif text == "return 0;":
            yield "wrong result", start + 7, end - 1, "1"
        elif number > 0 and code[start - 2:start] == "\n\t" and not text.startswith("return"):
            yield "early return", start, start, "return; " if is_void else "return 0; "


# ---- Whole files -----------------------------------------------------------------------------------------

def functions(code):
    """(name, start, end, whether it returns nothing) of each function's body."""
    for match in HEADER.finditer(code):
        end = code.find("\n}", match.end())
        yield match.group(1), match.end() + 1, end + 1, bool(re.match(r"(?:static |__\w+ |inline )*void \w", match.group()))


def in_c(path, source):
    code = masked(source)
    for name, first, last, is_void in functions(code):
        found = [*tokens(code, first, last), *conditions(code, first, last), *exchanges(code, first, last),
                 *dropped(code, first, last, is_void)]
        for operator, start, end, text in found:
            line = code[code.rfind("\n", 0, start) + 1:code.find("\n", end)]
            if ASSERTION.search(line):
                continue
            if isinstance(text, tuple) and text[0] == 2:
                a, b, c, d = text[1:]
                text = source[c:d] + source[b:c] + source[a:b]
            elif isinstance(text, tuple):
                text = text[0] + source[start:end] + text[2]
            elif text == NOTHING:  # the lines stay where they are, and flags that were saved are not unused
                last = re.search(r"[(, ]([a-z]\w*)\);$", source[start:end])
                text = (f"(void){last.group(1)};" if last else NOTHING) + "\n" * source.count("\n", start, end)
            yield Change(path, name, operator, start, end, text)


BRANCHES = {"beq": "bne", "bne": "beq", "jz": "jnz", "jnz": "jz", "je": "jne", "jne": "je", "bhs": "blo",
            "blo": "bhs", "bhi": "bls", "bls": "bhi", "jb": "jae", "jae": "jb", "ja": "jbe", "jbe": "ja",
            "add": "sub", "sub": "add", "addl": "subl", "subl": "addl"}


def in_assembly(path, source):
    name = "?"
    code = re.sub(r"//[^\n]*|/\*.*?\*/", blank, source, flags=re.S)
    for match in re.finditer(r"^(?:func (\w+)|\.macro\s+(\w+)|(\w+):|(\d+:)?\t([a-z]\w*)\b([^\n]*))", code, re.M):
        name = match.group(1) or match.group(2) or match.group(3) or name
        word = match.group(5)
        if not word or BARRIER.match(word):
            continue
        end = match.start(5) + len(match.group()[match.start(5) - match.start():].rstrip())
        yield Change(path, name, "dropped instruction", match.start(5), end, "")
        if word in BRANCHES:
            yield Change(path, name, "other instruction", match.start(5), match.end(5), BRANCHES[word])


def find(path, source):
    """All changes of a file, in the order of the text, none twice."""
    found = in_assembly(path, source) if path.endswith(".S") else in_c(path, source)
    unique = {(c.start, c.end, c.text): c for c in found if source[c.start:c.end] != c.text}
    return sorted(unique.values(), key=lambda c: (c.start, c.end, c.operator, c.text))
