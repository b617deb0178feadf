// SPDX-License-Identifier: MIT
// Threads: creating, ending, joining, listing.
//
// Owns: the list of threads. Locks: [t] threads.lock.
// Rules: a thread exits on its own stack, so its joiner frees the thread and the stack.
// Linux: kernel/kthread.c, and the parts of kernel/fork.c and exit.c for one thread.

#include <abi/errno.h>
#include <kernel/context.h>
#include <kernel/mutex.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <lib/string.h>
#include <mm/slab.h>

// As in Linux: after 32767, PIDs continue at 300; the lower ones are for start-up.
#define PID_MAX       32768
#define RESERVED_PIDS 300

static struct {
	struct spinlock lock;
	struct list_head all; // [t] in the order of creation
	int last_pid;         // [t]
} threads = { .all = LIST_HEAD_INIT(threads.all), .last_pid = 1 };

unsigned long nr_threads; // [t]

// ---- Creating -----------------------------------------------------------------------------------

static bool pid_taken(int pid)
{
	const struct thread *t;

	list_for_each_entry (t, &threads.all, all)
		if (t->info.pid == pid)
			return true;
	return false;
}

static int next_pid(void)
{
	do {
		if (++threads.last_pid == PID_MAX)
			threads.last_pid = RESERVED_PIDS;
	} while (pid_taken(threads.last_pid));
	return threads.last_pid;
}

void thread_set_last_pid(int pid)
{
	BUG_ON(pid < 0 || pid >= PID_MAX);
	spin_lock(&threads.lock);
	threads.last_pid = pid;
	spin_unlock(&threads.lock);
}

// The lock is held, except before a second thread exists.
static void enter(struct thread *t, int pid)
{
	t->info.pid = pid;
	list_add_tail(&t->all, &threads.all);
	nr_threads++;
}

void thread_init(struct thread *t, int pid, int priority, const char *name, void *stack)
{
	t->priority = priority;
	t->info.stack = (unsigned long)stack;
	strscpy(t->info.comm, name, sizeof(t->info.comm));
	enter(t, pid);
}

struct thread *thread_create(int (*fn)(void *arg), void *arg, int priority, const char *name)
{
	struct thread *t;
	void *stack;

	if (!fn || !name || priority < 0 || priority > THREAD_PRIORITY_MAX)
		return ERR_PTR(-EINVAL);
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	stack = t ? thread_stack_alloc() : NULL;
	if (!stack) {
		kfree(t);
		return ERR_PTR(-ENOMEM);
	}
	t->fn = fn;
	t->arg = arg;
	spin_lock(&threads.lock);
	thread_init(t, next_pid(), priority, name, stack);
	spin_unlock(&threads.lock);
	sched_add(t);
	return t;
}

// ---- Ending -------------------------------------------------------------------------------------

void thread_exit(int code)
{
	struct thread *t = current;

	if (!t->fn)
		panic("thread %d (%s) must not end", t->info.pid, t->info.comm);
	mutex_exit_thread(&t->info);
	t->exit_code = code;
	sched_exit();
}

// Only compares pointers: `wanted` may already be freed.
static bool is_thread(const struct thread *wanted)
{
	const struct thread *t;

	list_for_each_entry (t, &threads.all, all)
		if (t == wanted)
			return true;
	return false;
}

static void unlist_thread(struct thread *t)
{
	spin_lock(&threads.lock);
	list_del(&t->all);
	nr_threads--;
	spin_unlock(&threads.lock);
}

int thread_join(struct thread *t, int *code)
{
	bool known;

	might_sleep();
	if (t == current)
		return -EDEADLK;
	spin_lock(&threads.lock);
	known = is_thread(t);
	spin_unlock(&threads.lock);
	if (!known)
		return -ESRCH;
	if (!t->fn || !sched_join(t, __RETURN_ADDRESS))
		return -EINVAL;
	unlist_thread(t);
	if (code)
		*code = t->exit_code;
	context_exit(&t->context);
	thread_stack_free((void *)t->info.stack);
	kfree(t);
	return 0;
}

// ---- Listing ------------------------------------------------------------------------------------

static char state_letter(const struct thread *t)
{
	switch (t->state) {
	case TASK_RUNNING: return 'R';
	case TASK_UNINTERRUPTIBLE: return 'D';
	default: return 'Z';
	}
}

static void describe_thread(const struct thread *t, char *buf, size_t size)
{
	const size_t n = scnprintf(buf, size, "%5d %3d %c %8lu %5lu %-15s", t->info.pid,
				   t->priority, state_letter(t), t->ticks,
				   thread_stack_used((void *)t->info.stack), t->info.comm);

	if (t->state == TASK_UNINTERRUPTIBLE)
		snprintf(buf + n, size - n, " %pS", (void *)t->info.sleeps_at);
}

static const char head_line[] = "  PID PRI S    TICKS STACK NAME            SLEEPS AT";

void threads_show(void (*line)(const char *text, void *arg), void *arg)
{
	const struct thread *t;
	char text[120];

	line(head_line, arg);
	list_for_each_entry (t, &threads.all, all) {
		describe_thread(t, text, sizeof(text));
		line(text, arg);
	}
}

void threads_report(void)
{
	const struct thread *t;
	struct pt_regs regs;
	char text[120];

	pr_emerg("%s\n", head_line);
	list_for_each_entry (t, &threads.all, all) {
		describe_thread(t, text, sizeof(text));
		pr_emerg("%s\n", text);
		if (t->state != TASK_UNINTERRUPTIBLE)
			continue;
		context_regs(&t->context, &regs);
		show_trace(&regs);
	}
}
