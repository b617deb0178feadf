// SPDX-License-Identifier: MIT
// Flushing one page. Inline, because it is most of the work of kunmap_local().
#pragma once

#include <asm/cp15.h>

static inline void tlb_flush_page(unsigned long va)
{
	dsb();
	cp15_write(TLBIMVAAIS, va);
	dsb();
	isb();
}
