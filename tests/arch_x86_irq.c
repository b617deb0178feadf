// SPDX-License-Identifier: MIT
// The way into an interrupt and out of it on x86.

#include <arch/cpu.h>
#include <asm/desc.h>
#include <asm/trap.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <lib/string.h>

SUITE("arch_x86_irq");

#define INT_(vector)    __asm__ volatile("int $" #vector : : : "memory", "cc")
#define INT(vector)     INT_(vector)
#define SPURIOUS_MASTER 0x27 // IRQ_BASE + 7
#define SPURIOUS_SLAVE  0x2f
#define FREE_IRQ        5
#define FREE_IRQ_VECTOR 0x25
_Static_assert(SPURIOUS_MASTER == IRQ_BASE + 7 && SPURIOUS_SLAVE == IRQ_BASE + 15 &&
		       FREE_IRQ_VECTOR == IRQ_BASE + FREE_IRQ,
	       "the vectors are those of the 8259s");

static void keep_spurious_line(const char *text, void *arg)
{
	if (strncmp(text, "MIS:", 4) == 0)
		strscpy(arg, text, 40);
}

static void wait_for_tick(void)
{
	unsigned long start = READ_ONCE(jiffies);

	while (READ_ONCE(jiffies) == start)
		cpu_wait();
}

TEST("a spurious interrupt of either 8259 is counted, and the tick goes on")
{
	char before[40] = "", between[40] = "", after[40] = "";

	irq_show(keep_spurious_line, before);
	INT(SPURIOUS_MASTER);
	irq_show(keep_spurious_line, between);
	INT(SPURIOUS_SLAVE);
	irq_show(keep_spurious_line, after);
	EXPECT_NE(strcmp(before, between), 0);
	EXPECT_NE(strcmp(between, after), 0);
	wait_for_tick();
	wait_for_tick();
}

TEST("an interrupt leaves every register as it was, the direction flag too")
{
	u32 eax = 1, ebx = 2, ecx = 3, edx = 4, esi = 5, edi = 6;

	// eax becomes 0 if ebp or the flag has changed.
	__asm__ volatile("pushl %%ebp\n"
			 "movl $7, %%ebp\n"
			 "std\n"
			 "int %[vector]\n"
			 "pushfl\n"
			 "cld\n"
			 "cmpl $7, %%ebp\n"
			 "popl %%ebp\n"
			 "jne 1f\n"
			 "testl %[df], %%ebp\n"
			 "jne 2f\n"
			 "1: xorl %%eax, %%eax\n"
			 "2: popl %%ebp\n"
			 : "+a"(eax), "+b"(ebx), "+c"(ecx), "+d"(edx), "+S"(esi), "+D"(edi)
			 : [vector] "i"(SPURIOUS_MASTER), [df] "i"(X86_EFLAGS_DF)
			 : "memory", "cc");
	EXPECT_EQ(eax, 1);
	EXPECT_EQ(ebx, 2);
	EXPECT_EQ(ecx, 3);
	EXPECT_EQ(edx, 4);
	EXPECT_EQ(esi, 5);
	EXPECT_EQ(edi, 6);
}

struct seen {
	bool handler, interrupted, runner, inside;
	u32 xcs;
	unsigned long sp;
};
static struct seen seen;

static void interrupt_here(void);

static bool note_frame(unsigned long pc, void *arg)
{
	const char *name;
	unsigned long offset, size;

	if (!symbol_lookup(pc, &name, &offset, &size))
		return true;
	seen.handler |= strcmp(name, "walk_from_handler") == 0;
	seen.interrupted |= strcmp(name, "interrupt_here") == 0;
	seen.runner |= strcmp(name, "ktest_run") == 0;
	return true;
}

static __noinline irqreturn_t walk_from_handler(int irq, void *dev)
{
	seen.inside = in_interrupt();
	seen.xcs = irq_regs()->xcs;
	seen.sp = regs_sp(irq_regs());
	stack_walk(NULL, note_frame, NULL);
	return IRQ_HANDLED;
}

static __noinline void interrupt_here(void)
{
	INT(FREE_IRQ_VECTOR);
	barrier();
}

TEST("a stack walk in a handler goes on through the interrupted function to its callers")
{
	seen = (struct seen){ 0 };
	ASSERT_EQ(request_irq(FREE_IRQ, walk_from_handler, 0, "test", &seen), 0);
	interrupt_here();
	free_irq(FREE_IRQ, &seen);
	EXPECT_TRUE(seen.inside);
	EXPECT_TRUE(seen.handler);
	EXPECT_TRUE(seen.interrupted);
	EXPECT_TRUE(seen.runner);
	EXPECT_EQ(seen.xcs, __KERNEL_CS);
	EXPECT_LE(seen.sp, current_sp() + 256);
	EXPECT_GE(seen.sp, (unsigned long)boot_stack);
}
