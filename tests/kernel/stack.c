// SPDX-License-Identifier: MIT
// Stacks: a function can be run on another one, and a walk finds who called.

#include <arch/cpu.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <kernel/oops.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>
#include <kernel/thread_info.h>
#include <lib/util.h>

SUITE("stack");

static void note_sp(void *arg)
{
	*(unsigned long *)arg = current_sp();
}

TEST("S365 call_on_stack runs a function on the other stack and comes back")
{
	unsigned long sp = 0, before = current_sp(), flags = local_irq_save();

	call_on_stack(note_sp, &sp, irq_stack_top);
	local_irq_restore(flags);
	EXPECT_GE(sp, (unsigned long)irq_stack);
	EXPECT_LE(sp, (unsigned long)irq_stack_top);
	EXPECT_EQ(current_sp(), before);
}

TEST("the page below each of the kernel's stacks is known as a guard, and what lies beside it is "
     "not")
{
	const unsigned long stacks[] = { current_thread_info()->stack, (unsigned long)irq_stack,
					 (unsigned long)fault_stack };

	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		const unsigned long stack = stacks[i];

		EXPECT_TRUE(in_any_stack_guard(stack - 1));
		EXPECT_TRUE(in_any_stack_guard(stack - PAGE_SIZE));
		EXPECT_FALSE(in_any_stack_guard(stack));
		EXPECT_FALSE(in_any_stack_guard(stack - PAGE_SIZE - 1));
	}
}

static bool find_runner(unsigned long pc, void *arg)
{
	unsigned long offset, size;
	const char *name;

	if (symbol_lookup(pc, &name, &offset, &size) && strcmp(name, "ktest_run") == 0)
		*(bool *)arg = true;
	return true;
}

TEST("a stack walk reaches the test runner")
{
	bool found = false;

	stack_walk(NULL, find_runner, &found);
	EXPECT_TRUE(found);
}
