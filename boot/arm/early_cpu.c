// SPDX-License-Identifier: MIT
// Checks that the CPU has what the kernel's code needs, before the first instruction that needs it.
//
// Rules: runs at the physical address (compiled -fpie with hidden visibility), also on CPUs older than
// ARMv7: the Makefile compiles this file for ARMv5, and it calls no function of another file.
// Manual: ARM ARM DDI 0406C, B7 (the CPUID identification scheme). Linux: arch/arm/kernel/head.S.

#include <arch/io.h>
#include <boot/arm/early.h>
#include <boot/arm/semihosting.h>
#include <drivers/uart/pl011.h>
#include <kernel/machine.h>
#include <lib/util.h>

static const struct early_board boards[] = {
	{ VIRT_RAM, VIRT_UART, true },
	{ VEXPRESS_A15_RAM, VEXPRESS_A15_UART, false },
	{ VEXPRESS_A9_RAM, VEXPRESS_A9_UART, false },
};

const struct early_board *early_board_at(unsigned long ram)
{
	for (size_t i = 0; i < ARRAY_SIZE(boards); i++)
		if (boards[i].ram == ram)
			return &boards[i];
	return NULL;
}

static bool field_reaches(u32 reg, int shift, u32 least)
{
	return (reg >> shift & 0xf) >= least;
}

// An ARM1176 has ID registers and an MMU similar to ARMv7's, but not ARMv7's barrier instructions
// (B4.1.92). A Cortex-A8 has no TLB operations for the inner shareable domain, which the kernel uses.
const char *early_cpu_missing(const struct early_cpu_ids *ids)
{
	if (!field_reaches(ids->midr, 16, MIDR_HAS_CPUID) || !field_reaches(ids->isar4, 16, 1))
		return "ARMv7 instructions";
	if (!field_reaches(ids->mmfr0, 0, MMFR0_VMSA_V7))
		return "ARMv7-A's MMU";
	if (!(ids->mpidr & MPIDR_MP))
		return "multiprocessing extensions";
	if (CONFIG_PHYS_64BIT && !field_reaches(ids->mmfr0, 0, MMFR0_VMSA_LPAE))
		return "LPAE";
	// With LPAE, the Makefile compiles with -march=armv7ve.
	if (CONFIG_PHYS_64BIT && !field_reaches(ids->isar0, 24, ISAR0_DIVIDE_ARM))
		return "division in ARM code";
	return NULL;
}

// ---- Reporting ----------------------------------------------------------------------------------

// Limits the wait for room in the UART.
#define TX_TRIES 10000

// Instead of pl011_early_puts(), which is compiled for ARMv7.
static void old_cpu_puts(void __iomem *uart, const char *s)
{
	writel_relaxed(PL011_CR_UARTEN | PL011_CR_TXE, uart + PL011_CR);
	for (; *s; s++) {
		for (int i = 0; i < TX_TRIES; i++)
			if (!(readl_relaxed(uart + PL011_FR) & PL011_FR_TXFF))
				break;
		writel_relaxed((u8)*s, uart + PL011_DR);
	}
}

// Instead of machine_exit(), which is compiled for ARMv7.
static __noreturn void old_cpu_exit(void)
{
	semihosting_exit(EXIT_PANIC);
	for (;;)
		__asm__ volatile("" ::: "memory");
}

void early_cpu_check(unsigned long phys_offset)
{
	const struct early_board *board = early_board_at(phys_offset);
	struct early_cpu_ids ids = { .midr = cp15_read(MIDR) };
	const char *missing;

	if (field_reaches(ids.midr, 16,
			  MIDR_HAS_CPUID)) { // otherwise the CPU lacks the other registers
		ids.mpidr = cp15_read(MPIDR);
		ids.mmfr0 = cp15_read(ID_MMFR0);
		ids.isar0 = cp15_read(ID_ISAR0);
		ids.isar4 = cp15_read(ID_ISAR4);
	}
	missing = early_cpu_missing(&ids);
	if (!missing)
		return;
	if (board) {
		void __iomem *uart = (__force void __iomem *)(unsigned long)board->uart;

		old_cpu_puts(uart, "boot: this CPU has no ");
		old_cpu_puts(uart, missing);
		old_cpu_puts(uart, ", which this kernel is built for\r\n");
	}
	old_cpu_exit();
}
