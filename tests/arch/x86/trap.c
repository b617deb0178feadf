// SPDX-License-Identifier: MIT
// What a trap's entry and its handling do on x86: the flags that C runs with, fixups, and what a walk shows.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/trap.h>
#include <asm/trap.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>

SUITE("arch_x86_trap");

#define FREE_IRQ        5
#define FREE_IRQ_VECTOR 0x25
_Static_assert(FREE_IRQ_VECTOR == IRQ_BASE + FREE_IRQ, "the vector is that of the 8259");

// What the handler saw.
static struct {
	unsigned long flags;
	bool exact; // the walk showed the very instruction behind INT
	int calls;
} seen;

// The instruction behind the INT of interrupt_with_flags().
extern const char behind_int[];

static bool note_exact(unsigned long pc, void *arg)
{
	seen.exact |= pc == (unsigned long)behind_int;
	return true;
}

static irqreturn_t note_state(int irq, void *dev)
{
	seen.flags = eflags_read();
	seen.calls++;
	stack_walk(NULL, note_exact, NULL);
	return IRQ_HANDLED;
}

// Sets these flags, interrupts itself, and puts the flags back.
static __noinline void interrupt_with_flags(unsigned long set)
{
	const unsigned long flags = eflags_read();

	__asm__ volatile("pushl %1\n"
			 "	pushl %0\n"
			 "	popfl\n"
			 "	int $0x25\n"
			 "	.globl behind_int\n"
			 "behind_int:\n"
			 "	popfl\n"
			 :
			 : "r"(flags | set), "r"(flags)
			 : "memory", "cc");
}

static void take_interrupt(unsigned long set)
{
	seen.calls = 0;
	seen.exact = false;
	ASSERT_EQ(request_irq(FREE_IRQ, note_state, 0, "ktest", &seen), 0);
	interrupt_with_flags(set);
	free_irq(FREE_IRQ, &seen);
	EXPECT_EQ(seen.calls, 1);
}

TEST("the kernel's C code runs with DF, AC and NT clear, whatever an interrupt has stopped")
{
	take_interrupt(X86_EFLAGS_DF);
	EXPECT_EQ(seen.flags & X86_EFLAGS_DF, 0);
	take_interrupt(X86_EFLAGS_AC);
	EXPECT_EQ(seen.flags & X86_EFLAGS_AC, 0);
	take_interrupt(X86_EFLAGS_NT);
	EXPECT_EQ(seen.flags & X86_EFLAGS_NT, 0);
}

TEST("a walk from a handler shows the interrupted instruction itself, not the byte before it")
{
	take_interrupt(0);
	EXPECT_TRUE(seen.exact);
}

TEST("a general protection fault goes on at the fixup of its instruction, too")
{
	int err = 0;

	// A selector beyond the GDT.
	__asm__ volatile("1:	movw	%w1, %%gs\n"
			 "2:\n"
			 "	.pushsection .text.gs_fixup, \"ax\"\n"
			 "3:	movl	%2, %0\n"
			 "	jmp	2b\n"
			 "	.popsection\n"
			 "	.pushsection __ex_table, \"a\"\n"
			 "	.long	1b, 3b\n"
			 "	.popsection"
			 : "+r"(err)
			 : "r"(0x7ff8), "i"(-EFAULT));
	EXPECT_EQ(err, -EFAULT);
}
