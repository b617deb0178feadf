#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Turns addresses and crash reports of the kernel into function+offset and file:line.
#
# Owns: reading the kernel's ELF (no binutils needed; they only add file:line).
# Rules: an address may be virtual or physical; both are looked up where the kernel is linked.
# Usage: tools/decode.py build/arm-lpae/k896.elf [ADDRESS...]   without: filters a log from stdin
"""The kernel's symbols and what a crash report means."""

import bisect
import fnmatch
import re
import shutil
import struct
import subprocess
import sys

TEXT_OFFSET = {"arm": 0x10000, "x86": 0x100000}
PHYS_OFFSET = {"virt": 0x40000000, "vexpress-a15": 0x80000000, "vexpress-a9": 0x60000000, "pc": 0}

EM_386, EM_ARM = 3, 40
PT_LOAD = 1
SHT_SYMTAB = 2
STT_OBJECT, STT_FUNC, STT_FILE = 1, 2, 4


class Kernel:
    """A linked kernel: its symbols, its bytes, and where they are loaded."""

    def __init__(self, path, phys_offset=None):
        self.path = str(path)
        with open(path, "rb") as f:
            self.image = f.read()
        if self.image[:5] != b"\x7fELF\x01":
            raise ValueError(f"{path} is not a 32-bit ELF file")
        (_, self.machine, _, self.entry, phoff, shoff, _, _, phentsize, phnum, shentsize, shnum,
         _) = struct.unpack_from("<HHIIIIIHHHHHH", self.image, 16)
        self.arch = "arm" if self.machine == EM_ARM else "x86"
        self.phys_offset = PHYS_OFFSET["virt" if self.arch == "arm" else "pc"] \
            if phys_offset is None else phys_offset
        # (file offset, virtual address, bytes in the file, bytes in memory)
        self.segments = []
        for i in range(phnum):
            kind, off, va, _, filesz, memsz = struct.unpack_from("<6I", self.image,
                                                                 phoff + i * phentsize)
            if kind == PT_LOAD:
                self.segments.append((off, va, filesz, memsz))
        self.sections = [struct.unpack_from("<10I", self.image, shoff + i * shentsize)
                         for i in range(shnum)]
        self.symbols = {}
        self._code = []
        for section in self.sections:
            if section[1] == SHT_SYMTAB:
                self._read_symbols(section)
        # Where lowmem begins (VMSPLIT): the image starts TEXT_OFFSET behind it.
        self.page_offset = self.symbols.get("_start", 0) - TEXT_OFFSET[self.arch]
        self._code.sort(key=lambda s: (s[0], -s[1]))
        self._starts = [s[0] for s in self._code]

    def _read_symbols(self, section):
        _, _, _, _, off, size, link, _, _, entsize = section
        strings = self.sections[link][4]
        for at in range(off, off + size, entsize):
            name, value, length, info, _, shndx = struct.unpack_from("<IIIBBH", self.image, at)
            text = self._string(strings + name)
            if not text or text.startswith("$") or shndx == 0 or (info & 15) == STT_FILE:
                continue
            thumb = value & 1 if (info & 15) == STT_FUNC and self.arch == "arm" else 0
            self.symbols.setdefault(text, value)
            if self.in_section_code(shndx):
                self._code.append((value - thumb, length, text))

    def in_section_code(self, shndx):
        """Whether section `shndx` holds instructions (SHF_EXECINSTR)."""
        return shndx < len(self.sections) and bool(self.sections[shndx][2] & 4)

    def _string(self, off):
        return self.image[off:self.image.index(b"\0", off)].decode("latin-1")

    def linked(self, addr):
        """The linked address of a virtual or physical one, or None when it is not the kernel's."""
        for base in (0, self.page_offset - self.phys_offset):
            va = (addr + base) & 0xFFFFFFFF
            for _, start, _, memsz in self.segments:
                if start <= va < start + memsz:
                    return va
        return None

    def file_offset(self, addr):
        """Where the byte at this address lies in the ELF file."""
        va = self.linked(addr)
        for off, start, filesz, _ in self.segments:
            if va is not None and start <= va < start + filesz:
                return off + va - start
        raise ValueError(f"{addr:#x} has no bytes in {self.path}")

    def word(self, addr):
        return struct.unpack_from("<I", self.image, self.file_offset(addr))[0]

    def text(self, addr):
        """The C string at this address."""
        return self._string(self.file_offset(addr))

    def function(self, addr):
        """'name+0xoff' of the code at this address, or None."""
        va = self.linked(addr)
        if va is None or va >= self.symbols.get("_etext", 0xFFFFFFFF):
            return None
        i = bisect.bisect_right(self._starts, va) - 1
        if i < 0:
            return None
        # Of several names of one address, the first that has a size is the function.
        start = self._starts[i]
        while i > 0 and self._starts[i - 1] == start:
            i -= 1
        name = self._code[i][2]
        return f"{name}+{va - start:#x}"

    def lines(self, addrs):
        """{address: 'file:line'} of those that addr2line knows; empty when there is no addr2line."""
        tool = next((t for t in ("arm-none-eabi-addr2line", "i686-linux-gnu-addr2line",
                                 "i686-elf-addr2line", "addr2line", "llvm-addr2line")
                     if shutil.which(t) and self._tool_fits(t)), None)
        known = {a: self.linked(a) for a in addrs if self.linked(a) is not None}
        if tool is None or not known:
            return {}
        try:
            out = subprocess.run([tool, "-e", self.path] + [hex(v) for v in known.values()],
                                 capture_output=True, text=True, timeout=20, check=False).stdout
        except (OSError, subprocess.TimeoutExpired):
            return {}
        found = {}
        for addr, line in zip(known, out.splitlines()):
            line = line.split(" (")[0]
            if not line.startswith("??") and not line.endswith((":?", ":0")):
                found[addr] = re.sub(r"^.*?/(?=(?:arch|boot|drivers|kernel|lib|mm|tests)/)", "", line)
        return found

    def _tool_fits(self, tool):
        if tool.startswith("arm"):
            return self.arch == "arm"
        return not tool.startswith("i686") or self.arch == "x86"

    def where(self, addrs):
        """A list of 'address  function+offset  file:line', one for each address."""
        lines = self.lines(addrs)
        return [f"{a:08x}  {self.function(a) or 'not in the kernel'}"
                + (f"  {lines[a]}" if a in lines else "") for a in addrs]

    def _table(self, name, size):
        """The addresses of the entries of one of the linker script's tables."""
        start, stop = self.symbols.get(f"__start_{name}", 0), self.symbols.get(f"__stop_{name}", 0)
        return range(start, stop, size)

    def tests(self, glob="*"):
        """The names 'suite: sentence' that ktest=GLOB runs, read from the kernel's tables of tests and
        suites; "has a test" is the sentence of a suite that has none."""
        tests, suites = self._table("ktests", 20), self._table("ktest_suites", 4)
        found = [(self.word(entry), self.text(self.word(entry + 4))) for entry in tests]
        found += [(self.word(entry), "has a test") for entry in suites
                  if self.word(entry) not in [suite for suite, _ in found]]
        names = []
        for suite, sentence in ((self.text(self.word(suite)), text) for suite, text in found):
            name = f"{suite}: {sentence}"
            # A suite whose name starts with '_' only runs when the glob says so.
            if suite.startswith("_") and not glob.startswith("_"):
                continue
            if any(fnmatch.fnmatchcase(text, glob) for text in (name, suite, sentence)):
                names.append(name)
        return names

    def sizes(self):
        """Bytes of text without monitor and tests, these, rodata and data with bss, by the linker script's borders."""
        def span(a, b):
            return self.symbols.get(b, 0) - self.symbols.get(a, 0)
        return {"text": span("_stext", "_etext_kernel"), "monitor": span("_etext_kernel", "_etext_monitor"),
                "tests": span("_etext_monitor", "_etext_tests"),
                "rodata": span("__start_rodata", "__end_rodata"),
                "data": span("_sdata", "_edata"), "bss": span("__bss_start", "__bss_stop")}


