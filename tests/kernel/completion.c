// SPDX-License-Identifier: MIT
// Completions: who waits goes on when it is done, and who comes later need not wait.

#include <kernel/completion.h>
#include <kernel/ktest.h>

#include "trail.h"

SUITE("completion");

static DECLARE_COMPLETION(done);

static int wait_done(void *arg)
{
	wait_for_completion(&done);
	trail_mark(*(const char *)arg);
	return 0;
}

// Two that wait, a before b.
static void start_two(struct thread *t[2])
{
	trail_begin();
	init_completion(&done);
	t[0] = start_letter(wait_done, "a", THREAD_PRIORITY);
	t[1] = start_letter(wait_done, "b", THREAD_PRIORITY);
	yield();
}

static void join_two(struct thread *t[2])
{
	join(t[0]);
	join(t[1]);
	EXPECT_STREQ(trail, "ab");
}

TEST("complete lets one waiter go on, the first to come, or the next that comes")
{
	struct thread *t[2];

	start_two(t);
	complete(&done);
	yield();
	EXPECT_STREQ(trail, "a");
	complete(&done);
	join_two(t);
	EXPECT_FALSE(try_wait_for_completion(&done));
	complete(&done);
	complete(&done);
	EXPECT_TRUE(try_wait_for_completion(&done));
	wait_for_completion(&done);
	EXPECT_EQ(wait_for_completion_timeout(&done, 2), 0);
}

TEST("complete_all lets everybody go on, for good")
{
	struct thread *t[2];

	start_two(t);
	complete_all(&done);
	join_two(t);
	wait_for_completion(&done);
	EXPECT_EQ(wait_for_completion_timeout(&done, 5), 5);
	EXPECT_TRUE(try_wait_for_completion(&done));
}
