// SPDX-License-Identifier: MIT
// Memory in the boot log, in Linux's words.
#pragma once

#include <lib/types.h>

// "Zone ranges:", with the pages each zone spans. Works from memblock on.
void bootlog_zones(void (*line)(const char *text, void *arg), void *arg);

// "Memory: 1015808K/1048576K available (...)", and what struct page costs. Needs zones.
void bootlog_memory(void (*line)(const char *text, void *arg), void *arg);
