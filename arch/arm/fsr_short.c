// SPDX-License-Identifier: MIT
// The fault status codes of the short-descriptor format (ARM ARM DDI 0406C, table B3-23).

#include <asm/fault.h>

const struct fsr_words fsr_words[] = {
	{ FSR_TRANSLATION(1), "translation fault, level 1" },
	{ FSR_TRANSLATION(2), "translation fault, level 2" },
	{ FSR_ACCESS_FLAG(1), "access flag fault, level 1" },
	{ FSR_ACCESS_FLAG(2), "access flag fault, level 2" },
	{ FSR_PERMISSION(1), "permission fault, level 1" },
	{ FSR_PERMISSION(2), "permission fault, level 2" },
	{ 0x009, "domain fault, level 1" },
	{ 0x00b, "domain fault, level 2" },
	{ FSR_EXTERNAL, "synchronous external abort" },
	{ FSR_EXTERNAL_ASYNC, "asynchronous external abort" },
	{ 0x00c, "external abort on a table walk, level 1" },
	{ 0x00e, "external abort on a table walk, level 2" },
	{ FSR_PARITY, "synchronous parity error" },
	{ FSR_PARITY_ASYNC, "asynchronous parity error" },
	{ 0x40c, "parity error on a table walk, level 1" },
	{ 0x40e, "parity error on a table walk, level 2" },
	{ FSR_ALIGNMENT, "alignment fault" },
	{ FSR_DEBUG, "debug event" },
	{ 0x004, "fault of an instruction cache maintenance" },
	{ 0x400, "TLB conflict abort" },
	{ 0, "" },
};
