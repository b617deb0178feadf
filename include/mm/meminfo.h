// SPDX-License-Identifier: MIT
// How much memory the kernel itself takes. Any context.
#pragma once

#include <arch/pt.h>

// Bytes of the page tables that this root leads to, its own table included.
unsigned long page_table_bytes(const pte_t *root);

// Bytes of the threads' kernel stacks.
unsigned long kernel_stack_bytes(void);
