// SPDX-License-Identifier: MIT
// Line editing on a terminal that understands ANSI: the keys of readline's emacs mode.
//
//   Left Right Home End  Ctrl-B F A E  move              Backspace Delete Ctrl-D  delete one
//   Ctrl-Left Ctrl-Right  Alt-B F      move by a word    Ctrl-U K W  Alt-D        delete to start, end, word
//   Up Down  Ctrl-P N                  history           Tab                      complete the word
//   Ctrl-C  drop the line              Ctrl-L            clear the screen
//
// Pure logic: characters go in, text for the terminal comes out. A line may take several rows. How wide the
// terminal is, it tells itself: it is asked where its right edge is, and answers as if by a key.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define LINE_MAX     128 // tunable: the longest line, with the NUL
#define LINE_HISTORY 16  // tunable: lines that are remembered

struct line_editor {
	// The owner's, set once.
	void (*write)(const char *s, size_t n);
	// The n-th word that may stand at line[*start], whatever has been typed of it so far; NULL: there are
	// no more. *start may be moved forward, over what belongs to no word. NULL: nothing is completed.
	const char *(*word)(const char *line, int *start, unsigned int n);
	// The editor's.
	const char *prompt;
	char text[LINE_MAX];
	int len, pos, max;
	int columns;  // of the terminal; 0: it has not said yet
	int row;      // how many rows below the prompt's the cursor is
	int browsing; // which line of the history is shown; count: a new one
	bool asked,
		waiting; // whether this line has asked for the width; whether an answer may come
	enum { LINE_PLAIN, LINE_ESCAPE, LINE_SEQUENCE } state;
	unsigned int number[2], numbers; // of a sequence
	char history[LINE_HISTORY][LINE_MAX];
	int count; // lines ever remembered
};

// Shows the prompt (not copied) for a new line of at most size - 1 characters.
void line_start(struct line_editor *e, const char *prompt, int size);

// Takes one character from the terminal. True: the line is complete, in text, and remembered.
__must_check bool line_key(struct line_editor *e, char c);
