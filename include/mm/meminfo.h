// SPDX-License-Identifier: MIT
// How much memory the kernel itself takes. Any context.
#pragma once

// Bytes of the threads' kernel stacks.
unsigned long kernel_stack_bytes(void);
