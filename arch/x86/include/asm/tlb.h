// SPDX-License-Identifier: MIT
// Flushing one page. Inline, because it is most of the work of kunmap_local().
#pragma once

// In a large page, rely only on these 4 KB: the manual flushes all of the large page (SDM vol 3A,
// 4.10.4.1), but some emulators flush only 4 KB.
static inline void tlb_flush_page(unsigned long va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}
