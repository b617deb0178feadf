// SPDX-License-Identifier: MIT
// Builds a text piece by piece in a buffer. Text that does not fit is cut; the text always ends with a
// NUL. Names are Linux's; Linux can also tell whether text was cut.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

struct seq_buf {
	char *buffer;
	size_t size, len; // len: length of the text so far, without the NUL
};

// buf has `size` bytes, at least one.
static inline void seq_buf_init(struct seq_buf *s, char *buf, size_t size)
{
	*s = (struct seq_buf){ .buffer = buf, .size = size };
	*buf = '\0';
}

// Appends to the text. Any context.
__printf(2, 3) void seq_buf_printf(struct seq_buf *s, const char *fmt, ...);
