// SPDX-License-Identifier: MIT
// Fault status registers in words (ARM ARM DDI 0406C, table B3-24).
//
// Rules: used before there is a page table as well, so the words stand in the table themselves: no
// pointers to them.

#include <asm/fault.h>
#include <lib/util.h>

static const struct {
	u8 status;
	char why[47];
} fsr_words[] = {
	{ FSR_TRANSLATION(1), "translation fault, level 1" },
	{ FSR_TRANSLATION(2), "translation fault, level 2" },
	{ FSR_TRANSLATION(3), "translation fault, level 3" },
	{ FSR_ACCESS_FLAG(1), "access flag fault, level 1" },
	{ FSR_ACCESS_FLAG(2), "access flag fault, level 2" },
	{ FSR_ACCESS_FLAG(3), "access flag fault, level 3" },
	{ FSR_PERMISSION(1), "permission fault, level 1" },
	{ FSR_PERMISSION(2), "permission fault, level 2" },
	{ FSR_PERMISSION(3), "permission fault, level 3" },
	{ FSR_EXTERNAL, "synchronous external abort" },
	{ FSR_EXTERNAL_ASYNC, "asynchronous external abort" },
	{ 0x15, "external abort on a table walk, level 1" },
	{ 0x16, "external abort on a table walk, level 2" },
	{ 0x17, "external abort on a table walk, level 3" },
	{ FSR_PARITY, "synchronous parity error" },
	{ FSR_PARITY_ASYNC, "asynchronous parity error" },
	{ 0x1d, "parity error on a table walk, level 1" },
	{ 0x1e, "parity error on a table walk, level 2" },
	{ 0x1f, "parity error on a table walk, level 3" },
	{ FSR_ALIGNMENT, "alignment fault" },
	{ FSR_DEBUG, "debug event" },
	{ 0x30, "TLB conflict abort" },
};

const char *fsr_why(u32 fsr)
{
	for (size_t i = 0; i < ARRAY_SIZE(fsr_words); i++)
		if (fsr_words[i].status == (fsr & FSR_STATUS))
			return fsr_words[i].why;
	return "a status that the manual does not define";
}

const char *fsr_what(u32 fsr)
{
	const u32 status = fsr & FSR_STATUS;

	if (status >= FSR_TRANSLATION(0) && status <= FSR_PERMISSION(3))
		return "page fault";
	if (status == FSR_ALIGNMENT)
		return "alignment fault";
	if (status == FSR_DEBUG)
		return "breakpoint";
	return "external abort";
}
