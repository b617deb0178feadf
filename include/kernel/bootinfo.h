// SPDX-License-Identifier: MIT
// The report of the firmware and the boot loader: the same struct for all boot protocols.
//
// The ranges are unchecked: they may be unsorted, overlapping, unaligned or too large. But start + size
// never exceeds 64 bits. mm/page/memblock.c sorts them out.
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
	bool ranges_cut;   // part of RAM is unknown: too many ranges, or a damaged map
	bool reserved_cut; // some reserved ranges are unknown: too many
	struct boot_range ram[BOOT_RANGES_MAX];
	struct boot_range reserved[BOOT_RANGES_MAX]; // kernel, device tree and initrd not included
	struct boot_range initrd, fdt_range; // size 0: none; the initrd's may exceed 64 bits
	const char *memory_unsupported; // a property about memory that the kernel ignores, or NULL
	const void *fdt;                // virtual address of the device tree, or NULL
	u64 entry_cycles;               // cpu_cycles() at the kernel's entry
	const char *problem;            // why the kernel cannot go on, or NULL
};

// Each adds a range, cut at the end of 64 bits. If the table is full, it sets ranges_cut or reserved_cut.
// May run with the MMU off.
void bootinfo_add_ram(struct bootinfo *bi, u64 start, u64 size);
void bootinfo_add_reserved(struct bootinfo *bi, u64 start, u64 size);

extern struct bootinfo bootinfo;

// Removes boot's identity mapping and flushes the TLB. Call after trap_init(): the early exception
// handlers need the mapping (boot/early.c).
void early_unmap_identity(void);

// The generic kernel. boot/<arch> calls it at its virtual address, on boot_stack, with interrupts masked
// and, if the machine has one, an early console registered. Reads the global bootinfo.
_Noreturn void kmain(void);
