// SPDX-License-Identifier: MIT
// Benchmarks on the target: figures that repeat to the last digit, run by bench=GLOB.
//
//   BENCH("kmalloc + kfree, 64 B, size known at compile time", 1000)
//   {
//           kfree(kmalloc(64, GFP_KERNEL));
//   }
//   FIGURE("memory in use after boot", "bytes")
//   {
//           return memblock_ram_size() - nr_free_pages() * PAGE_SIZE;
//   }
//
// The body of a BENCH is one operation. It must leave the kernel's state unchanged. A batch runs it ops
// times (here 1,000) with interrupts masked. The report is the shortest of several batches, minus the
// time of an empty loop. A cycle is an executed instruction only under QEMU's -icount shift=0:
// tools/bench uses that, and compares the figures with those of other systems.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

struct bench {
	const char *name;
	const char *unit;
	unsigned int ops;                // in a batch
	void (*batch)(unsigned int ops); // NULL: a plain figure
	u64 (*figure)(void);
	void (*prepare)(void), (*undo)(void); // around all batches; NULL: nothing to do
};

// The loop around an operation: two instructions. The barrier keeps the compiler from carrying values
// from one round to the next.
#define BENCH_LOOP(n, operation) \
	do {                     \
		operation;       \
		barrier();       \
	} while (--(n) != 0)

#define BENCH_CAT_(a, b) a##b
#define BENCH_CAT(a, b)  BENCH_CAT_(a, b)
#define BENCH_ENTRY(fn) \
	static const struct bench BENCH_CAT(fn, _entry) __used __section(".benches") __aligned(4)

// prepare() and undo() run once, before and after all batches. They are not measured.
#define BENCH_WITH(text, ops, prepare, undo) \
	BENCH_BATCH(text, ops, prepare, undo, BENCH_CAT(bench_, __LINE__))
#define BENCH(text, ops) BENCH_WITH(text, ops, NULL, NULL)
#define BENCH_BATCH(text, ops, prepare, undo, fn)                                                \
	static __always_inline void fn(void);                                                    \
	static void BENCH_CAT(fn, _batch)(unsigned int n)                                        \
	{                                                                                        \
		BENCH_LOOP(n, fn());                                                             \
	}                                                                                        \
	BENCH_ENTRY(                                                                             \
		fn) = { text, "instructions", ops, BENCH_CAT(fn, _batch), NULL, prepare, undo }; \
	static __always_inline void fn(void)

#define FIGURE(text, unit) BENCH_FIGURE(text, unit, BENCH_CAT(figure_, __LINE__))
#define BENCH_FIGURE(text, unit, fn)                               \
	static u64 fn(void);                                       \
	BENCH_ENTRY(fn) = { text, unit, 1, NULL, fn, NULL, NULL }; \
	static u64 fn(void)

// Runs the benchmarks that match, and prints a line for each, between a plan and an end mark. Returns 0,
// or 1: the counter failed its check (a loop of known length), or the glob matches nothing.
int bench_run(const char *glob);

// From the kernel's entry to the end of start-up, set by kmain.
extern u64 boot_cycles;
