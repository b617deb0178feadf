// SPDX-License-Identifier: MIT
// The threads of a test, and who of them was where when.

#include <kernel/ktest.h>
#include <lib/string.h>

#include "trail.h"

char trail[64];

static struct thread *start_any(int (*fn)(void *arg), void *arg, int priority, const char *name)
{
	struct thread *t = thread_create(fn, arg, priority, name);

	EXPECT_FALSE(IS_ERR(t));
	return t;
}

struct thread *start(int (*fn)(void *arg), void *arg)
{
	return start_any(fn, arg, THREAD_PRIORITY, "ktest");
}

struct thread *start_letter(int (*fn)(void *arg), const char *letter, int priority)
{
	return start_any(fn, (void *)letter, priority, letter);
}

void join(struct thread *t)
{
	EXPECT_EQ(thread_join(t, NULL), 0);
}

void trail_begin(void)
{
	memset(trail, 0, sizeof(trail));
}

void trail_mark(char letter)
{
	const size_t n = strlen(trail);

	EXPECT_LT(n, sizeof(trail) - 1);
	if (n < sizeof(trail) - 1)
		trail[n] = letter;
}
