// SPDX-License-Identifier: MIT
// Line editing on a terminal that understands ANSI: the keys of readline's emacs mode.
//
//   Left Right Home End  Ctrl-B F A E   move        Backspace Delete Ctrl-D   delete one
//   Up Down              Ctrl-P N       history     Ctrl-U K W                delete to start, end, word
//   Ctrl-C  drop the line               Ctrl-L      clear the screen
//
// Owns: the history.

#include <kernel/console.h>
#include <kernel/monitor.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <lib/util.h>

#define LINE_SIZE 128 // tunable: the longest line
#define HISTORY   16  // tunable

#define CTRL(c) ((c)&0x1f)
#define ESC     0x1b
#define DEL     0x7f

// Keys that terminals send as sequences, beyond the characters.
enum { KEY_UP = 256, KEY_DOWN, KEY_RIGHT, KEY_LEFT, KEY_HOME, KEY_END, KEY_DELETE, KEY_NONE };

static struct {
	char lines[HISTORY][LINE_SIZE];
	int count; // ever stored
} history;

struct editor {
	const char *prompt;
	char text[LINE_SIZE];
	int len, pos, max;
	int browsing; // which line of the history is shown; history.count: a new one
};

// What comes after ESC: [ A, [ 3 ~, [ 1 ; 5 C, O H ... The first number tells the key.
static int read_sequence(void)
{
	static const struct {
		char final;
		int key;
	} finals[] = { { 'A', KEY_UP },   { 'B', KEY_DOWN }, { 'C', KEY_RIGHT },
		       { 'D', KEY_LEFT }, { 'H', KEY_HOME }, { 'F', KEY_END } };
	char c = console_getchar();
	unsigned int number = 0;

	while (c == ESC)
		c = console_getchar();
	if (c != '[' && c != 'O')
		return KEY_NONE;
	for (c = console_getchar(); c >= '0' && c <= '9'; c = console_getchar())
		number = number * 10 + (c - '0');
	while ((c >= '0' && c <= '9') || c == ';')
		c = console_getchar();
	for (size_t i = 0; i < ARRAY_SIZE(finals); i++)
		if (finals[i].final == c)
			return finals[i].key;
	if (c != '~')
		return KEY_NONE;
	switch (number) {
	case 1:
	case 7: return KEY_HOME;
	case 4:
	case 8: return KEY_END;
	case 3: return KEY_DELETE;
	default: return KEY_NONE;
	}
}

static int read_key(void)
{
	char c = console_getchar();

	return c == ESC ? read_sequence() : (u8)c;
}

// Draws the line anew, and puts the cursor where it belongs.
static void redraw(const struct editor *e)
{
	cprintf("\r%s%s\033[K", e->prompt, e->text);
	if (e->len > e->pos)
		cprintf("\033[%dD", e->len - e->pos);
}

static void insert(struct editor *e, char c)
{
	if (e->len + 1 >= e->max)
		return;
	memmove(&e->text[e->pos + 1], &e->text[e->pos], e->len - e->pos + 1);
	e->text[e->pos++] = c;
	e->len++;
	if (e->pos == e->len)
		console_write(&c, 1); // the common case: no need to draw the rest
	else
		redraw(e);
}

// Removes [from, to), leaves the cursor at from.
static void erase(struct editor *e, int from, int to)
{
	if (from < 0 || to > e->len || from >= to)
		return;
	memmove(&e->text[from], &e->text[to], e->len - to + 1);
	e->len -= to - from;
	e->pos = from;
	redraw(e);
}

static int word_start(const struct editor *e)
{
	int i = e->pos;

	while (i > 0 && e->text[i - 1] == ' ')
		i--;
	while (i > 0 && e->text[i - 1] != ' ')
		i--;
	return i;
}

static void move_to(struct editor *e, int pos)
{
	e->pos = min(max(pos, 0), e->len);
	redraw(e);
}

static void set_text(struct editor *e, const char *text)
{
	strscpy(e->text, text, e->max);
	e->len = e->pos = strlen(e->text);
	redraw(e);
}

static void browse(struct editor *e, int step)
{
	int to = e->browsing + step;

	if (to < 0 || to < history.count - HISTORY || to > history.count)
		return;
	e->browsing = to;
	set_text(e, to == history.count ? "" : history.lines[to % HISTORY]);
}

static void remember(const char *text)
{
	if (!*text)
		return;
	if (history.count && strcmp(history.lines[(history.count - 1) % HISTORY], text) == 0)
		return;
	strscpy(history.lines[history.count++ % HISTORY], text, LINE_SIZE);
}

// Does what a key says. Returns true when the line is complete.
static bool handle_key(struct editor *e, int key)
{
	switch (key) {
	case '\r':
	case '\n': return true;
	case KEY_UP:
	case CTRL('P'): browse(e, -1); break;
	case KEY_DOWN:
	case CTRL('N'): browse(e, 1); break;
	case KEY_RIGHT:
	case CTRL('F'): move_to(e, e->pos + 1); break;
	case KEY_LEFT:
	case CTRL('B'): move_to(e, e->pos - 1); break;
	case KEY_HOME:
	case CTRL('A'): move_to(e, 0); break;
	case KEY_END:
	case CTRL('E'): move_to(e, e->len); break;
	case DEL:
	case CTRL('H'): erase(e, e->pos - 1, e->pos); break;
	case KEY_DELETE:
	case CTRL('D'): erase(e, e->pos, e->pos + 1); break;
	case CTRL('U'): erase(e, 0, e->pos); break;
	case CTRL('K'): erase(e, e->pos, e->len); break;
	case CTRL('W'): erase(e, word_start(e), e->pos); break;
	case CTRL('L'):
		cprintf("\033[H\033[2J");
		redraw(e);
		break;
	case CTRL('C'): set_text(e, ""); break;
	default:
		if (key >= ' ' && key < DEL)
			insert(e, (char)key);
	}
	return false;
}

int line_read(const char *prompt, char *buf, int size)
{
	struct editor e = { .prompt = prompt,
			    .max = min(size, LINE_SIZE),
			    .browsing = history.count };

	cprintf("%s", prompt);
	while (!handle_key(&e, read_key()))
		;
	cprintf("\n");
	remember(e.text);
	strscpy(buf, e.text, size);
	return e.len;
}
