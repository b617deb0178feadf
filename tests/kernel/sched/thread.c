// SPDX-License-Identifier: MIT
// Threads are made, end, and are joined; nothing of them stays.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <kernel/sched.h>
#include <kernel/symbols.h>
#include <kernel/wait.h>
#include <lib/string.h>
#include <mm/fault_inject.h>

#include "log_watch.h"
#include "trail.h"

SUITE("thread");

static int return_arg(void *arg)
{
	return (int)(long)arg;
}

static int exit_with_arg(void *arg)
{
	thread_exit((int)(long)arg);
}

// What joining gives; an error is negative, so are no codes here.
static int code_of(struct thread *t)
{
	int code = -1, err = thread_join(t, &code);

	return err ? err : code;
}

TEST("a thread's result is what its function returns, or gives to thread_exit")
{
	EXPECT_EQ(code_of(start(return_arg, (void *)0)), 0);
	EXPECT_EQ(code_of(start(return_arg, (void *)896)), 896);
	EXPECT_EQ(code_of(start(exit_with_arg, (void *)0x7fffffff)), 0x7fffffff);
	EXPECT_EQ(thread_join(start(return_arg, NULL), NULL), 0);
}

TEST("a thread that has ended waits for its join; one that runs is waited for")
{
	struct thread *t = start(return_arg, (void *)1);

	EXPECT_EQ(t->state, TASK_RUNNING); // it has not begun: nobody is preempted
	yield();
	EXPECT_EQ(t->state, TASK_DEAD);
	EXPECT_EQ(code_of(t), 1);
	EXPECT_EQ(code_of(start(return_arg, (void *)2)), 2);
}

static DECLARE_WAIT_QUEUE_HEAD(wait);
static bool go;

static int sleep_until_go(void *arg)
{
	wait_event(wait, go);
	return 0;
}

static int join_arg(void *arg)
{
	return code_of(arg);
}

TEST("joining what cannot be joined is an error: itself, twice, by two, nobody, the first thread")
{
	struct thread *t = start(return_arg, NULL), *second;

	EXPECT_EQ(thread_join(t, NULL), 0);
	EXPECT_EQ(thread_join(t, NULL), -ESRCH);
	EXPECT_EQ(thread_join(current, NULL), -EDEADLK);
	EXPECT_EQ(thread_join(NULL, NULL), -ESRCH);
	EXPECT_EQ(thread_join((struct thread *)4, NULL), -ESRCH);
	EXPECT_EQ(code_of(start(join_arg, current)), -EINVAL); // this is the first thread
	go = false;
	t = start(sleep_until_go, NULL);
	second = start(join_arg, t);
	yield();
	EXPECT_EQ(thread_join(t, NULL), -EINVAL); // the second one does already
	go = true;
	wake_up(&wait);
	EXPECT_EQ(code_of(second), 0);
}

TEST("thread_create refuses priorities that are none, and a thread without function or name")
{
	static const int priorities[] = { -1, THREAD_PRIORITIES, 0x7fffffff, -0x7fffffff - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(priorities); i++)
		EXPECT_EQ(PTR_ERR(thread_create(return_arg, NULL, priorities[i], "ktest")),
			  -EINVAL);
	EXPECT_EQ(PTR_ERR(thread_create(NULL, NULL, THREAD_PRIORITY, "ktest")), -EINVAL);
	EXPECT_EQ(PTR_ERR(thread_create(return_arg, NULL, THREAD_PRIORITY, NULL)), -EINVAL);
}

TEST("priorities 0 and 31 are good; a long name is cut to 15 letters")
{
	struct thread *t = thread_create(return_arg, NULL, 0, "a name of many letters");

	ASSERT_TRUE(!IS_ERR(t));
	EXPECT_STREQ(t->info.comm, "a name of many ");
	EXPECT_EQ(code_of(t), 0);
	t = thread_create(return_arg, NULL, THREAD_PRIORITY_MAX, "");
	ASSERT_TRUE(!IS_ERR(t));
	EXPECT_EQ(code_of(t), 0);
}

TEST("every thread has a number of its own; the first is 1")
{
	struct thread *a = start(return_arg, NULL), *b = start(return_arg, NULL);

	EXPECT_EQ(current->info.pid, 1);
	EXPECT_GT(a->info.pid, 1);
	EXPECT_GT(b->info.pid, a->info.pid);
	EXPECT_EQ(code_of(a) + code_of(b), 0);
}

#define MANY 1000
static struct thread *many[MANY];

TEST("1,000 threads at once are created and joined, and nothing of them stays")
{
	const unsigned long before = nr_threads;

	for (int i = 0; i < MANY; i++)
		many[i] = start(return_arg, (void *)(long)i);
	EXPECT_EQ(nr_threads, before + MANY);
	for (int i = MANY; i-- > 0;)
		EXPECT_EQ(code_of(many[i]), i);
	EXPECT_EQ(nr_threads, before);
}

TEST("numbers begin again at 300, and skip those that are taken")
{
	struct thread *last, *first, *next;

	thread_set_last_pid(32766);
	last = start(return_arg, NULL);
	EXPECT_EQ(last->info.pid, 32767);
	first = start(return_arg, NULL);
	EXPECT_EQ(first->info.pid, 300);
	thread_set_last_pid(32766);
	next = start(return_arg, NULL);
	EXPECT_EQ(next->info.pid, 301);
	join(last);
	join(first);
	join(next);
}

