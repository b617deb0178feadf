// SPDX-License-Identifier: MIT
// A text that is written piece by piece into a buffer. What does not fit is cut off; it always ends with
// a NUL. Names are Linux's, where a text that was cut is told apart.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

struct seq_buf {
	char *buffer;
	size_t size, len; // len: of the text so far, without the NUL
};

// buf is of `size` bytes, at least one.
static inline void seq_buf_init(struct seq_buf *s, char *buf, size_t size)
{
	*s = (struct seq_buf){ .buffer = buf, .size = size };
	*buf = '\0';
}

// Writes on behind what is there. Any context.
__printf(2, 3) void seq_buf_printf(struct seq_buf *s, const char *fmt, ...);
