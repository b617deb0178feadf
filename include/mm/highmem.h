// SPDX-License-Identifier: MIT
// Reaching a page that may have no address of its own.
#pragma once

#include <mm/page.h>

// Zeroes a page of any zone. Any context.
void clear_highpage(struct page *page);
