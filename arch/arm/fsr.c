// SPDX-License-Identifier: MIT
// Fault status registers in words; the page-table format has the table (fsr_lpae.c, fsr_short.c).
//
// Rules: also runs before there is a page table.

#include <arch/pt.h>
#include <asm/fault.h>

const char *fsr_why(u32 fsr)
{
	for (const struct fsr_words *w = fsr_words; w->why[0]; w++)
		if (w->status == (fsr & FSR_STATUS))
			return w->why;
	return "a status that the manual does not define";
}

static bool is_page_fault(u32 status)
{
	for (int level = 1; level <= PT_LEVELS; level++)
		if (status == FSR_TRANSLATION(level) || status == FSR_ACCESS_FLAG(level) ||
		    status == FSR_PERMISSION(level))
			return true;
	return false;
}

const char *fsr_what(u32 fsr)
{
	const u32 status = fsr & FSR_STATUS;

	if (is_page_fault(status))
		return "page fault";
	if (status == FSR_ALIGNMENT)
		return "alignment fault";
	if (status == FSR_DEBUG)
		return "breakpoint";
	return fsr_why(fsr);
}
