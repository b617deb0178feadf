// SPDX-License-Identifier: MIT
// The context of a thread that does not run: context_switch() has pushed these registers on its stack.
#pragma once

#include <lib/types.h>

struct context_frame {
	u32 edi, esi, ebx, ebp, eip;
};

struct thread_context {
	struct context_frame *sp;
};
