// SPDX-License-Identifier: MIT
// The kernel monitor: commands on the serial console, when there is no init to run.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

__noreturn void monitor_run(void);

// Reads a line with editing and history into buf (size bytes with the NUL), echoing it. Returns its
// length, without the newline. word: for the Tab key, as in lib/lineedit.h. Sleeps.
int line_read(const char *prompt, char *buf, int size,
	      const char *(*word)(const char *line, int *start, unsigned int n));
