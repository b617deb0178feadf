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
// The body of a BENCH is one operation, which leaves things as it found them. It runs 1,000 times in
// a loop with interrupts masked; what is reported is the shortest of several such batches, without
// what the empty loop takes. A cycle is an executed instruction only under QEMU's -icount shift=0:
// tools/bench runs it so, and sets the figures beside those of other systems.
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

// The loop around an operation: two instructions. After the barrier nothing may be known from before.
#define BENCH_LOOP(n, operation) \
	do {                     \
		operation;       \
		barrier();       \
	} while (--(n) != 0)

#define BENCH_CAT_(a, b) a##b
#define BENCH_CAT(a, b)  BENCH_CAT_(a, b)
#define BENCH_ENTRY(fn) \
	static const struct bench BENCH_CAT(fn, _entry) __used __section(".benches") __aligned(4)

// prepare() and undo() run once, around all of it, and are not counted.
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

// Runs what matches, a line each, between a plan and an end mark. Returns how many failed: the check
// of the counter by a loop of known length, or a glob that matches nothing.
int bench_run(const char *glob);

// From the kernel's entry to the end of start-up, set by kmain.
extern u64 boot_cycles;
