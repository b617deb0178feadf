// SPDX-License-Identifier: MIT
// The system control coprocessor: its registers, with the manual's names (ARM ARM DDI 0406C, B3.17).
//
//   u32 dfsr = cp15_read(DFSR);
//   cp15_write(VBAR, address);
//   cp15_write64(TTBR0_64, root);
#pragma once

// SCTLR (B4.1.130)
#define SCTLR_M    (1 << 0)  // MMU on
#define SCTLR_A    (1 << 1)  // every unaligned access faults, not only LDM, LDRD and similar
#define SCTLR_C    (1 << 2)  // data cache on
#define SCTLR_Z    (1 << 11) // branch prediction on
#define SCTLR_I    (1 << 12) // instruction cache on
#define SCTLR_V    (1 << 13) // vectors at VECTORS_BASE, not at VBAR
#define SCTLR_UWXN (1 << 20) // the kernel cannot execute user-writable pages
#define SCTLR_RES1 0x00c50078

// HCPTR: the bits that read as one; all others are 0, so that no coprocessor access traps to HYP
// (B4.1.58).
#define HCPTR_RES1  0x000033ff
#define HDCR_HPMN   0x1f // HDCR: how many event counters belong to the kernel (B4.1.59)
#define CNTHCTL_PL1 3    // CNTHCTL: physical counter and timer belong to the kernel (B8.1)

// TTBCR with the long-descriptor format (B4.1.153): TTBR0 below PAGE_OFFSET, TTBR1 above, tables
// in write-back, inner shareable memory.
#define TTBCR_EAE        (1U << 31)
#define TTBCR_T1SZ(n)    ((u32)(n) << 16) // TTBR1 covers the top 2^(32 - n) bytes
#define TTBCR_WALK0_WBWA (1U << 8 | 1U << 10 | 3U << 12)
#define TTBCR_WALK1_WBWA (1U << 24 | 1U << 26 | 3U << 28)

// With the short-descriptor format: TTBR0 with its table in write-back, inner shareable memory
// (B4.1.154, with the multiprocessing extensions), and a domain's access in DACR (B4.1.43).
#define TTBR_WALK_WBWA (1U << 6 | 1U << 5 | 1U << 3 | 1U << 1) // IRGN, NOS, RGN, S
#define DACR_CLIENT(d) (1U << 2 * (d))                         // the CPU checks its entries' rights

// CTR (B4.1.42): the shortest line of all data caches, in bytes.
#define CTR_DMINLINE(ctr) (4UL << ((ctr) >> 16 & 0xf))

// MIDR's architecture field (B4.1.105): this value means that the CPU has ID registers.
#define MIDR_HAS_CPUID 0xf

// MPIDR (B4.1.106): the CPU has the multiprocessing extensions.
#define MPIDR_MP (1U << 31)

// ID_MMFR0 (B4.1.89): the memory model; a feature is present from this value on.
#define MMFR0_VMSA      0xf
#define MMFR0_VMSA_V7   3
#define MMFR0_VMSA_PXN  4
#define MMFR0_VMSA_LPAE 5

// ID_ISAR0 (B4.1.83): SDIV and UDIV in ARM code, not only in Thumb code.
#define ISAR0_DIVIDE_ARM 2

// ID_PFR1 (B4.1.94): features of the CPU.
#define PFR1_VIRT  (0xf << 12)
#define PFR1_TIMER (0xf << 16)

// ID_DFR0 (B4.1.82): the version of the performance monitors.
#define DFR0_PMU (0xf << 24)

// PAR (B4.1.112)
#define PAR_F 1 // the translation failed

#ifndef __ASSEMBLER__
#include <lib/types.h>

// opc1, CRn, CRm, opc2
#define MIDR       0, c0, c0, 0
#define CTR        0, c0, c0, 1
#define MPIDR      0, c0, c0, 5
#define ID_PFR1    0, c0, c1, 1
#define ID_DFR0    0, c0, c1, 2
#define ID_MMFR0   0, c0, c1, 4
#define ID_ISAR0   0, c0, c2, 0
#define ID_ISAR4   0, c0, c2, 4
#define SCTLR      0, c1, c0, 0
#define TTBR0      0, c2, c0, 0
#define TTBCR      0, c2, c0, 2
#define DACR       0, c3, c0, 0
#define DFSR       0, c5, c0, 0
#define IFSR       0, c5, c0, 1
#define DFAR       0, c6, c0, 0
#define IFAR       0, c6, c0, 2
#define PAR        0, c7, c4, 0
#define ICIALLU    0, c7, c5, 0
#define BPIALL     0, c7, c5, 6
#define BPIALLIS   0, c7, c1, 6
#define DCIMVAC    0, c7, c6, 1
#define ATS1CPR    0, c7, c8, 0
#define ATS1CPW    0, c7, c8, 1
#define TLBIALLIS  0, c8, c3, 0
#define TLBIASIDIS 0, c8, c3, 2
#define TLBIMVAAIS 0, c8, c3, 3
#define TLBIALL    0, c8, c7, 0
#define PMCR       0, c9, c12, 0
#define PMCNTENSET 0, c9, c12, 1
#define PMCCNTR    0, c9, c13, 0
#define MAIR0      0, c10, c2, 0
#define MAIR1      0, c10, c2, 1
#define VBAR       0, c12, c0, 0
#define CONTEXTIDR 0, c13, c0, 1
#define CNTFRQ     0, c14, c0, 0
#define CNTV_CTL   0, c14, c3, 1
// opc1, CRm
#define TTBR0_64  0, c2
#define TTBR1_64  1, c2
#define CNTVCT    1, c14
#define CNTV_CVAL 3, c14

#define CP15_32_(insn, op1, crn, crm, op2) insn " p15, " #op1 ", %0, " #crn ", " #crm ", " #op2
#define CP15_64_(insn, op1, crm)           insn " p15, " #op1 ", %Q0, %R0, " #crm
#define CP15_32(insn, ...)                 CP15_32_(insn, __VA_ARGS__)
#define CP15_64(insn, ...)                 CP15_64_(insn, __VA_ARGS__)

#define cp15_read(reg)                                                            \
	({                                                                        \
		u32 cp15_val;                                                     \
		__asm__ volatile(CP15_32("mrc", reg) : "=r"(cp15_val)::"memory"); \
		cp15_val;                                                         \
	})
#define cp15_write(reg, val) __asm__ volatile(CP15_32("mcr", reg)::"r"((u32)(val)) : "memory")
#define cp15_read64(reg)                                                           \
	({                                                                         \
		u64 cp15_val;                                                      \
		__asm__ volatile(CP15_64("mrrc", reg) : "=r"(cp15_val)::"memory"); \
		cp15_val;                                                          \
	})
#define cp15_write64(reg, val) __asm__ volatile(CP15_64("mcrr", reg)::"r"((u64)(val)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

static inline void dsb(void)
{
	__asm__ volatile("dsb" ::: "memory");
}
#endif
