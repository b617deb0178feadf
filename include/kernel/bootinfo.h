// SPDX-License-Identifier: MIT
// What firmware and boot loader say: one struct out of all boot protocols.
//
// The ranges are as they came: unsorted, overlapping, unaligned, too large; but none runs over the end of
// 64 bits. mm/page/memblock.c makes sense of them.
#pragma once

#include <lib/types.h>

#define BOOT_RANGES_MAX  64
#define BOOT_CMDLINE_MAX 2048

struct boot_range {
	u64 start, size;
};

struct bootinfo {
	char machine[64]; // "linux,dummy-virt", "pc"
	char loader[64];  // "Linux boot protocol", "multiboot: GRUB 2.06"
	char cmdline[BOOT_CMDLINE_MAX];
	bool cmdline_cut; // it was longer
	int ram_count, reserved_count;
	bool ranges_cut;   // not all of RAM is known: too many ranges, or a damaged map
	bool reserved_cut; // not all that is reserved is known: too many ranges
	struct boot_range ram[BOOT_RANGES_MAX];
	struct boot_range reserved[BOOT_RANGES_MAX]; // kernel, device tree and initrd not included
	struct boot_range initrd, fdt_range;         // size 0: none; the initrd's is not cut
	const char *memory_unsupported; // a word about memory that is not acted on, or NULL
	const void *fdt;                // the device tree where it is mapped, or NULL
	u64 entry_cycles;               // cpu_cycles() at the kernel's entry
	const char *problem;            // why the kernel cannot go on, or NULL
};

// Each adds a range, cut at the end of 64 bits, and minds the table's size. Run with the MMU off too.
void bootinfo_add_ram(struct bootinfo *bi, u64 start, u64 size);
void bootinfo_add_reserved(struct bootinfo *bi, u64 start, u64 size);

extern struct bootinfo bootinfo;

// Removes what boot has mapped at its physical address, and flushes the TLB: when the final vectors are
// there, for early exceptions need it (boot/early.c).
void early_unmap_identity(void);

// The kernel proper, called by boot/<arch> at its virtual address, on boot_stack, interrupts
// masked, with an early console registered where there is one. Uses the global bootinfo.
_Noreturn void kmain(void);
