// SPDX-License-Identifier: MIT
// For tests of what the kernel tells: a file of /proc as text, and the numbers in it.
#pragma once

#include <arch/layout.h>

#define FILE_TEXT (16 << 10)
extern char file_text[FILE_TEXT];

// Reads a whole file into file_text, and returns that.
const char *read_file(void (*show)(void (*line)(const char *, void *), void *));

// NULL: there is none.
const char *next_line(const char *s);
const char *skip_blanks(const char *s);

// The number at *s, behind blanks; moves *s behind it. -1: there is none.
long scan(const char **s);

// The number behind the first `label` at or behind `from`; -1 and a failure: there is none.
long number(const char *from, const char *label);
// Of /proc/meminfo.
long meminfo(const char *label);

static inline unsigned long kb(unsigned long pages)
{
	return pages << (PAGE_SHIFT - 10);
}
