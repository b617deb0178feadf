// SPDX-License-Identifier: MIT
// Semihosting: the debugger or emulator prints text, if no UART is known, and takes the exit status.
// Semihosting for AArch32 (Arm, 100863).
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define SEMIHOSTING_WRITE0           0x04    // SYS_WRITE0: arg is the text
#define SEMIHOSTING_EXIT_EXTENDED    0x20    // SYS_EXIT_EXTENDED: arg is a reason and a status
#define SEMIHOSTING_APPLICATION_EXIT 0x20026 // ADP_Stopped_ApplicationExit

// The call itself, on any CPU. It traps if no debugger or emulator answers it.
static __always_inline void semihosting_call(u32 op, const void *arg)
{
	register u32 r0 __asm__("r0") = op;
	register const void *r1 __asm__("r1") = arg;

	__asm__ volatile("svc 0x123456" : "+r"(r0) : "r"(r1) : "lr", "memory");
}

static __always_inline void semihosting_exit(u32 status)
{
	const u32 block[2] = { SEMIHOSTING_APPLICATION_EXIT, status };

	semihosting_call(SEMIHOSTING_EXIT_EXTENDED, block);
}

// Writes to the debugger or emulator; without one, does nothing. Works at either address. QEMU:
// -semihosting-config enable=on.
void semihosting_puts(const char *s);

// Makes semihosting the console. At the virtual address.
void semihosting_console(void);
