// SPDX-License-Identifier: MIT
// Line editing on a terminal that understands ANSI: the keys of readline's emacs mode.
//
//   Left Right Home End  Ctrl-B F A E  move              Backspace Delete Ctrl-D  delete one
//   Ctrl-Left Ctrl-Right  Alt-B F      move by a word    Ctrl-U K W  Alt-D        delete to start, end, word
//   Up Down  Ctrl-P N                  history           Tab                      complete the word
//   Ctrl-C  drop the line              Ctrl-L            clear the screen
//
// Pure logic: characters go in, text for the terminal comes out. A line may take several rows. The editor
// asks the terminal for its width; the answer arrives like a key.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define LINE_MAX     128 // tunable: the longest line, with the NUL
#define LINE_HISTORY 16  // tunable: lines in the history

struct line_editor {
	// Set once by the owner.
	void (*write)(const char *s, size_t n);
	// Returns the n-th word that may stand at line[*start], regardless of what is already typed;
	// NULL after the last. May advance *start over characters that are not part of the word. May be
	// NULL: no completion.
	const char *(*word)(const char *line, int *start, unsigned int n);
	// Private to the editor.
	const char *prompt;
	char text[LINE_MAX];
	int len, pos, max;
	int columns;  // width of the terminal; 0: not known yet
	int row;      // the cursor's row; the prompt's is 0
	int browsing; // the line of the history that is shown; count: a new line
	bool asked,
		waiting; // asked for the width during this line; an answer may still arrive
	enum { LINE_PLAIN, LINE_ESCAPE, LINE_SEQUENCE } state;
	unsigned int number[2], numbers; // of a sequence
	char history[LINE_HISTORY][LINE_MAX];
	int count; // lines ever added to the history
};

// Shows the prompt (not copied) for a new line of at most size - 1 characters.
void line_start(struct line_editor *e, const char *prompt, int size);

// Handles one character from the terminal. True: the line is complete; it is in text and in the history.
__must_check bool line_key(struct line_editor *e, char c);
