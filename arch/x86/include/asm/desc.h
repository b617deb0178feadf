// SPDX-License-Identifier: MIT
// Descriptor tables: the layout of segments, gates and task-state segments.
//
// Manual: Intel SDM vol 3A, 3.4.5 (segment descriptors), 6.11 (gates), 7.2 (tasks).
#pragma once

#include <asm/processor.h>
#include <lib/compiler.h>
#include <lib/types.h>

// Access bytes of a descriptor: P, DPL, S and type. The accessed bit is already set, so that the CPU
// never writes it to the table.
#define DESC_CODE       0x9b // code, readable
#define DESC_DATA       0x93 // data, writable
#define DESC_TSS        0x89 // available 32-bit TSS
#define DESC_TASK_GATE  0x85
#define DESC_INTR_GATE  0x8e // 32-bit interrupt gate: the CPU clears IF on entry
#define DESC_DPL(n)     ((n) << 5)
#define DESC_FLAGS_FLAT 0xc // 4 KB granularity, 32 bits

// Base 0, limit 4 GB.
#define GDT_FLAT(access) \
	((u64)DESC_FLAGS_FLAT << 52 | (u64)0xf << 48 | (u64)(access) << 40 | (u64)0xffff)

// The operand of LGDT, LIDT, SGDT and SIDT.
struct desc_ptr {
	u16 limit; // the last valid byte
	u32 base;
} __packed;

struct gate_desc {
	u16 offset_low, selector;
	u8 zero, access;
	u16 offset_high;
};
_Static_assert(sizeof(struct gate_desc) == 8, "a gate has 8 bytes");

static inline struct gate_desc gate_make(u16 selector, unsigned long offset, u8 access)
{
	return (struct gate_desc){ .offset_low = offset & 0xffff,
				   .selector = selector,
				   .access = access,
				   .offset_high = offset >> 16 };
}

// A system segment (a TSS) of `size` bytes at `base`, with byte granularity.
static inline u64 gdt_system(unsigned long base, u32 size, u8 access)
{
	const u32 limit = size - 1;

	return (u64)(base >> 24) << 56 | (u64)(limit >> 16 & 0xf) << 48 | (u64)access << 40 |
	       (u64)(base & 0xffffff) << 16 | (limit & 0xffff);
}

// The 32-bit task-state segment (7.2.1).
struct tss {
	u32 back_link;
	u32 esp0, ss0, esp1, ss1, esp2, ss2;
	u32 cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, iomap_base;
};
_Static_assert(sizeof(struct tss) == 104, "a TSS has 104 bytes");

// Loaded by boot/x86/head.S, completed by trap_init().
extern u64 gdt[GDT_ENTRIES];