# ---- Crash reports ------------------------------------------------------------------------------

CRASH = re.compile(r"Oops:|Kernel panic - not syncing|early exception:|^(?:\[[^]]*\] )?kernel BUG")
# Lines of a report whose addresses are code: registers with a program counter, and callers.
PC_LINE = re.compile(r"\b(?:pc|lr|eip|linked at|PC is at|LR is at)\b", re.I)
CALLER_LINE = re.compile(r"^(?:\[[^]]*\])?\s*\[?<?[0-9a-f]{8}>?\]?\s+\(?\[?<?\w[\w.]*\+0x", re.I)
EARLY = re.compile(r"\(linked at ([0-9a-f]{8})\)(?: lr=([0-9a-f]{8}))?")
HEX = re.compile(r"(?<![0-9a-fx])(?:0x)?([0-9a-f]{8})(?![0-9a-f])", re.I)


def crash_line(text):
    """The first line that reports a crash, without timestamp, or None."""
    for line in text.splitlines():
        if CRASH.search(line):
            return re.sub(r"^\[[^]]*\] ", "", line.strip())
    return None


def crash_addresses(text):
    """The code addresses that the first crash report in a log names, in order, without repeats."""
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if CRASH.search(line)), None)
    if first is None:
        return []
    found = []
    for line in lines[first:first + 120]:
        early = EARLY.search(line)
        if early:  # all registers in one line: only lr, if there is one, leads to a caller
            found += [int(early[1], 16)] + ([int(early[2], 16) - 4] if early[2] else [])
        elif PC_LINE.search(line) or CALLER_LINE.search(line):
            # The oops prints lr beside pc; as a caller it is in the trace already.
            found += [int(h, 16) for h in HEX.findall(line.split(" lr : ")[0])]
    return list(dict.fromkeys(found))


