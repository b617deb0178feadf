// SPDX-License-Identifier: MIT
// Two-level page tables: geometry, the kernel's root, and what the CPU needs for it. Runs with the MMU
// off too.
//
// Owns: kernel_root, the page directory that CR3 points to. Its upper quarter is the kernel's.
// Linux: arch/x86/include/asm/pgtable-2level.h.

#include <arch/cpu.h>
#include <arch/pt.h>
#include <asm/cpuid.h>

#define PD_ENTRIES 1024
pte_t kernel_root[PD_ENTRIES] __aligned(PAGE_SIZE);

// Whatever the CPU can: an entry has no bit for it.
bool pt_has_noexec = false;

const char *pt_enable_format(void)
{
	if (!cpu_has(X86_FEATURE_PSE))
		return "PSE";
	// Nothing that the loader has left there: PAE would choose the other format.
	write_cr4(X86_CR4_PSE);
	return NULL;
}
