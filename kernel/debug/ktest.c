// SPDX-License-Identifier: MIT
// Runs the tests that the linker has collected, and prints KTAP version 1.
//
// Owns: the state of the running test. Linux: lib/kunit/, Documentation/dev-tools/ktap.rst.

#include <arch/cpu.h>
#include <kernel/console.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <lib/format.h>
#include <lib/glob.h>

extern const struct ktest __start_ktests[], __stop_ktests[];
extern const char *const *const __start_ktest_suites[], *const *const __stop_ktest_suites[];

// Tunable: a test may last this many times its limit if the host takes time from the machine. A test that lasts
// longer has masked interrupts, which looks the same.
#define MOST_EXCUSED 5

unsigned int ktest_checks;
unsigned long ktest_timeout = 10 * HZ;
const struct ktest_balance *ktest_balance;

static struct {
	const struct ktest *running; // read by the tick
	u64 began;                   // time_ns(), which goes on without interrupts
	u64 lost;                    // time_lost_ns(), then
	unsigned long limit;         // ticks
	bool failed;
	bool stops;                 // Ctrl-C was seen while a test ran
	const char *skipped;        // the reason
	void (*in_interrupt)(void); // the next tick calls this
} state;

static void full_name(const struct ktest *t, char *buf, size_t size)
{
	snprintf(buf, size, "%s: %s", *t->suite, t->sentence);
}

// Suites that start with '_' crash or hang on purpose: only a glob that starts with '_' selects them.
static bool selected(const struct ktest *t, const char *glob)
{
	char name[256];

	if ((*t->suite)[0] == '_' && glob[0] != '_')
		return false;
	full_name(t, name, sizeof(name));
	return glob_match(glob, name) || glob_match(glob, *t->suite) ||
	       glob_match(glob, t->sentence);
}

const char *ktest_suite_name(unsigned int n)
{
	const char *suite = NULL;

	for (const struct ktest *t = __start_ktests; t < __stop_ktests; t++) {
		if (*t->suite == suite)
			continue;
		suite = *t->suite;
		if (n-- == 0)
			return suite;
	}
	return NULL;
}

static void fail(const char *file, int line, const char *expr)
{
	state.failed = true;
	cprintf("# %s:%d: expected %s\n", file, line, expr);
}

void ktest_fail_cmp(const char *file, int line, const char *expr, long long a, long long b)
{
	fail(file, line, expr);
	cprintf("#   left  %lld (%#llx)\n#   right %lld (%#llx)\n", a, a, b, b);
}

void ktest_fail_str(const char *file, int line, const char *expr, const char *a, const char *b)
{
	fail(file, line, expr);
	cprintf("#   left  \"%s\"\n#   right \"%s\"\n", a, b);
}

void ktest_skip(const char *reason)
{
	state.skipped = reason;
}

void ktest_in_interrupt(void (*fn)(void))
{
	WRITE_ONCE(state.in_interrupt, fn);
	while (READ_ONCE(state.in_interrupt))
		cpu_wait();
}

void ktest_takes_long(unsigned int times)
{
	state.limit = times * ktest_timeout;
}

static void call_in_interrupt(void)
{
	void (*fn)(void) = READ_ONCE(state.in_interrupt);

	if (!fn)
		return;
	fn();
	WRITE_ONCE(state.in_interrupt, NULL);
}

// Only its time limit can stop a test, so tell the user how long Ctrl-C may take.
static void look_at_ctrl_c(void)
{
	if (state.stops || !console_interrupted())
		return;
	state.stops = true;
	cprintf("# Ctrl-C: the run stops after this test, whose time limit is %lu s\n",
		state.limit / HZ);
}

bool ktest_starved(void)
{
	return time_lost_ns() != state.lost;
}

static bool ran_too_long(void)
{
	const s64 limit = (s64)state.limit * (NSEC_PER_SEC / HZ);
	const s64 all = time_ns() - state.began;
	const s64 lost = time_lost_ns() - state.lost; // the start may be part of it

	return all - lost > limit || all > MOST_EXCUSED * limit;
}

static __noreturn void end_overrun(const struct ktest *t)
{
	console_verbose();
	if (irq_regs())
		pr_emerg("interrupted in:\n");
	dump_stack(irq_regs());
	if (sched_ops)
		sched_ops->report();
	panic("test \"%s: %s\" ran longer than %lu.%02lu s of guest time%s", *t->suite, t->sentence,
	      state.limit / HZ, state.limit % HZ,
	      current_thread_info()->pid == 0 ? "; every thread sleeps" : "");
}

