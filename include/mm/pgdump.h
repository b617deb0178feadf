// SPDX-License-Identifier: MIT
// Page tables made readable: one walk level by level, or all mappings of a root.
#pragma once

#include <arch/pt.h>

// One line per level of the walk to va: entry, and what it says. Any context.
void pt_show_walk(const pte_t *root, unsigned long va, void (*line)(const char *text, void *arg),
		  void *arg);

// One line per run of equal mappings: range, size, page size, rights, physical address, area; then
// how many tables and leaves each level has.
void pt_show_runs(const pte_t *root, void (*line)(const char *text, void *arg), void *arg);
