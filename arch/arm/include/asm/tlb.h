// SPDX-License-Identifier: MIT
// The flush of one page, inline: kunmap_local() is little else.
#pragma once

#include <asm/cp15.h>

static inline void tlb_flush_page(unsigned long va)
{
	dsb();
	cp15_write(TLBIMVAAIS, va);
	dsb();
	isb();
}
