// SPDX-License-Identifier: MIT
// The machine that a program can be: how the kernel's image gets into RAM, the console, the ways to
// end, and what a CPU says of itself.

#include <arch/cpu.h>
#include <arch/host/host.h>
#include <arch/host/os.h>
#include <kernel/bootinfo.h>
#include <kernel/console.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <kernel/sections.h>
#include <lib/format.h>
#include <mm/addr.h>
#include <mm/kernel_map.h>
#include <mm/resource.h>
#include <mm/tlb.h>

// What the kernel really runs on; the lowest page of each is unmapped.
static struct {
	u8 guard[PAGE_SIZE], main[SZ_1M], fault_guard[PAGE_SIZE], fault[128 * SZ_1K];
} stacks __aligned(PAGE_SIZE);

bool host_on_stack(unsigned long sp)
{
	return sp - (unsigned long)&stacks < sizeof(stacks) ||
	       sp - (unsigned long)irq_stack < IRQ_STACK_SIZE || host_on_thread_stack(sp);
}

void host_main_stack(const void **stack, size_t *size)
{
	*stack = stacks.main;
	*size = sizeof(stacks.main);
}

static const struct console console = { .name = "stdout", .write = os_write };

// What boot/early.c does on a CPU: the rows of the image enter the kernel's tables.
static void map_image(void)
{
	for (int i = 0; i < kernel_image_rows; i++) {
		const struct kmap_row *row = &kernel_image_map[i];

		BUG_ON(pt_map(kernel_root, (unsigned long)row->start, __pa(row->start),
			      row->end - row->start, row->prot, early_pt_alloc) != 0);
	}
}

// Code and constants are copied, so that any view of their frames shows them; data moves.
static void move_image_to_ram(void)
{
	const unsigned long start = (unsigned long)_start, data = (unsigned long)_sdata;

	for (int i = 0; i < kernel_image_rows; i++) {
		const struct kmap_row *row = &kernel_image_map[i];

		os_move_to_ram((unsigned long)row->start, row->end - row->start,
			       (unsigned long)row->start - PAGE_OFFSET, row->prot & PT_WRITE);
	}
	BUG_ON(start != PAGE_OFFSET + TEXT_OFFSET || data <= start);
}

static void unmap_guard_pages(void)
{
	const char *const bottoms[] = { boot_stack, irq_stack, fault_stack, (char *)stacks.main,
					(char *)stacks.fault };

	for (size_t i = 0; i < ARRAY_SIZE(bottoms); i++)
		os_unmap((unsigned long)bottoms[i] - PAGE_SIZE, PAGE_SIZE);
}

void host_catch_faults(void)
{
	os_catch_faults(stacks.fault, stacks.fault + sizeof(stacks.fault));
}

void host_start(int argc, char **argv)
{
	tlb_flush_at_once = false; // the TLB here shows what is stale
	pv_offset = (unsigned long)HOST_PHYS_OFFSET - PAGE_OFFSET;
	console_register(&console, false);
	os_ram_create(HOST_PHYS_END - HOST_PHYS_OFFSET);
	move_image_to_ram();
	unmap_guard_pages();
	map_image();
	os_run_on_stack(host_main, argc, argv, stacks.main, stacks.main + sizeof(stacks.main));
}

// Like a PC's: a hole below the image, one in lowmem whose ends lie on no border of anything, and
// highmem on both sides of 4 GB. The system's libraries lie where the last 384 MB of lowmem would be
// seen: no RAM is there but the last 4 MB, which are reserved and so never touched.
static const struct boot_range ram[] = {
	{ 0x00000000, 0x0009fc00 }, { 0x00100000, 0x0b4d3000 }, { 0x0c001000, 0x13ff5000 },
	{ 0x37c00000, 0x08400000 }, { 0xe0000000, 0x08000000 },
};
static const struct boot_range reserved[] = {
	{ 0x00000000, 0x00001000 },
	{ 0x0009f000, 0x00061000 },
	{ 0x0a123456, 0x00010000 },
	{ 0x37c00000, 0x00400000 },
};

void host_add_memory(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ram); i++)
		bootinfo_add_ram(&bootinfo, HOST_PHYS_OFFSET + ram[i].start, ram[i].size);
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		bootinfo_add_reserved(&bootinfo, HOST_PHYS_OFFSET + reserved[i].start,
				      reserved[i].size);
}

void host_claim_registers(void)
{
	BUG_ON(!request_mem_region(HOST_REGS, HOST_REGS_SIZE, "host registers"));
}

void machine_init_console(void)
{
	// Nobody types: what is printed goes to stdout.
}

void machine_exit(int status)
{
	os_exit(status == EXIT_OK ? 0 : status);
}

void machine_power_off(void)
{
	os_exit(0);
}

void machine_restart(void)
{
	os_exit(EXIT_PANIC);
}

void cpu_halt(void)
{
	os_exit(EXIT_PANIC);
}

void cpu_describe(char *name, size_t name_size, char *features, size_t features_size)
{
	snprintf(name, name_size, "a 32-bit program");
	snprintf(features, features_size, "a TLB of %d pages that keeps stale entries",
		 TLB_ENTRIES);
}

void cpu_entropy(u32 key[4])
{
	os_random(key, 4 * sizeof(key[0]));
}
