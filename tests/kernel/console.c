// SPDX-License-Identifier: MIT
// The console's input: what waits, in which order, and what is lost.

#include <arch/cpu.h>
#include <kernel/console.h>
#include <kernel/ktest.h>

SUITE("console");

#define QUEUE 4096

TEST("characters wait in the order of their coming; those that find the queue full are lost and "
     "counted")
{
	const u32 dropped = console_dropped();

	while (console_poll() >= 0)
		;
	for (int i = 0; i < QUEUE + 10; i++)
		console_input((char)(i % 251 + 4)); // not Ctrl-C, which would stop the run
	EXPECT_EQ(console_dropped(), dropped + 10);
	for (int i = 0; i < QUEUE; i++)
		if (console_poll() != i % 251 + 4)
			EXPECT_EQ(i, -1);
	EXPECT_EQ(console_poll(), -1);
}

TEST("a byte of 0 is a character: it is waited for and comes like any other")
{
	while (console_poll() >= 0)
		;
	console_input('\0');
	console_input('x');
	EXPECT_EQ(console_getchar(), '\0');
	EXPECT_EQ(console_getchar(), 'x');
	EXPECT_EQ(console_poll(), -1);
}

TEST("Ctrl-C is noted once, beside its place in the queue; other characters are not")
{
	const unsigned long flags = local_irq_save(); // the tick would say that this run stops

	console_take_interrupt();
	console_input('c');
	EXPECT_FALSE(console_interrupted());
	console_input('c' & 0x1f);
	console_input('d');
	EXPECT_TRUE(console_interrupted());
	EXPECT_TRUE(console_take_interrupt());
	EXPECT_FALSE(console_interrupted());
	EXPECT_FALSE(console_take_interrupt());
	local_irq_restore(flags);
	EXPECT_EQ(console_poll(), 'c');
	EXPECT_EQ(console_poll(), 'c' & 0x1f);
	EXPECT_EQ(console_poll(), 'd');
}
