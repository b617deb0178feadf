// SPDX-License-Identifier: MIT
// The serial console: output by polling in any context, input by interrupt.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// A device that text can be written to.
struct console {
	const char *name;
	void (*write)(const char *s, size_t n); // polls; any context; '\n' is sent as "\r\n"
};

// Makes it the console; what was logged before it existed is written to it first, unless `replay`
// is false because an earlier console on the same wire has shown it. Returns the console before it, or NULL.
// Any context.
const struct console *console_register(const struct console *con, bool replay);

// Writes to the console, by-passing the log.
void console_write(const char *s, size_t n);

// Upcall of a UART's interrupt handler: one character has come. Full: it is dropped and counted.
void console_input(char c);

// Whether Ctrl-C has been typed since it was last taken note of; the second one takes note. The
// character waits in the queue all the same. Any context.
bool console_interrupted(void);
bool console_take_interrupt(void);

// How many were dropped so far. Any context.
u32 console_dropped(void);

// Waits for a character. May sleep; not in interrupts.
char console_getchar(void);
// A character, or -1 when none is waiting. Any context.
int console_poll(void);
