// SPDX-License-Identifier: MIT
// The unwinder: who called, also across stacks and interrupts.

#include <arch/cpu.h>
#include <arch/trap.h>
#include <asm/trap.h>
#include <drivers/irqchip/gicv2.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>
#include <lib/string.h>

SUITE("arch_arm_walk");

struct trace {
	int depth;
	const char *name[12];
};

static bool note_name(unsigned long pc, void *arg)
{
	struct trace *t = arg;
	unsigned long offset, size;

	if (t->depth == ARRAY_SIZE(t->name))
		return false;
	if (!symbol_lookup(pc, &t->name[t->depth], &offset, &size))
		t->name[t->depth] = "?";
	t->depth++;
	return true;
}

static bool trace_has(const struct trace *t, const char *name)
{
	for (int i = 0; i < t->depth; i++)
		if (strcmp(t->name[i], name) == 0)
			return true;
	return false;
}

TEST("a walk starts with the registers that the caller keeps, and touches nothing beside them")
{
	static const struct pt_regs untouched;
	struct pt_regs regs[3];
	register struct pt_regs *r0 __asm__("r0");

	memset(regs, 0, sizeof(regs));
	r0 = &regs[1];
	__asm__ volatile("mov r4, #4\n\tmov r5, #5\n\tmov r6, #6\n\tmov r7, #7\n\tmov r8, #8\n\t"
			 "mov r9, #9\n\tmov r10, #10\n\tmov r11, #11\n\tbl unwind_here"
			 : "+r"(r0)
			 :
			 : "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11",
			   "r12", "lr", "cc", "memory");
	for (int i = 4; i <= 11; i++)
		EXPECT_EQ(regs[1].r[i], i);
	EXPECT_EQ(memcmp(&regs[0], &untouched, sizeof(untouched)), 0);
	EXPECT_EQ(memcmp(&regs[2], &untouched, sizeof(untouched)), 0);
	EXPECT_TRUE(regs[1].pc >= (uintptr_t)_stext && regs[1].pc < (uintptr_t)_etext);
	EXPECT_TRUE(regs[1].sp <= (uintptr_t)regs);
}

// Large enough to move the stack pointer by more than one unwind instruction can.
__noinline void nest_inner(struct trace *t);
__noinline void nest_middle(struct trace *t);
__noinline void nest_outer(struct trace *t);

__noinline void nest_inner(struct trace *t)
{
	stack_walk(NULL, note_name, t);
	barrier();
}

__noinline void nest_middle(struct trace *t)
{
	volatile char frame[900];

	frame[0] = frame[899] = 0;
	nest_inner(t);
	barrier();
}

__noinline void nest_outer(struct trace *t)
{
	nest_middle(t);
	barrier();
}

TEST("a walk names a nest of functions from the inside out")
{
	struct trace t = { 0 };

	nest_outer(&t);
	ASSERT_TRUE(t.depth > 3);
	EXPECT_STREQ(t.name[0], "nest_inner");
	EXPECT_STREQ(t.name[1], "nest_middle");
	EXPECT_STREQ(t.name[2], "nest_outer");
	EXPECT_FALSE(trace_has(&t, "?"));
}

static void walk_here(void *arg)
{
	nest_outer(arg);
	barrier();
}

__noinline void call_over(struct trace *t);
__noinline void call_over(struct trace *t)
{
	unsigned long flags = local_irq_save();

	call_on_stack(walk_here, t, irq_stack_top);
	local_irq_restore(flags);
}

TEST("a walk goes on from one stack to the other")
{
	struct trace t = { 0 };

	call_over(&t);
	EXPECT_TRUE(trace_has(&t, "call_on_stack"));
	EXPECT_TRUE(trace_has(&t, "call_over"));
	EXPECT_FALSE(trace_has(&t, "?"));
}

#define FREE_IRQ (GIC_SPI_BASE + 60) // no board has a device there

static irqreturn_t walk_in_handler(int irq, void *dev)
{
	stack_walk(NULL, note_name, dev);
	return IRQ_HANDLED;
}

// Waits, but not in vain: the interrupt comes within a few instructions.
__noinline void be_interrupted(struct trace *t);
__noinline void be_interrupted(struct trace *t)
{
	gicv2_set_pending(FREE_IRQ);
	for (int i = 0; i < 100000 && READ_ONCE(t->depth) == 0; i++)
		cpu_relax();
}

TEST("a walk from an interrupt handler shows what was interrupted")
{
	struct trace t = { 0 };

	ASSERT_EQ(request_irq(FREE_IRQ, walk_in_handler, 0, "ktest", &t), 0);
	be_interrupted(&t);
	free_irq(FREE_IRQ, &t);
	EXPECT_TRUE(trace_has(&t, "vector_irq"));
	EXPECT_TRUE(trace_has(&t, "be_interrupted") || trace_has(&t, "gicv2_set_pending"));
	EXPECT_FALSE(trace_has(&t, "?"));
}
