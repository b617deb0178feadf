// SPDX-License-Identifier: MIT
// The serial console: output by polling in any context, input by interrupt.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// An output device.
struct console {
	const char *name;
	void (*write)(const char *s, size_t n); // polls; any context; '\n' is sent as "\r\n"
};

// Makes con the console, and first writes the earlier log to it. replay is false if an earlier console on
// the same wire has already shown that log. Returns the previous console, or NULL. Any context.
const struct console *console_register(const struct console *con, bool replay);

// Writes to the console but not to the log. Any context.
void console_write(const char *s, size_t n);

// A UART's interrupt handler calls this for each character. If the queue is full, the character is
// dropped and counted.
void console_input(char c);

// Whether Ctrl-C was typed since the last console_take_interrupt(), which also clears that state. The
// character stays in the queue. Any context.
bool console_interrupted(void);
bool console_take_interrupt(void);

// Characters dropped so far. Any context.
u32 console_dropped(void);

// Waits for a character. May sleep; not in interrupts.
char console_getchar(void);
// A character, or -1 when none is waiting. Any context.
int console_poll(void);
