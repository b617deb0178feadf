// SPDX-License-Identifier: MIT
// A thread that does not run: what it needs is on its stack. That is not the one the kernel gave it,
// which lies in RAM: the system itself writes to our stack, at signals and in system calls, and does
// not know how to fill our TLB.
#pragma once

#include <lib/types.h>

struct context_frame {
	u32 edi, esi, ebx, ebp, eip;
};

struct thread_context {
	struct context_frame *sp;
	u8 *stack; // lowest address; NULL: the one that the program started on
	void (*entry)(void);
};
