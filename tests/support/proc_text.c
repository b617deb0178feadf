// SPDX-License-Identifier: MIT
// See proc_text.h.

#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/procinfo.h>

#include "proc_text.h"

char file_text[FILE_TEXT];
static size_t file_size;

static void append_file_line(const char *text, void *arg)
{
	file_size += scnprintf(file_text + file_size, sizeof(file_text) - file_size, "%s\n", text);
}

const char *read_file(void (*show)(void (*line)(const char *, void *), void *))
{
	file_size = 0;
	file_text[0] = '\0';
	show(append_file_line, NULL);
	return file_text;
}

const char *next_line(const char *s)
{
	s = strchr(s, '\n');
	return s && s[1] ? s + 1 : NULL;
}

const char *skip_blanks(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

long scan(const char **s)
{
	long n = -1;

	*s = skip_blanks(*s);
	for (; **s >= '0' && **s <= '9'; ++*s)
		n = (n < 0 ? 0 : n) * 10 + **s - '0';
	return n;
}

long number(const char *from, const char *label)
{
	const char *s = from ? strstr(from, label) : NULL;

	EXPECT_NE(s, NULL);
	if (!s)
		return -1;
	s += strlen(label);
	return scan(&s);
}

long meminfo(const char *label)
{
	return number(read_file(meminfo_show), label);
}
