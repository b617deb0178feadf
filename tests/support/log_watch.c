// SPDX-License-Identifier: MIT
// A place in the log, and the lines behind it.

#include <kernel/printk.h>
#include <lib/string.h>

#include "log_watch.h"

static struct {
	u32 since;    // place in the log
	int loglevel; // of the console, before
} watch;

struct search {
	const char *text;
	int found;
};

void log_watch_begin(void)
{
	watch.loglevel = console_loglevel;
	console_loglevel = 0;
	watch.since = log_position();
}

void log_watch_end(void)
{
	console_loglevel = watch.loglevel;
}

static void watch_log_line(const char *line, void *arg)
{
	struct search *s = arg;

	s->found += strstr(line, s->text) != NULL;
}

int log_seen(const char *text)
{
	struct search s = { .text = text };

	dmesg(watch.since, watch_log_line, &s);
	return s.found;
}
