// SPDX-License-Identifier: MIT
// From head.S to kmain on a PC: first with paging off, then at the virtual address.
//
// Rules: compiled -fpie. x86_early() stores no pointers; its results are in bootinfo and in this file.
// Linux: arch/x86/kernel/head_32.S, head32.c, setup.c.

#include <arch/cpu.h>
#include <boot/x86/acpi.h>
#include <boot/x86/early.h>
#include <boot/x86/multiboot.h>
#include <boot/x86/pc.h>
#include <drivers/uart/ns16550.h>
#include <lib/string.h>

static struct {
	enum multiboot_result multiboot;
} early;

// ---- Paging off ---------------------------------------------------------------------------------

static void enable_format_or_stop(void)
{
	const char *lack = pt_enable_format();

	if (!lack)
		return;
	early_puts("boot: this CPU has no ");
	early_puts(lack);
	early_puts(", which this kernel's " PT_FORMAT " page tables need\n");
	early_stop();
}

// Reads low memory. In assembly, because no C object is there.
static u16 bios_word(unsigned long pa)
{
	u16 val;

	__asm__ volatile("movw (%1), %0" : "=r"(val) : "r"(pa));
	return val;
}

// The start of the BIOS's extended data area; without one, the start of video memory.
static unsigned long bios_ebda(void)
{
	const unsigned long ebda = (unsigned long)bios_word(PC_BIOS_EBDA_WORD) << 4;

	return ebda < PC_BIOS_EBDA_LOWEST || ebda > PC_VIDEO_START ? PC_VIDEO_START : ebda;
}

// Reserves the BIOS's areas: the loader's map may list some of them as RAM.
static void reserve_bios_areas(struct bootinfo *bi)
{
	const unsigned long ebda = bios_ebda();

	bootinfo_add_reserved(bi, 0, PAGE_SIZE);
	bootinfo_add_reserved(bi, ebda, PC_BIOS_END - ebda);
}

static void read_acpi(void)
{
	const unsigned long ebda = bios_ebda();

	if (ebda < PC_VIDEO_START && acpi_read(&pc_acpi, ebda, PC_ACPI_EBDA_SIZE))
		return;
	acpi_read(&pc_acpi, PC_ACPI_START, PC_BIOS_END - PC_ACPI_START);
}

phys_addr_t x86_early(u32 magic, u32 info, u64 tsc)
{
	phys_addr_t root;

	enable_format_or_stop();
	root = early_map_kernel(PC_PHYS_OFFSET);
	// .bss is cleared now.
	bootinfo.entry_cycles = tsc;
	reserve_bios_areas(&bootinfo);
	read_acpi();
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
