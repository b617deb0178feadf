// SPDX-License-Identifier: MIT
// The figures that the test runner compares before and after each test: free pages, slab objects,
// mappings.
#pragma once

#include <kernel/ktest.h>

extern const struct ktest_balance memory_balance;
