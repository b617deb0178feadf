// SPDX-License-Identifier: MIT
// Output by semihosting: on a board with an unknown UART, it goes to QEMU's standard error.
//
// Rules: works at either address and before the device tree is read (compiled -fpie with hidden
// visibility).

#include <boot/arm/semihosting.h>
#include <boot/arm/skip.h>
#include <kernel/console.h>
#include <lib/string.h>
#include <lib/util.h>

void semihosting_puts(const char *s)
{
	const struct skip_state before = skip_begin();

	semihosting_call(SEMIHOSTING_WRITE0, s);
	skip_end(before);
}

// Writes in pieces, because semihosting_puts() needs a NUL at the end.
static void semihosting_write(const char *s, size_t n)
{
	char piece[64];

	while (n > 0) {
		const size_t size = min(n, sizeof(piece) - 1);

		memcpy(piece, s, size);
		piece[size] = '\0';
		semihosting_puts(piece);
		s += size;
		n -= size;
	}
}

void semihosting_console(void)
{
	static const struct console console = { "semihosting", semihosting_write };

	console_register(&console, true);
}
