// SPDX-License-Identifier: MIT
// Builds a text piece by piece.
//
// Linux: lib/seq_buf.c.

#include <lib/format.h>
#include <lib/seq_buf.h>
#include <lib/util.h>

void seq_buf_printf(struct seq_buf *s, const char *fmt, ...)
{
	const size_t left = s->size - s->len;
	va_list args;

	va_start(args, fmt);
	s->len += min((size_t)vsnprintf(s->buffer + s->len, left, fmt, args), left - 1);
	va_end(args);
}
