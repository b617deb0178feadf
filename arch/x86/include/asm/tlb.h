// SPDX-License-Identifier: MIT
// The flush of one page, inline: kunmap_local() is little else.
#pragma once

static inline void tlb_flush_page(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}
