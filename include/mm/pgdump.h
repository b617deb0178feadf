// SPDX-License-Identifier: MIT
// Page tables made readable: one walk level by level, or all mappings of a root.
#pragma once

#include <arch/pt.h>

struct pt_step;

// One line per level of the walk to va: entry, and what it says. Any context.
void pt_show_walk(const pte_t *root, unsigned long va, void (*line)(const char *text, void *arg),
		  void *arg);

// One entry in words: its place, its value, and what it maps; of one that is not present, what it would map
// but for that bit. Any context.
void pt_show_entry(const struct pt_step *step, char *buf, size_t size);

// One line per run of equal mappings: range, size, page size, rights, physical address, area; then
// how many tables and leaves each level has.
void pt_show_runs(const pte_t *root, void (*line)(const char *text, void *arg), void *arg);
