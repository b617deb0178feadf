// SPDX-License-Identifier: MIT
// The boot log's lines about memory, in Linux's format.
#pragma once

#include <lib/types.h>

// Prints "Zone ranges:" and the addresses of each zone. Needs memblock only.
void bootlog_zones(void (*line)(const char *text, void *arg), void *arg);

// Prints "Memory: 1015808K/1048576K available (...)" and the size of mem_map. Needs the zones.
void bootlog_memory(void (*line)(const char *text, void *arg), void *arg);