void ktest_tick(void)
{
	const struct ktest *t = READ_ONCE(state.running);

	call_in_interrupt();
	if (t)
		look_at_ctrl_c();
	if (!t || !ran_too_long())
		return;
	state.running = NULL;
	end_overrun(t);
}

// Runs the test, then checks the state in which it left the kernel.
static void run_balanced(const struct ktest *t)
{
	const char *differs = NULL;

	if (ktest_balance)
		ktest_balance->begin();
	state.began = time_ns();
	state.lost = time_lost_ns();
	state.limit = ktest_timeout;
	ktest_checks = 0;
	WRITE_ONCE(state.running, t);
	t->run();
	WRITE_ONCE(state.running, NULL);
	if (ran_too_long()) // the tick misses it if the test masked interrupts
		end_overrun(t);
	if (ktest_checks == 0 && !state.skipped) {
		state.failed = true;
		cprintf("# the test checked nothing\n");
	}
	if (irqs_disabled()) {
		local_irq_enable();
		state.failed = true;
		cprintf("# the test left interrupts masked\n");
	}
	if (spinlocks_held() != 0)
		panic("test \"%s: %s\" left a spinlock held", *t->suite, t->sentence);
	if (ktest_balance)
		differs = ktest_balance->end();
	if (differs) {
		state.failed = true;
		cprintf("# the test left %s\n", differs);
	}
}

// Returns false when the test failed.
static bool run_test(const struct ktest *t, int number)
{
	char name[256];

	full_name(t, name, sizeof(name));
	state.failed = false;
	state.skipped = NULL;
	run_balanced(t);
	if (state.failed)
		cprintf("not ok %d %s\n", number, name);
	else if (state.skipped)
		cprintf("ok %d %s # SKIP %s\n", number, name, state.skipped);
	else
		cprintf("ok %d %s\n", number, name);
	return !state.failed;
}

struct tally {
	int plan, number, failed, skipped;
	bool stopped;      // by Ctrl-C
	const char *suite; // of the previous test
};

static void run_counted(const struct ktest *t, struct tally *tally)
{
	if (tally->stopped)
		return;
	if (ktest_balance && tally->suite && tally->suite != *t->suite)
		ktest_balance->check();
	tally->suite = *t->suite;
	if (!run_test(t, ++tally->number))
		tally->failed++;
	else if (state.skipped)
		tally->skipped++;
	tally->stopped = console_interrupted();
}

static bool has_tests(const char *const *suite)
{
	for (const struct ktest *t = __start_ktests; t < __stop_ktests; t++)
		if (t->suite == suite)
			return true;
	return false;
}

static void check_nothing(void)
{
}

// Calls fn for each selected test. A suite without tests gets one that fails.
static void for_each_selected(const char *glob, struct tally *tally,
			      void (*fn)(const struct ktest *t, struct tally *tally))
{
	for (const struct ktest *t = __start_ktests; t < __stop_ktests; t++)
		if (selected(t, glob))
			fn(t, tally);
	for (const char *const *const *s = __start_ktest_suites; s < __stop_ktest_suites; s++) {
		const struct ktest missing = { *s, "has a test", __FILE__, __LINE__,
					       check_nothing };

		if (!has_tests(*s) && selected(&missing, glob))
			fn(&missing, tally);
	}
}

static void count_plan(const struct ktest *t, struct tally *tally)
{
	tally->plan++;
}

int ktest_run(const char *glob)
{
	struct tally tally = {};

	for_each_selected(glob, &tally, count_plan);
	cprintf("KTAP version 1\n1..%d\n", tally.plan);
	if (tally.plan == 0)
		cprintf("# no test matches \"%s\"\n", glob);
	state.stops = false;
	for_each_selected(glob, &tally, run_counted);
	if (tally.stopped)
		cprintf("# stopped by Ctrl-C: %d of %d tests have run\n", tally.number, tally.plan);
	if (ktest_balance) {
		ktest_balance->check();
		ktest_balance->check_all();
	}
	cprintf("# end of tests: %d passed, %d failed, %d skipped\n",
		tally.number - tally.failed - tally.skipped, tally.failed, tally.skipped);
	return tally.plan == 0 || tally.stopped ? tally.failed + 1 : tally.failed;
}
