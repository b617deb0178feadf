// SPDX-License-Identifier: MIT
// Early output, and ending the machine, before the kernel runs: uses only ports, no device memory.

#include <asm/io.h>
#include <boot/x86/early.h>
#include <boot/x86/pc.h>
#include <drivers/uart/ns16550.h>
#include <kernel/machine.h>

void early_puts(const char *s)
{
	for (; *s; s++) {
		if (*s == '\n')
			ns16550_putc(PC_COM1, '\r');
		ns16550_putc(PC_COM1, *s);
	}
}

void early_put_hex(u32 val)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		ns16550_putc(PC_COM1, "0123456789abcdef"[val >> shift & 0xf]);
}

__noreturn void early_stop(void)
{
	outl(PC_DEBUG_EXIT_VAL(EXIT_PANIC), PC_DEBUG_EXIT);
	for (;;)
		__asm__ volatile("cli; hlt" : : : "memory");
}

__noreturn void early_no_ram(void)
{
	ns16550_setup(PC_COM1);
	early_puts(EARLY_NO_RAM);
	early_stop();
}
