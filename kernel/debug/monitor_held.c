// SPDX-License-Identifier: MIT
// What the monitor's commands have allocated and not yet freed: held, not leaked.
//
// Owns: the table. It is static, so that the list itself does not change the memory that the student
// watches.

#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/pgtable.h>

#include "monitor.h"

#define HELD_MAX 64 // tunable

static struct held table[HELD_MAX];
static unsigned long last;

static const struct {
	const char *giver, *taker;
} kinds[HELD_KINDS] = {
	[HELD_PAGES] = { "alloc", "free" },
	[HELD_OBJECT] = { "kmalloc or cache", "kfree" },
	[HELD_CACHE] = { "cache NAME SIZE", "uncache" },
	[HELD_AREA] = { "vmalloc", "vfree" },
	[HELD_KMAP] = { "kmap", "kunmap" },
	[HELD_IOREMAP] = { "ioremap", "iounmap" },
	[HELD_MAPPING] = { "map", "unmap" },
};

struct held *held_new(const char *command)
{
	for (struct held *h = table; h < table + HELD_MAX; h++) {
		if (h->kind != HELD_NOTHING)
			continue;
		memset(h, 0, sizeof(*h));
		return h;
	}
	say("%s: %d things are held, and there is no room for more: give something back", command,
	    HELD_MAX);
	return NULL;
}

void held_added(struct held *h, enum held_kind kind)
{
	h->kind = kind;
	h->when = ++last;
	say("#%u: %s", held_number(h), h->text);
}

unsigned int held_number(const struct held *h)
{
	return h - table + 1;
}

struct held *held_next(const struct held *h, enum held_kind kind)
{
	for (struct held *next = h ? (struct held *)h + 1 : table; next < table + HELD_MAX; next++)
		if (next->kind == kind)
			return next;
	return NULL;
}

static struct held *last_one(const char *command, enum held_kind kind)
{
	struct held *found = NULL;

	for (struct held *h = held_next(NULL, kind); h; h = held_next(h, kind))
		if (!found || h->when > found->when)
			found = h;
	if (!found)
		say("%s: nothing from %s is held", command, kinds[kind].giver);
	return found;
}

static struct held *by_number(const char *command, enum held_kind kind, unsigned long number)
{
	struct held *h = &table[number - 1];

	if (h->kind == kind)
		return h;
	if (h->kind == HELD_NOTHING)
		say("%s: #%lu is not held (held lists what is)", command, number);
	else
		say("%s: #%lu came from %s; %s gives it back", command, number,
		    kinds[h->kind].giver, kinds[h->kind].taker);
	return NULL;
}

static struct held *by_address(const char *command, enum held_kind kind, unsigned long va)
{
	for (struct held *h = held_next(NULL, kind); h; h = held_next(h, kind))
		if (h->va == va)
			return h;
	say("%s: nothing from %s is held at %08lx (held lists what is)", command, kinds[kind].giver,
	    va);
	return NULL;
}

struct held *held_find(const char *command, enum held_kind kind, const char *word)
{
	unsigned long va;
	u64 number;

	if (!*word)
		return last_one(command, kind);
	if (parse_u64(word + (*word == '#'), 10, &number) == 0 && number >= 1 && number <= HELD_MAX)
		return by_number(command, kind, (unsigned long)number);
	if (!read_number(command, word, "a number of held things, or an address", &va))
		return NULL;
	return by_address(command, kind, va);
}

void held_drop(struct held *h)
{
	h->kind = HELD_NOTHING;
}

unsigned int held_count(void)
{
	unsigned int n = 0;

	for (const struct held *h = table; h < table + HELD_MAX; h++)
		n += h->kind != HELD_NOTHING;
	return n;
}

void cmd_held(char *args)
{
	for (const struct held *h = table; h < table + HELD_MAX; h++)
		if (h->kind != HELD_NOTHING)
			say("#%-3u %s", held_number(h), h->text);
	say("%u things are held; they do not count as leaked", held_count());
}

void say_entry(const char *when, unsigned long va)
{
	struct pt_step steps[PT_LEVELS];
	const struct pt_step *last_step = &steps[pt_walk(kernel_root, va, steps) - 1];
	char text[128];

	pt_show_entry(last_step, text, sizeof(text));
	say("  %s: %s", when, text);
}
