// SPDX-License-Identifier: MIT
// For tests of wrong frees of pages: what was reported, and who does it.
#pragma once

#include <mm/gfp.h>

// From begin to end nothing of memory changes, and the console is quiet.
void page_mistakes_begin(void);
void page_mistakes_end(void);

// Mistakes since the begin; and that there were n, all of them in these words.
unsigned long page_mistakes_made(void);
void expect_page_mistakes(unsigned int n, const char *words);

// Who takes and frees, by name: these stand in the reports.
struct page *page_taker(gfp_t gfp, unsigned int order);
void first_freer(struct page *page, unsigned int order);
void second_freer(struct page *page, unsigned int order);
