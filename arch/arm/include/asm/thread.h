// SPDX-License-Identifier: MIT
// The context of a thread that does not run: context_switch() has pushed r4-r11 and lr on its stack.
#pragma once

#include <lib/types.h>

struct context_frame {
	u32 r4_r11[8], lr;
};

struct thread_context {
	struct context_frame *sp;
};
