// SPDX-License-Identifier: MIT
// The scheduler: chooses which thread runs.
//
// Owns: the run queues, struct thread's [s] fields. Locks: [s] sched.lock, with interrupts masked.
// Rules: the running thread is in no queue. The lock is held across a switch; the next thread releases
// it. So, seen under the lock, every thread but the running one is off its stack.
// Linux: kernel/sched/core.c, rt.c.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/layout.h>
#include <kernel/context.h>
#include <kernel/irq.h>
#include <kernel/panic.h>
#include <kernel/sched.h>
#include <kernel/sections.h>
#include <kernel/spinlock.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>

#define TIME_SLICE (HZ / 10) // tunable: 100 ms, as Linux's SCHED_RR

static struct {
	struct spinlock lock;
	u32 ready;                                 // [s] bit n: queue n is not empty
	struct list_head queue[THREAD_PRIORITIES]; // [s]
	struct thread first, idle;
} sched = {
	.first = { .info = { .pid = 1, .comm = "main", .stack = (unsigned long)boot_stack },
		   .priority = THREAD_PRIORITY },
};

struct thread_info *running_thread = &sched.first.info;
bool need_resched; // [s] also read without the lock, as a hint

// ---- Queues -------------------------------------------------------------------------------------

static void enqueue(struct thread *t, bool first)
{
	if (first)
		list_add(&t->queue, &sched.queue[t->priority]);
	else
		list_add_tail(&t->queue, &sched.queue[t->priority]);
	sched.ready |= BIT(t->priority);
}

// Takes the first thread of the highest priority; idle if all queues are empty.
static struct thread *dequeue_highest(void)
{
	int priority;
	struct thread *t;

	if (sched.ready == 0)
		return &sched.idle;
	priority = 31 - __builtin_clz(sched.ready);
	t = list_first_entry(&sched.queue[priority], struct thread, queue);
	list_del(&t->queue);
	if (list_empty(&sched.queue[priority]))
		sched.ready &= ~BIT(priority);
	return t;
}

// A thread that makes way for a higher priority goes to the front of its queue and keeps its time slice.
// A thread whose slice is over goes to the end.
static void put_back(struct thread *t)
{
	const bool first = t->slice > 0;

	if (t == &sched.idle)
		return;
	if (!first)
		t->slice = TIME_SLICE;
	enqueue(t, first);
}

// ---- Switching ----------------------------------------------------------------------------------

static void check_may_switch(void)
{
	if (!CONFIG_DEBUG || !system_running)
		return;
	BUG_ON(in_interrupt());
	BUG_ON(irqs_disabled());
	BUG_ON(spinlocks_held() != 0);
}

// The lock is held, also when this returns, which may be much later.
static void switch_from(struct thread *prev)
{
	struct thread *next;

	if (prev->state == TASK_RUNNING)
		put_back(prev);
	next = dequeue_highest();
	need_resched = false;
	if (next == prev)
		return;
	running_thread = &next->info;
	if (unlikely(kmap_local.top != KMAP_LOCAL_EMPTY))
		kmap_local_sched_out(&prev->kmap);
	context_switch(&prev->context, &next->context);
	if (unlikely(prev->kmap.count > 0)) // prev runs again
		kmap_local_sched_in(&prev->kmap);
}

void schedule(void)
{
	unsigned long flags;

	check_may_switch();
	flags = spin_lock_irqsave(&sched.lock);
	switch_from(current);
	spin_unlock_irqrestore(&sched.lock, flags);
}

void yield(void)
{
	current->slice = 0;
	schedule();
}

// A new thread starts here, with the lock held by the thread that switched to it.
static void first_step(void)
{
	spin_unlock(&sched.lock);
	local_irq_enable();
	thread_exit(current->fn(current->arg));
}

void sched_add(struct thread *t)
{
	unsigned long flags = spin_lock_irqsave(&sched.lock);

	t->slice = TIME_SLICE;
	context_init(&t->context, (void *)(t->info.stack + THREAD_SIZE), first_step);
	enqueue(t, false);
	if (t->priority > current->priority)
		need_resched = true;
	spin_unlock_irqrestore(&sched.lock, flags);
}

// ---- Sleeping and waking ------------------------------------------------------------------------

static void prepare_to_sleep(unsigned long where)
{
	struct thread *t = current;
	unsigned long flags = spin_lock_irqsave(&sched.lock);

	t->info.sleeps_at = where;
	t->state = TASK_UNINTERRUPTIBLE;
	spin_unlock_irqrestore(&sched.lock, flags);
}

