// SPDX-License-Identifier: MIT
// Bits, selectors and numbers of the x86 architecture, for C and assembly. Names are Linux's.
//
// Manual: Intel SDM vol 3A, chapters 2 (registers), 3 (segments), 4 (paging), 6 (exceptions).
#pragma once

// EFLAGS (2.3). Bit 1 is always 1. X86_EFLAGS_FIXED alone: interrupts masked; DF, NT and AC clear.
#define X86_EFLAGS_FIXED 0x00000002
#define X86_EFLAGS_IF    0x00000200
#define X86_EFLAGS_DF    0x00000400
#define X86_EFLAGS_NT    0x00004000
#define X86_EFLAGS_AC    0x00040000
#define X86_EFLAGS_ID    0x00200000

// CR0 (2.5).
#define X86_CR0_PE 0x00000001 // protection
#define X86_CR0_MP 0x00000002 // WAIT traps with TS
#define X86_CR0_EM 0x00000004 // every x87, MMX or SSE instruction traps
#define X86_CR0_ET 0x00000010 // (fixed)
#define X86_CR0_NE 0x00000020 // x87 errors are exceptions
#define X86_CR0_WP 0x00010000 // the kernel cannot write to read-only pages either
#define X86_CR0_PG 0x80000000 // paging
// The kernel's value: caches on (CD and NW clear), no floating point.
#define X86_CR0_KERNEL \
	(X86_CR0_PG | X86_CR0_WP | X86_CR0_NE | X86_CR0_ET | X86_CR0_EM | X86_CR0_MP | X86_CR0_PE)

// CR4 (2.5).
#define X86_CR4_PSE  0x00000010
#define X86_CR4_PAE  0x00000020
#define X86_CR4_PGE  0x00000080
#define X86_CR4_SMEP 0x00100000 // the kernel cannot execute user pages
#define X86_CR4_SMAP 0x00200000 // nor access them, unless EFLAGS.AC is set

// Model-specific registers (SDM vol 4).
#define MSR_IA32_CR_PAT 0x277
#define MSR_EFER        0xc0000080
#define EFER_NX         0x800

// Entries of the GDT, at Linux's indices, because debuggers and user programs may expect them.
#define GDT_ENTRY_KERNEL_CS       12
#define GDT_ENTRY_KERNEL_DS       13
#define GDT_ENTRY_DEFAULT_USER_CS 14
#define GDT_ENTRY_DEFAULT_USER_DS 15
#define GDT_ENTRY_TSS             16
#define GDT_ENTRY_DOUBLEFAULT_TSS 31
#define GDT_ENTRIES               32
#define GDT_SIZE                  (GDT_ENTRIES * 8)

#define __KERNEL_CS       (GDT_ENTRY_KERNEL_CS * 8)
#define __KERNEL_DS       (GDT_ENTRY_KERNEL_DS * 8)
#define __TSS             (GDT_ENTRY_TSS * 8)
#define __DOUBLEFAULT_TSS (GDT_ENTRY_DOUBLEFAULT_TSS * 8)
#define SEGMENT_RPL_MASK  3

// Vectors (6.3). The first 32 are the CPU's, the next 16 belong to the two 8259s.
#define X86_TRAP_DE   0
#define X86_TRAP_DB   1
#define X86_TRAP_BP   3
#define X86_TRAP_UD   6
#define X86_TRAP_DF   8
#define X86_TRAP_TS   10
#define X86_TRAP_GP   13
#define X86_TRAP_PF   14
#define NR_EXCEPTIONS 32
#define IRQ_BASE      0x20
#define NR_8259_IRQS  16
#define NR_VECTORS    256

// A bit for each exception with an error code on the stack: DF TS NP SS GP PF AC CP VC SX.
#define X86_TRAPS_WITH_ERROR_CODE 0x60227d00

// The size of a vector's stub in entry.S.
#define TRAP_STUB_SIZE 16
// The size of an early stub in head.S.
#define EARLY_STUB_SIZE 16
// The size of struct early_regs, which head.S passes to early_exception().
#define EARLY_FRAME_SIZE 64
