// SPDX-License-Identifier: MIT
// Between the files of the page allocator.
#pragma once

#include <mm/gfp.h>

// The owner's flags: he unlocks the page himself, the others end with his ownership.
#define OWNER_FLAGS (PG_locked | PG_referenced | PG_uptodate | PG_dirty)

// What a page that comes back must not be, to be freed without a second look.
#define FREE_FLAGS_ODD (PG_reserved | PG_buddy | PG_slab | PG_head | PG_tail | OWNER_FLAGS)

// How many pages must stay free in this zone for this request.
unsigned long zone_watermark(const struct zone *zone, gfp_t gfp);
