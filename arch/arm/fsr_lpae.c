// SPDX-License-Identifier: MIT
// The fault status codes of the long-descriptor format (ARM ARM DDI 0406C, table B3-24).

#include <asm/fault.h>

const struct fsr_words fsr_words[] = {
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
	{ 0, "" },
};
