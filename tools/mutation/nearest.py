# SPDX-License-Identifier: MIT
# Which tests are the nearest to a file: the ones most likely to notice, first.
#
# Rules: by name where names agree; the tables below say the rest. All suites run anyway; of the boot tests
# only those that the table names.
"""suites() and boot_tests()."""

import re

# Suites for files whose names do not say: (start of the path, globs).
SUITES = [
    ("mm/pgtable/pt_", ["pt_change", "pgtable*"]), ("mm/page/alloc_sites", ["failnth*"]),
    ("mm/page/fault_inject", ["fault*"]), ("mm/vmalloc/kvmalloc", ["kmalloc*"]), ("mm/vmalloc/vm_slots", ["ioremap*"]),
    ("mm/vmalloc/", ["vm*"]), ("mm/proc/zoneinfo", ["procinfo"]), ("mm/proc/vmallocinfo", ["procinfo"]),
    ("mm/proc/buddyinfo", ["procinfo"]), ("mm/proc/leak_check", ["kernel"]), ("mm/page/page_", ["page*"]), ("mm/slab/", ["slab*"]),
    ("kernel/rtc", ["rtc"]), ("kernel/oops", ["kernel"]), ("kernel/", ["kernel", "thread"]),
    ("lib/parse", ["cmdline"]), ("lib/div", ["div"]), ("lib/", ["lib"]),
    ("drivers/base/dev", ["dev*"]), ("drivers/pci", ["pci*"]), ("drivers/misc", ["edu"]),
    ("drivers/irqchip/gic", ["arch_arm_io"]), ("drivers/irqchip", ["arch_x86_irq"]), ("drivers/rtc", ["rtc"]),
    ("drivers/timer/arch", ["arch_arm_timer"]), ("drivers/timer", ["arch_x86_timer"]),
    ("arch/arm", ["arch_arm*"]), ("arch/x86", ["arch_x86*"]), ("boot/x86/multiboot", ["multiboot"]),
    ("boot/x86/acpi", ["arch_x86_acpi"]),
]

# Boot tests, by the start of the path; all rows that fit, in this order.
SHOWN = ["procinfo: files*", "monitor: answers*", "crash: v*", "crash: kmap*", "crash: iounmap*", "ram: 1024 MB (*"]
BOOT = [
    ("boot/", ["bad input: *", "formats: *", "early: *", "ram: 6144*", "start: *APPEND*", "ending: *", "pci: *"]),
    ("kernel/cmdline", ["bad input: *word*", "ram: *highmem*", "failnth: malformed*", "start: *APPEND*"]),
    ("lib/parse", ["bad input: *word*", "ram: *highmem*", "failnth: malformed*"]),
    ("lib/lineedit", ["monitor: *"]),
    ("kernel/debug/monitor", ["monitor: *", "procinfo: files*", "crash: null*"]),
    ("kernel/p", ["monitor: *", "crash: null*", "crash: loglevel*"]),
    ("kernel/console", ["monitor: *", "crash: loglevel*"]),
    ("kernel/oops", ["crash: *", "early: *"]), ("kernel/debug/crash", ["crash: *"]), ("kernel/symbols", ["crash: *"]),
    ("kernel/ti", ["threads: *", "timer: *", "monitor: answers*"]),
    ("kernel/sched/", ["threads: *", "crash: deadlock*", "crash: thread*", "monitor: answers*"]),
    ("kernel/mutex", ["threads: *", "crash: deadlock*"]), ("kernel/wait", ["threads: *"]),
    ("kernel/debug/ktest", ["harness: a kernel*"]), ("kernel/rtc", ["rtc: *"]), ("kernel/proc", ["procinfo: *"]),
    ("kernel/main", ["bad input: *initrd*", "monitor: answers*", "start: *APPEND*", "start: the least*"]),
    ("kernel/irq", ["monitor: answers*", "timer: *", "procinfo: files*"]),
    ("mm/page/memblock", ["ram: *", "bad input: an odd memory map*", "bad input: *initrd*", "procinfo: *"]),
    ("mm/page/fault_inject", ["failnth: *"]), ("mm/page/alloc_sites", ["failnth: *"]), ("mm/pgtable/tlb", ["tlb: *", "crash: text*"]),
    ("mm/pgtable/pt_", ["tlb: *", "crash: text*", "crash: exec*"]), ("mm/pgtable/pgtable", ["crash: text*", "crash: exec*"]),
    ("mm/page/zone", ["ram: *", "procinfo: *"]), ("mm/proc/iomem", ["ram: *", "procinfo: files*"]),
    ("mm/pgtable/linear_map", ["ram: *", "crash: text*", "crash: exec*"]), ("mm/pgtable/kernel_map", ["crash: text*", "crash: exec*"]),
    ("mm/proc/bootlog", ["ram: *", "procinfo: *"]), ("mm/", SHOWN),
    ("drivers/pci", ["pci: *", "suites: edu*", "monitor: answers*"]), ("drivers/misc", ["suites: edu*", "pci: *"]),
    ("drivers/rtc", ["rtc: *"]), ("drivers/timer", ["timer: *", "monitor: answers*", "ending: *"]),
    ("drivers/uart", ["monitor: *", "bad input: a sound*", "crash: loglevel*", "bad input: no device tree*"]),
    ("drivers/irqchip", ["timer: *", "monitor: answers*", "suites: edu*"]),
    ("drivers/base", ["monitor: answers*", "suites: edu*", "pci: *"]),
    ("arch/", ["crash: *", "early: *", "formats: *", "tlb: *", "monitor: *"]),
    ("lib/fdt", ["bad input: *"]), ("lib/", ["monitor: answers*", "procinfo: files*"]),
]
# After these: what differs with the amount of RAM.
SIZES = ["suites: hold with 32M (*", "suites: hold with 4G (*", "suites: hold with 128M (*"]


def suites(path, names):
    """Globs for ktest=, near ones only. names: the suites that there are."""
    stem = re.sub(r"\.\w+$", "", path.rpartition("/")[2])
    for start in (stem, re.sub(r"_(show|describe|check|lpae|short|pae|2level)$", "", stem)):
        if any(name.startswith(start) for name in names):
            return [f"{start}*"]
    return next((globs for start, globs in SUITES if path.startswith(start)
                 and any(name.startswith(glob.rstrip("*")) for glob in globs for name in names)), [])


def boot_tests(path):
    """Globs for names of boot tests."""
    found = [glob for start, globs in BOOT if path.startswith(start) for glob in globs] + SIZES
    return list(dict.fromkeys(found))
