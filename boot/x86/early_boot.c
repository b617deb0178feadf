// SPDX-License-Identifier: MIT
// From head.S to kmain on a PC: first with paging off, then at the virtual address.
//
// Rules: compiled -fpie. x86_early() keeps no pointer; what it finds out is in bootinfo and here.
// Linux: arch/x86/kernel/head_32.S, head32.c, setup.c.

#include <arch/cpu.h>
#include <asm/cpuid.h>
#include <boot/x86/early.h>
#include <boot/x86/multiboot.h>
#include <boot/x86/pc.h>
#include <drivers/uart/ns16550.h>
#include <lib/string.h>

static struct {
	enum multiboot_result multiboot;
} early;

// ---- Paging off ---------------------------------------------------------------------------------

static void check_cpu(void)
{
	if (cpu_has(X86_FEATURE_PAE) && cpu_has(X86_FEATURE_CX8))
		return;
	early_puts("boot: this CPU has no PAE, which this kernel is built for (MMU=pae)\n");
	early_stop();
}

// What the page tables take for granted when CR0.PG is set.
static void enable_pae_and_nx(void)
{
	pt_has_noexec = cpu_has(X86_FEATURE_NX);
	if (pt_has_noexec)
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NX);
	write_cr4(read_cr4() | X86_CR4_PAE);
}

// Reads from low memory, which no C object covers.
static u16 bios_word(unsigned long pa)
{
	u16 val;

	__asm__ volatile("movw (%1), %0" : "=r"(val) : "r"(pa));
	return val;
}

// The loader's map may call some of this RAM.
static void reserve_bios_areas(struct bootinfo *bi)
{
	unsigned long ebda = (unsigned long)bios_word(PC_BIOS_EBDA_WORD) << 4;

	if (ebda < PC_BIOS_EBDA_LOWEST || ebda > PC_VIDEO_START)
		ebda = PC_VIDEO_START;
	bootinfo_add_reserved(bi, 0, PAGE_SIZE);
	bootinfo_add_reserved(bi, ebda, PC_BIOS_END - ebda);
}

phys_addr_t x86_early(u32 magic, u32 info, u64 tsc)
{
	phys_addr_t root;

	ns16550_setup(PC_COM1);
	check_cpu();
	enable_pae_and_nx();
	root = early_map_kernel(PC_PHYS_OFFSET);
	// From here on: .bss is clear.
	bootinfo.entry_cycles = tsc;
	reserve_bios_areas(&bootinfo);
	early.multiboot = multiboot_parse(&bootinfo, magic, (const void *)(uintptr_t)info);
	return root;
}

// ---- Paging on ----------------------------------------------------------------------------------

__noreturn void x86_boot(void)
{
	early_finish(PC_PHYS_OFFSET);
	cpu_init();
	strscpy(bootinfo.machine, "pc", sizeof(bootinfo.machine));
	bootinfo.problem = multiboot_problem(early.multiboot);
	ns16550_console(PC_COM1);
	kmain();
}
