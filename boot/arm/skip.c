// SPDX-License-Identifier: MIT
// Temporary vectors that skip an instruction that traps.
//
// Rules: works at either address (compiled -fpie with hidden visibility), with any previous vectors.

#include <arch/cpu.h>
#include <boot/arm/skip.h>
#include <asm/cp15.h>

struct skip_state skip_begin(void)
{
	const struct skip_state before = { local_irq_save(), cp15_read(VBAR), cp15_read(SCTLR) };

	cp15_write(VBAR, skip_vectors);
	cp15_write(SCTLR, before.control & ~SCTLR_V);
	isb();
	return before;
}

void skip_end(struct skip_state before)
{
	cp15_write(SCTLR, before.control);
	cp15_write(VBAR, before.vectors);
	isb();
	local_irq_restore(before.flags);
}
