// SPDX-License-Identifier: MIT
// Two-level page tables: the kernel's root, and enabling the format. Also runs with the MMU off.
//
// Owns: kernel_root, the page directory that CR3 points to. Its upper quarter is the kernel's.
// Linux: arch/x86/include/asm/pgtable-2level.h.

#include <arch/cpu.h>
#include <arch/pt.h>
#include <asm/cpuid.h>

#define PD_ENTRIES 1024
pte_t kernel_root[PD_ENTRIES] __aligned(PAGE_SIZE);

// Independent of the CPU: an entry of this format has no NX bit.
bool pt_has_noexec = false;

const char *pt_enable_format(void)
{
	if (!cpu_has(X86_FEATURE_PSE))
		return "PSE";
	// Clear what the loader may have set: with CR4.PAE the CPU would use the other format.
	write_cr4(X86_CR4_PSE);
	return NULL;
}