// The lock is held.
static void wake_thread(struct thread *t)
{
	if (t->state != TASK_UNINTERRUPTIBLE)
		return;
	t->state = TASK_RUNNING;
	t->slice = TIME_SLICE;
	if (t == current) // about to call schedule(), which will find it running
		return;
	enqueue(t, false);
	if (t->priority > current->priority)
		need_resched = true;
}

static void sched_wake(struct thread_info *info)
{
	unsigned long flags = spin_lock_irqsave(&sched.lock);

	wake_thread((struct thread *)info);
	spin_unlock_irqrestore(&sched.lock, flags);
}

static void cancel_sleep(void)
{
	sched_wake(running_thread);
}

struct sleep_timer {
	struct timer_list timer;
	struct thread_info *thread;
};

static void wake_by_timer(struct timer_list *timer)
{
	sched_wake(container_of(timer, struct sleep_timer, timer)->thread);
}

long schedule_timeout(long ticks)
{
	struct sleep_timer sleep = { .thread = running_thread };
	const unsigned long end = READ_ONCE(jiffies) + ticks;

	if (ticks == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return ticks;
	}
	timer_setup(&sleep.timer, wake_by_timer, 0);
	mod_timer(&sleep.timer, end);
	schedule();
	timer_delete(&sleep.timer);
	return max((long)(end - READ_ONCE(jiffies)), 0L);
}

void schedule_timeout_uninterruptible(long ticks)
{
	prepare_to_sleep(__RETURN_ADDRESS);
	schedule_timeout(ticks);
}

void msleep(unsigned int ms)
{
	prepare_to_sleep(__RETURN_ADDRESS);
	schedule_timeout(msecs_to_jiffies(ms) + 1);
}

// ---- Ending -------------------------------------------------------------------------------------

void sched_exit(void)
{
	struct thread *t = current;

	check_may_switch();
	local_irq_disable();
	spin_lock(&sched.lock);
	t->state = TASK_DEAD;
	if (t->joiner)
		wake_thread(t->joiner);
	switch_from(t);
	BUG();
}

bool sched_join(struct thread *t, unsigned long where)
{
	unsigned long flags = spin_lock_irqsave(&sched.lock);
	const bool first = !t->joiner;

	if (first)
		t->joiner = current;
	while (first && t->state != TASK_DEAD) {
		current->info.sleeps_at = where;
		current->state = TASK_UNINTERRUPTIBLE;
		spin_unlock_irqrestore(&sched.lock, flags);
		schedule();
		flags = spin_lock_irqsave(&sched.lock);
	}
	spin_unlock_irqrestore(&sched.lock, flags);
	return first;
}

// ---- Ticks and idle -----------------------------------------------------------------------------

// Interrupt context.
static void sched_tick(void)
{
	struct thread *t = current;

	spin_lock(&sched.lock);
	t->ticks++;
	if (t != &sched.idle && (t->slice == 0 || --t->slice == 0)) {
		if (list_empty(&sched.queue[t->priority]))
			t->slice = TIME_SLICE;
		else
			need_resched = true;
	}
	spin_unlock(&sched.lock);
}

// An interrupt between the check and the wait must not be missed: cpu_wait() enables interrupts and
// sleeps in one step.
void idle_once(void)
{
	local_irq_disable();
	if (!need_resched)
		cpu_wait();
	local_irq_enable();
}

static void run_idle(void)
{
	spin_unlock(&sched.lock);
	for (;;) {
		idle_once();
		cond_resched();
	}
}

static const struct sched_ops ops = {
	.prepare = prepare_to_sleep,
	.cancel = cancel_sleep,
	.sleep = schedule,
	.sleep_timeout = schedule_timeout,
	.wake = sched_wake,
	.tick = sched_tick,
	.report = threads_report,
};

void sched_init(void)
{
	void *const stack = thread_stack_alloc();

	if (!stack)
		panic("sched_init: no memory for the stack of idle");
	for (int i = 0; i < THREAD_PRIORITIES; i++)
		INIT_LIST_HEAD(&sched.queue[i]);
	thread_init(&sched.first, 1, THREAD_PRIORITY, "main", boot_stack);
	thread_init(&sched.idle, 0, THREAD_IDLE, "idle", stack);
	sched.first.slice = TIME_SLICE;
	context_init(&sched.idle.context, (char *)stack + THREAD_SIZE, run_idle);
	sched_ops = &ops;
}
