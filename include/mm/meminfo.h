// SPDX-License-Identifier: MIT
// Physical memory in words.
#pragma once

#include <lib/types.h>

// RAM and reservations, a line each, in the manner of /proc/iomem.
void meminfo_ranges(void (*line)(const char *text, void *arg), void *arg);

// The zones' borders, as Linux's boot log has them, with the pages each spans.
void meminfo_zones(void (*line)(const char *text, void *arg), void *arg);
