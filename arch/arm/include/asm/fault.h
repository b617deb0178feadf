// SPDX-License-Identifier: MIT
// Fault status registers in words, shared by the traps, the early exceptions and the tests.
#pragma once

#include <lib/types.h>

// DFSR and IFSR with the long-descriptor format (ARM ARM DDI 0406C, B3.13.4).
#define FSR_STATUS             0x3f
#define DFSR_WNR               (1 << 11) // a write
#define FSR_TRANSLATION(level) (0x04 + (level))
#define FSR_ACCESS_FLAG(level) (0x08 + (level))
#define FSR_PERMISSION(level)  (0x0c + (level))
#define FSR_EXTERNAL           0x10
#define FSR_EXTERNAL_ASYNC     0x11
#define FSR_PARITY             0x18
#define FSR_PARITY_ASYNC       0x19
#define FSR_ALIGNMENT          0x21
#define FSR_DEBUG              0x22

// The status in the manual's words: "translation fault, level 2". Never NULL. At any address.
const char *fsr_why(u32 fsr);

// What kind of fault that is for a reader: "page fault", "alignment fault", "external abort".
const char *fsr_what(u32 fsr);

// Calls addr, which must hold a function without arguments or fault at once.
// Returns 0, or -EFAULT when its first instruction cannot be fetched.
int exec_nofault(unsigned long addr);
