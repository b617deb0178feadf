// SPDX-License-Identifier: MIT
// The line editor on the console: characters from there, drawing to there.
//
// Owns: the editor, with its history.

#include <kernel/console.h>
#include <kernel/monitor.h>
#include <lib/lineedit.h>
#include <lib/string.h>

int line_read(const char *prompt, char *buf, int size,
	      const char *(*word)(const char *line, int *start, unsigned int n))
{
	static struct line_editor editor = { .write = console_write };

	editor.word = word;
	line_start(&editor, prompt, size);
	while (!line_key(&editor, console_getchar()))
		;
	strscpy(buf, editor.text, size);
	return editor.len;
}
