// SPDX-License-Identifier: MIT
// The flush of one page, inline: kunmap_local() is little else.
#pragma once

// Of a large page, too, only this page may be relied on: the manual drops all of it (SDM vol 3A,
// 4.10.4.1), some emulators just these 4 KB.
static inline void tlb_flush_page(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}