TEST("without memory thread_create fails with -ENOMEM, at each of its allocations, and keeps "
     "nothing")
{
	unsigned int n = 0;
	bool failed;

	do {
		struct thread *t;

		log_watch_begin();
		fail_nth(++n);
		t = thread_create(return_arg, NULL, THREAD_PRIORITY, "ktest");
		failed = fail_nth_done();
		fail_nth(0);
		log_watch_end();
		if (failed)
			EXPECT_EQ(PTR_ERR(t), -ENOMEM);
		else
			EXPECT_EQ(thread_join(t, NULL), 0);
	} while (failed && n < 50);
	EXPECT_GE(n, 5); // the thread, the area, two pages; then it succeeds
	EXPECT_LT(n, 50);
}

TEST("S361 S363 S373 a stack has 8 KB between two pages that are not there")
{
	struct thread *t = start(return_arg, NULL);
	const unsigned long stack = t->info.stack;
	u32 word;

	EXPECT_EQ(THREAD_SIZE, 8192);
	EXPECT_EQ(stack % PAGE_SIZE, 0);
	EXPECT_EQ(read_nofault(stack, &word), 0);
	EXPECT_EQ(read_nofault(stack + THREAD_SIZE - 4, &word), 0);
	EXPECT_EQ(read_nofault(stack - 4, &word), -EFAULT);
	EXPECT_EQ(read_nofault(stack - PAGE_SIZE, &word), -EFAULT);
	EXPECT_EQ(read_nofault(stack + THREAD_SIZE, &word), -EFAULT);
	EXPECT_TRUE(in_stack_guard(&t->info, stack - 1));
	EXPECT_TRUE(in_stack_guard(&t->info, stack - PAGE_SIZE));
	EXPECT_FALSE(in_stack_guard(&t->info, stack));
	EXPECT_FALSE(in_stack_guard(&t->info, stack - PAGE_SIZE - 1));
	EXPECT_EQ(code_of(t), 0);
}

// Values that are alive across a switch, more of them than a CPU has registers.
static int count_in_registers(void *arg)
{
	unsigned int a = (unsigned int)(unsigned long)arg, b = a * 3, c = a * 5, d = a * 7;
	unsigned int e = a * 11, f = a * 13, g = a * 17, h = a * 19;

	for (int i = 0; i < 100; i++) {
		a++, b += a, c += b, d += c, e ^= d, f += e, g ^= f, h += g;
		yield();
		a += h, b ^= g, c += f, d ^= e;
	}
	return (int)((a ^ b ^ c ^ d ^ e ^ f ^ g ^ h) >> 1);
}

TEST("a thread's registers are its own across switches")
{
	struct thread *t[8];
	int alone[ARRAY_SIZE(t)];

	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		alone[i] = code_of(start(count_in_registers, (void *)(i + 1)));
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		t[i] = start(count_in_registers, (void *)(i + 1));
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		EXPECT_EQ(code_of(t[i]), alone[i]);
}

struct walk {
	int frames;
	bool slept; // in sleep_until_go()
	unsigned long last;
};

static bool note_sleeper_frame(unsigned long pc, void *arg)
{
	struct walk *w = arg;
	const char *name = "";
	unsigned long offset, length;

	symbol_lookup(pc, &name, &offset, &length);
	w->slept |= strcmp(name, "sleep_until_go") == 0;
	w->last = pc;
	return ++w->frames < 100;
}

TEST("the callers of a thread that sleeps can be walked, and end where it began")
{
	struct walk walk = { .frames = 0 };
	struct thread *t;
	struct pt_regs regs;
	const char *name = "";
	unsigned long offset, length;

	go = false;
	t = start(sleep_until_go, NULL);
	yield();
	context_regs(&t->context, &regs);
	stack_walk(&regs, note_sleeper_frame, &walk);
	EXPECT_TRUE(walk.slept);
	EXPECT_LT(walk.frames, 12);
	EXPECT_TRUE(symbol_lookup(walk.last, &name, &offset, &length));
	EXPECT_TRUE(strcmp(name, "context_start") == 0 || strcmp(name, "start_thread_stack") == 0);
	go = true;
	wake_up(&wait);
	EXPECT_EQ(code_of(t), 0);
}

// The lines of ps that have a text.
struct search {
	const char *text;
	int found;
};

static void search_thread_line(const char *line, void *arg)
{
	struct search *s = arg;

	s->found += strstr(line, s->text) != NULL;
}

static int ps_lines(const char *text)
{
	struct search s = { .text = text };

	threads_show(search_thread_line, &s);
	return s.found;
}

TEST("ps shows each thread: its state, and where it sleeps")
{
	struct thread *t;

	go = false;
	t = start(sleep_until_go, NULL);
	EXPECT_EQ(ps_lines(" sleep_until_go+"), 0);
	yield();
	EXPECT_EQ(ps_lines(" sleep_until_go+"), 1);
	EXPECT_EQ(ps_lines("ktest "), 1);
	EXPECT_EQ(ps_lines("idle "), 1);
	go = true;
	wake_up(&wait);
	EXPECT_EQ(ps_lines(" sleep_until_go+"), 0);
	yield();
	EXPECT_EQ(ps_lines(" Z "), 1);
	EXPECT_EQ(code_of(t), 0);
	EXPECT_EQ(ps_lines("ktest "), 0);
}
