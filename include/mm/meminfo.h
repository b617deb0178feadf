// SPDX-License-Identifier: MIT
// How much memory the kernel itself uses. Any context.
#pragma once

// Bytes of the threads' kernel stacks.
unsigned long kernel_stack_bytes(void);
