#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Generic code names no architecture, in code or comments: which file is linked decides what varies.
# An underscore parts words, so that CONFIG_ARM and x86_init are found as well. A comment that says
# what Linux does may name the file of Linux's architecture.
import re

import tree

GENERIC = re.compile(r"(include/(lib|abi|kernel|mm)/|include/drivers/[^/]*$|lib/|mm/|kernel/|boot/[^/]*$|"
                     r"drivers/(base|misc)/|drivers/pci/(?!conf1|ecam)|tests/(?!arch/|host/|boot/|harness/|prove/).*\.[ch]$)")

WORDS = """
    arm armv6 armv7 armv7a armv8 aarch32 aarch64 thumb cortex
    x86 i386 i486 i586 i686 ia32 amd64 intel
    lpae pae pse
    cr0 cr2 cr3 cr4 efer eflags idt idtr gdt gdtr tss pdpt pdpte invlpg cpuid msr tsc rdtsc
    eax ebx ecx edx esi edi esp ebp eip
    ttbr ttbr0 ttbr1 ttbcr sctlr mair dacr cpsr spsr vbar dfsr dfar ifsr ifar midr pmccntr cp15 svc
    gic gicv2 pl011 pl031 ns16550 i8259 pic8259 apic ioapic pit psci semihosting
""".split()
WORD = re.compile(r"(?<![a-z0-9])(" + "|".join(WORDS) + r")(?![a-z0-9])", re.I)

# (path, word): why it may stand there.
ALLOWED = {
    ("include/abi/errno.h", "arm"): "whose ABI the numbers are",
    ("include/abi/errno.h", "i386"): "whose ABI the numbers are",
}


def check(files):
    found = []
    for path, text in files.items():
        if not tree.is_c(path) or not GENERIC.match(path):
            continue
        comments = tree.split_comments(text)[1].split("\n")
        for number, line in tree.numbered(text):
            if "Linux" in comments[number - 1]:
                continue
            for word in WORD.findall(line):
                if (path, word.lower()) not in ALLOWED:
                    found.append((path, number, f"'{word}' in generic code"))
    return found


SAMPLES = [
    ("ordinary code", {
        "mm/a.c": "int warm, alarm, pict, gdtx; // harm, charm, pageable\n",
        "lib/a.c": "int arch_init; char s[] = \"pit2\";\n"}, []),
    ("code, strings, comments and preprocessor", {
        "mm/a.c": "int x;\n#ifdef __arm__\n",
        "kernel/a.c": "void x86_init(void);\n",
        "lib/a.c": "char *s = \"LPAE\";\n",
        "include/kernel/a.h": "// as on i386\n",
        "include/mm/a.h": "\n\n#if CONFIG_MMU_PAE\n",
        "tests/mm/pgtable/pgtable.c": "write_cr3(0);\n", "boot/a.c": "// arm\n", "drivers/base/a.c": "// x86\n",
        "drivers/pci/a.c": "// x86\n", "include/drivers/a.h": "// arm\n"},
     ["mm/a.c:2", "kernel/a.c:1", "lib/a.c:1", "include/kernel/a.h:1", "include/mm/a.h:3",
      "tests/mm/pgtable/pgtable.c:1", "boot/a.c:1", "drivers/base/a.c:1", "drivers/pci/a.c:1", "include/drivers/a.h:1"]),
    ("what Linux does", {"mm/a.c": "// Linux: arch/arm/mm/mmu.c\nint arm = 1, Linux;\n"}, ["mm/a.c:2"]),
    ("where an architecture is at home", {
        "arch/arm/a.c": "// arm\n", "boot/x86/a.c": "// x86\n", "include/arch/a.h": "// lpae\n",
        "tests/arch/arm/cpu.c": "// arm\n", "drivers/irqchip/gicv2.c": "// gic\n",
        "drivers/pci/ecam.c": "// arm\n", "include/drivers/uart/pl011.h": "// arm\n",
        "tests/boot/a.c": "// x86\n"}, []),
    ("an allowed word, in its file only", {
        "include/abi/errno.h": "// i386\n", "include/abi/stat.h": "// i386\n"},
     ["include/abi/stat.h:1"]),
]

if __name__ == "__main__":
    tree.main("archwords", check, SAMPLES, "generic code names no architecture")
