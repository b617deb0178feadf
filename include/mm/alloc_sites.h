// SPDX-License-Identifier: MIT
// Where the kernel allocates: each call site, how often it asked, how often it got nothing. Debug
// builds only; tests count apart. It shows that every way to run out of memory was gone once.
#pragma once

#include <lib/types.h>

// Called by the allocators with who asked. Any context.
void alloc_site_note(unsigned long site, bool failed);

// A line for each site; release builds say that they keep none.
void alloc_sites_show(void (*line)(const char *text, void *arg), void *arg);
