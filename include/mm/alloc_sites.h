// SPDX-License-Identifier: MIT
// Counts requests and failures for each call site that allocates. Debug builds only; calls from tests
// are not counted. It shows whether each allocation has failed at least once in the tests.
#pragma once

#include <lib/types.h>

// The allocators call this; site: the caller's return address. Any context.
void alloc_site_note(unsigned long site, bool failed);

// Prints a line for each site. Release builds print that they keep none.
void alloc_sites_show(void (*line)(const char *text, void *arg), void *arg);
