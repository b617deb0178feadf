// SPDX-License-Identifier: MIT
// PAE: the kernel's root, and enabling the format. Also runs with the MMU off.
//
// Owns: kernel_root, the page-directory-pointer table that CR3 points to.
// Linux: arch/x86/include/asm/pgtable-3level.h.

#include <arch/cpu.h>
#include <arch/pt.h>
#include <asm/cpuid.h>

// CR3 holds bits 31:5 of the table's address.
#define PDPT_ENTRIES 4
pte_t kernel_root[PDPT_ENTRIES] __aligned(sizeof(pte_t) * PDPT_ENTRIES);

// Initialised with true, so it is in .data: clearing .bss must not undo what boot has found out.
bool pt_has_noexec = true;

const char *pt_enable_format(void)
{
	if (!cpu_has(X86_FEATURE_PAE))
		return "PAE";
	if (!cpu_has(X86_FEATURE_CX8))
		return "CMPXCHG8B";
	pt_has_noexec = cpu_has(X86_FEATURE_NX);
	if (pt_has_noexec)
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NX);
	write_cr4(X86_CR4_PAE); // clears everything else that the loader may have set
	return NULL;
}
