// SPDX-License-Identifier: MIT
// The console's input: a queue between the UART's interrupt handler and the reader.
//
// Owns: the queue. Locks: [i] written with interrupts masked (producer: the interrupt handler).

#include <arch/cpu.h>
#include <kernel/console.h>
#include <kernel/wait.h>

#define CTRL_C     0x03
#define QUEUE_SIZE 4096 // tunable, a power of two; Linux's terminals have the same size

static DECLARE_WAIT_QUEUE_HEAD(input_wait);

static struct {
	char queue[QUEUE_SIZE]; // [i]
	u32 head, tail;         // [i] written at head, read at tail
	u32 dropped;            // [i]
	bool interrupted;       // [i] Ctrl-C was typed; console_take_interrupt() clears it
} input;

void console_input(char c)
{
	unsigned long flags = local_irq_save();

	if (input.head - input.tail == QUEUE_SIZE)
		input.dropped++;
	else
		input.queue[input.head++ % QUEUE_SIZE] = c;
	local_irq_restore(flags);
	if (c == CTRL_C)
		WRITE_ONCE(input.interrupted, true);
	wake_up(&input_wait);
}

bool console_interrupted(void)
{
	return READ_ONCE(input.interrupted);
}

bool console_take_interrupt(void)
{
	unsigned long flags = local_irq_save();
	const bool was = input.interrupted;

	input.interrupted = false;
	local_irq_restore(flags);
	return was;
}

u32 console_dropped(void)
{
	return READ_ONCE(input.dropped);
}

int console_poll(void)
{
	unsigned long flags = local_irq_save();
	int c = -1;

	if (input.head != input.tail)
		c = (u8)input.queue[input.tail++ % QUEUE_SIZE];
	local_irq_restore(flags);
	return c;
}

char console_getchar(void)
{
	int c;

	wait_event(input_wait, (c = console_poll()) >= 0);
	return (char)c;
}
