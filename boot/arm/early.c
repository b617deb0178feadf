// SPDX-License-Identifier: MIT
// Before the kernel runs at its virtual address: its page tables, and messages for errors.
//
// Rules: runs at the physical address (compiled -fpie with hidden visibility): no pointers in static
// tables. early_puts() and early_board() also work at the virtual address.
// Linux: arch/arm/kernel/head.S, head-common.S, debug.S.

#include <arch/cpu.h>
#include <asm/cp15.h>
#include <asm/fault.h>
#include <boot/arm/early.h>
#include <boot/arm/semihosting.h>
#include <boot/arm/skip.h>
#include <boot/early.h>
#include <drivers/uart/pl011.h>
#include <kernel/machine.h>
#include <kernel/sections.h>
#include <lib/util.h>

// No early exception was reported yet. In .data, because it is not 0: .bss may not be cleared yet.
static bool untold = true;

unsigned long early_phys(const void *p)
{
	const unsigned long va = (unsigned long)p;

	cp15_write(ATS1CPR, va);
	isb();
	return (cp15_read(PAR) & PAGE_MASK) | (va & ~PAGE_MASK);
}

const struct early_board *early_board(void)
{
	return early_board_at(early_phys(_start) - TEXT_OFFSET);
}

bool uart_answers(const void __iomem *regs)
{
	const struct skip_state before = skip_begin();
	const bool there = pl011_is_at(regs);

	skip_end(before);
	return there;
}

bool early_board_known(void)
{
	const struct early_board *board = early_board();
	const bool mmu = cp15_read(SCTLR) & SCTLR_M;
	u64 before = 0;
	bool there;

	if (!board)
		return false;
	if (mmu)
		before = early_identity_on(board->uart);
	there = uart_answers((__force void __iomem *)(unsigned long)board->uart);
	if (mmu)
		early_identity_off(board->uart, before);
	return there;
}

// With the MMU on, maps the UART at its physical address during the call.
void early_puts(const char *s)
{
	const struct early_board *board = early_board();
	const bool mmu = cp15_read(SCTLR) & SCTLR_M;
	u64 before = 0;

	if (!early_board_known()) {
		semihosting_puts(s);
		return;
	}
	if (mmu)
		before = early_identity_on(board->uart);
	pl011_early_puts((__force void __iomem *)(unsigned long)board->uart, s);
	if (mmu)
		early_identity_off(board->uart, before);
}

void early_stop(void)
{
	machine_exit(EXIT_PANIC);
}

void early_truncated(void)
{
	static const char truncated[] = "boot: the image is truncated: its end is not in memory\n";

	early_puts(truncated);
	early_stop();
}

// The image and the tables were written with the caches off: stale lines from the loader must not hide
// them (ARM ARM DDI 0406C, B2.2.3).
static void forget_cached_image(void)
{
	const unsigned long line = CTR_DMINLINE(cp15_read(CTR)), end = (unsigned long)_end;

	for (unsigned long p = (unsigned long)_start; p < end; p += line)
		cp15_write(DCIMVAC, p);
	dsb();
}

static void forget_translations(void)
{
	isb();
	cp15_write(TLBIALL, 0);
	cp15_write(ICIALLU, 0);
	cp15_write(BPIALL, 0);
	dsb();
	isb();
}

// SCTLR.UWXN exists only with the virtualization extensions (B4.1.130). WXN stays 0: a user program may
// request pages that are both writable and executable.
static u32 sctlr_value(void)
{
	const bool virt = cp15_read(ID_PFR1) & PFR1_VIRT;

	return SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_Z | SCTLR_I | (virt ? SCTLR_UWXN : 0);
}

// Tests the last word of the image. Without memory there, both accesses trap and are skipped.
void early_need_ram(void)
{
	volatile u32 *last = (u32 *)((unsigned long)_end - sizeof(u32));
	const struct skip_state before = skip_begin();
	bool there;

	*last = EARLY_RAM_PATTERN;
	there = *last == EARLY_RAM_PATTERN;
	skip_end(before);
	if (there)
		return;
	early_puts(EARLY_NO_RAM);
	early_stop();
}

u32 early_main(unsigned long phys_offset)
{
	phys_addr_t root;

	cpu_cycles_start(); // from 0, as in bootinfo.entry_cycles
	early_mmu_probe();
	root = early_map_kernel(phys_offset);
	forget_cached_image();
	early_mmu_load(root);
	forget_translations();
	return sctlr_value();
}

// ---- Reporting an early exception in one line -----------------------------------------------------

static void early_put_hex(const char *name, u32 value)
{
	char digits[9];

	for (int i = 0; i < 8; i++)
		digits[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 0xf];
	digits[8] = '\0';
	early_puts(name);
	early_puts(digits);
}

static void early_put_decimal(unsigned int n)
{
	char digits[3] = { '0' + n / 10, '0' + n % 10, '\0' };

	early_puts(n < 10 ? digits + 1 : digits);
}

// The numbers in head.S: the order of the vectors.
enum {
	KIND_RESET,
	KIND_UNDEFINED,
	KIND_SVC,
	KIND_PREFETCH,
	KIND_DATA,
	KIND_HYP,
	KIND_IRQ,
	KIND_FIQ
};

static void put_kind(unsigned int kind, u32 dfsr, u32 ifsr)
{
	if (kind == KIND_UNDEFINED)
		early_puts("undefined instruction");
	else if (kind == KIND_SVC)
		early_puts("supervisor call");
	else if (kind == KIND_PREFETCH)
		early_puts("prefetch abort, ");
	else if (kind == KIND_DATA)
		early_puts(dfsr & DFSR_WNR ? "data abort on a write, " : "data abort on a read, ");
	else if (kind == KIND_IRQ || kind == KIND_FIQ)
		early_puts("unexpected interrupt");
	else
		early_puts("jump to the reset vector");
	if (kind == KIND_DATA || kind == KIND_PREFETCH)
		early_puts(fsr_why(kind == KIND_DATA ? dfsr : ifsr));
}

static void put_regs(const struct pt_regs *regs)
{
	early_put_hex(" lr=", regs->lr);
	early_put_hex(" sp=", regs->sp);
	early_put_hex(" cpsr=", regs->cpsr);
	for (unsigned int i = 0; i < ARRAY_SIZE(regs->r); i++) {
		early_puts(" r");
		early_put_decimal(i);
		early_put_hex("=", regs->r[i]);
	}
}

void early_exception(struct pt_regs *regs, unsigned int kind)
{
	const u32 dfsr = cp15_read(DFSR), dfar = cp15_read(DFAR);
	const u32 ifsr = cp15_read(IFSR), ifar = cp15_read(IFAR);
	// The MMU is off, so these are physical addresses.
	const u32 start = (u32)_start, offset = start - TEXT_OFFSET;
	const bool at_physical = regs->pc >= start && regs->pc < (u32)_end;

	if (!untold) // the report itself has failed
		early_stop();
	untold = false;
	early_puts("\nearly exception: ");
	put_kind(kind, dfsr, ifsr);
	early_put_hex(": pc=", regs->pc);
	early_put_hex(" (linked at ", at_physical ? regs->pc - offset + PAGE_OFFSET : regs->pc);
	early_puts(")");
	put_regs(regs);
	early_put_hex(" DFSR=", dfsr);
	early_put_hex(" DFAR=", dfar);
	early_put_hex(" IFSR=", ifsr);
	early_put_hex(" IFAR=", ifar);
	early_puts("\n");
	early_stop();
}
