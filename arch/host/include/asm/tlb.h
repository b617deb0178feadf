// SPDX-License-Identifier: MIT
// The flush of one page of the TLB in arch/host/mmu.c.
#pragma once

void tlb_flush_page(unsigned long va);
