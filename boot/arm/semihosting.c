// SPDX-License-Identifier: MIT
// Words by semihosting: on a board whose UART is not known, they go to QEMU's standard error.
//
// Rules: works at either address and before the device tree is read (compiled -fpie with hidden
// visibility).
// Semihosting for AArch32 (Arm, 100863), SYS_WRITE0.

#include <boot/arm/semihosting.h>
#include <boot/arm/skip.h>
#include <kernel/console.h>
#include <lib/string.h>
#include <lib/util.h>

#define SYS_WRITE0 0x04

static void write0(const char *s)
{
	register u32 r0 __asm__("r0") = SYS_WRITE0;
	register const char *r1 __asm__("r1") = s;

	__asm__ volatile("svc 0x123456" : "+r"(r0) : "r"(r1) : "lr", "memory");
}

void semihosting_puts(const char *s)
{
	const struct skip_state before = skip_begin();

	write0(s);
	skip_end(before);
}

// In pieces that end with a NUL.
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
