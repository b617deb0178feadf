// SPDX-License-Identifier: MIT
// A mark in the log, and the lines behind it.

#include <kernel/printk.h>
#include <lib/string.h>

#include "log_watch.h"

static struct {
	unsigned int number; // of the last mark
	int loglevel;        // of the console, before
} watch;

struct search {
	char mark[32];
	const char *text;
	int found;
};

void log_watch_begin(void)
{
	watch.loglevel = console_loglevel;
	console_loglevel = 0;
	pr_debug("log watch: mark %u.\n", ++watch.number);
}

void log_watch_end(void)
{
	console_loglevel = watch.loglevel;
}

static void look(const char *line, void *arg)
{
	struct search *s = arg;

	if (strstr(line, s->mark))
		s->found = 0;
	else if (strstr(line, s->text))
		s->found++;
}

int log_seen(const char *text)
{
	struct search s = { .text = text };

	snprintf(s.mark, sizeof(s.mark), "log watch: mark %u.", watch.number);
	dmesg(look, &s);
	return s.found;
}