def register_pc(registers):
    """The program counter in the text of QEMU's 'info registers', or None."""
    match = re.search(r"\bEIP=([0-9a-f]{8})|\bR15=([0-9a-f]{8})", registers)
    return int(match.group(1) or match.group(2), 16) if match else None


def register_summary(registers):
    """The registers that tell a fault's cause, in one line."""
    found = re.findall(r"\b(EIP|ESP|CR0|CR2|CR3|R13|R14|R15|PSR)=([0-9a-f]{8})", registers)
    return " ".join(f"{n}={v}" for n, v in found)


def explain(kernel, text="", registers=""):
    """Lines that say where a crash happened; empty when there is nothing to explain."""
    out = []
    if kernel is None:
        return out
    pc = register_pc(registers)
    if pc is not None:
        out.append(f"stopped at {kernel.where([pc])[0]}")
        lr = re.search(r"\bR14=([0-9a-f]{8})", registers)
        if kernel.function(pc) is None and lr and kernel.function(int(lr.group(1), 16)):
            out.append(f"came from  {kernel.where([int(lr.group(1), 16)])[0]}")
        out.append(f"           {register_summary(registers)}")
    code = [a for a in crash_addresses(text) if kernel.function(a)]
    if code:
        out += [f"  {line}" for line in kernel.where(code)]
    return out


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print("usage: tools/decode.py KERNEL.elf [ADDRESS...]  (without addresses: a log on stdin)")
        return 2
    try:
        kernel = Kernel(sys.argv[1])
        addresses = [int(a, 16) for a in sys.argv[2:]]
    except (OSError, ValueError, struct.error) as error:
        print(f"tools/decode.py: {error}", file=sys.stderr)
        return 1
    if addresses:
        lines = kernel.where(addresses)
    else:
        text = sys.stdin.read()
        lines = [crash_line(text) or "no crash report in this log"] + explain(kernel, text)
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
