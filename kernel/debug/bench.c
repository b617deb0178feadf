// SPDX-License-Identifier: MIT
// Runs the benchmarks that the linker has collected.
//
// Output: "bench: NAME: FIGURE UNIT (CYCLES / OPERATIONS)", which tools/bench reads.
// Rules: a figure counts instructions only if one cycle is one instruction. A loop of known length checks
// that first. Figures include no cache misses, TLB misses or cost of traps.

#include <arch/cpu.h>
#include <kernel/bench.h>
#include <kernel/context.h>
#include <kernel/printk.h>
#include <lib/div64.h>
#include <lib/glob.h>
#include <lib/util.h>

extern const struct bench __start_benches[], __stop_benches[];

u64 boot_cycles;

#define BATCHES 10 // tunable

// The check: the counter must show this length for a loop of this length, within the tolerance.
#define KNOWN_INSTRUCTIONS 200000
#define KNOWN_TOLERANCE    3

static void empty_batch(unsigned int ops)
{
	BENCH_LOOP(ops, (void)0);
}

static void known_batch(unsigned int rounds)
{
	cpu_spin(rounds);
}

static u64 cycles_of(void (*batch)(unsigned int ops), unsigned int ops)
{
	const u64 start = cpu_cycles();

	batch(ops);
	return cpu_cycles() - start;
}

static u64 least_of(void (*batch)(unsigned int ops), unsigned int ops)
{
	u64 least = ~0ULL;

	for (int i = 0; i < BATCHES; i++)
		least = min(least, cycles_of(batch, ops));
	return least;
}

// Cycles of the operations, minus those of the empty loop. Clears system_running, so that might_sleep()
// does not report the masked interrupts.
static u64 measure(void (*batch)(unsigned int ops), unsigned int ops)
{
	const unsigned long flags = local_irq_save();
	u64 full, empty;

	system_running = false;
	full = least_of(batch, ops);
	empty = least_of(empty_batch, ops);
	system_running = true;
	local_irq_restore(flags);
	return full > empty ? full - empty : 0;
}

// Measures the loop of known length. A loop of one round shows the cost of the call and of reading the
// counter.
static bool check_counter(void)
{
	const unsigned long flags = local_irq_save();
	const u64 one = least_of(known_batch, 1) - CPU_SPIN_INSTRUCTIONS;
	const u64 read = least_of(known_batch, KNOWN_INSTRUCTIONS / CPU_SPIN_INSTRUCTIONS) - one;
	const bool ok = read + KNOWN_TOLERANCE >= KNOWN_INSTRUCTIONS &&
			read <= KNOWN_INSTRUCTIONS + KNOWN_TOLERANCE;

	local_irq_restore(flags);
	cprintf("bench check: %d instructions read %llu: a cycle is %s instruction\n",
		KNOWN_INSTRUCTIONS, read, ok ? "one" : "not one");
	return ok;
}

static void run_batches(const struct bench *b)
{
	const u64 cycles = measure(b->batch, b->ops);
	u32 tenth;
	const u64 whole = div_u64_rem(div_u64(cycles * 10 + b->ops / 2, b->ops), 10, &tenth);

	cprintf("bench: %s: %llu.%u %s (%llu / %u)\n", b->name, whole, tenth, b->unit, cycles,
		b->ops);
}

static void run_bench(const struct bench *b)
{
	if (b->prepare)
		b->prepare();
	if (b->batch)
		run_batches(b);
	else
		cprintf("bench: %s: %llu %s\n", b->name, b->figure(), b->unit);
	if (b->undo)
		b->undo();
}

int bench_run(const char *glob)
{
	int plan = 0, failed;

	for (const struct bench *b = __start_benches; b < __stop_benches; b++)
		plan += glob_match(glob, b->name);
	cprintf("bench plan: %d\n", plan);
	if (plan == 0)
		cprintf("# no benchmark matches \"%s\"\n", glob);
	failed = plan == 0 || !check_counter();
	for (const struct bench *b = __start_benches; b < __stop_benches; b++)
		if (glob_match(glob, b->name))
			run_bench(b);
	cprintf("bench end: %s\n", failed ? "failed" : "done");
	return failed;
}
