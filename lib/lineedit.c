// SPDX-License-Identifier: MIT
// Line editing on a terminal that understands ANSI.
//
// The line occupies cells, row by row; the prompt's first character is cell 0:
//
//   cell  0         6              columns - 1
//         k896> cat vmallocin|
//         fo and more_                          the cursor: row 1, where the next character goes
//
// After a write to the last cell of a row, the terminal keeps the cursor there. The editor then sends a
// newline, so that the cursor always is at the next cell.
// Linux: readline and linenoise, in user space.

#include <lib/format.h>
#include <lib/lineedit.h>
#include <lib/string.h>
#include <lib/util.h>

#define CTRL(c)   ((c)&0x1f)
#define ESC       0x1b
#define DEL       0x7f
#define COLUMNS   80 // the width of a terminal that does not answer
#define ASK_CELLS 20 // a shorter line fits every terminal: do not ask

// Keys that terminals send as sequences; the numbers follow the characters.
enum {
	KEY_UP = 256,
	KEY_DOWN,
	KEY_RIGHT,
	KEY_LEFT,
	KEY_HOME,
	KEY_END,
	KEY_DELETE,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
	KEY_DELETE_WORD,
	KEY_WIDTH,
	KEY_NONE
};

// ---- Drawing ------------------------------------------------------------------------------------------

static void write_string(struct line_editor *e, const char *s)
{
	e->write(s, strlen(s));
}

// "\033[5A": n steps in one direction; n <= 0: none.
static void put_steps(struct line_editor *e, int n, char direction)
{
	char text[16];

	if (n <= 0)
		return;
	snprintf(text, sizeof(text), "\033[%d%c", n, direction);
	write_string(e, text);
}

static int columns_of(const struct line_editor *e)
{
	return e->columns ? e->columns : COLUMNS;
}

// The cell after the last character.
static int cells(const struct line_editor *e)
{
	return (int)strlen(e->prompt) + e->len;
}

// Moves the terminal's cursor from the cell after the text to the cell of pos.
static void place_cursor(struct line_editor *e)
{
	const int columns = columns_of(e), cell = (int)strlen(e->prompt) + e->pos;

	if (e->pos < e->len) {
		put_steps(e, cells(e) / columns - cell / columns, 'A');
		write_string(e, "\r");
		put_steps(e, cell % columns, 'C');
	}
	e->row = cell / columns;
}

// Draws the whole line. The terminal's cursor is at cell 0.
static void draw(struct line_editor *e)
{
	write_string(e, "\033[J");
	write_string(e, e->prompt);
	e->write(e->text, e->len);
	if (cells(e) % columns_of(e) == 0)
		write_string(e, "\n");
	place_cursor(e);
}

static void redraw(struct line_editor *e)
{
	put_steps(e, e->row, 'A');
	write_string(e, "\r");
	draw(e);
}

// Asks for the column of the right edge; the answer is "\033[row;columnR".
static void ask_width(struct line_editor *e)
{
	e->asked = e->waiting = true;
	write_string(e, "\0337\033[999C\033[6n\0338");
}

// If the line was drawn for another width, its position is unknown: draws it again below.
static void set_width(struct line_editor *e, int columns)
{
	const int before = columns_of(e);

	e->waiting = false;
	e->columns = columns;
	if (cells(e) < min(before, columns) || before == columns)
		return;
	write_string(e, "\n");
	draw(e);
}

// ---- Changing the text ----------------------------------------------------------------------------------

static void insert_text(struct line_editor *e, const char *s, int n)
{
	n = min(n, e->max - 1 - e->len);
	if (n <= 0)
		return;
	memmove(&e->text[e->pos + n], &e->text[e->pos], e->len - e->pos + 1);
	memcpy(&e->text[e->pos], s, n);
	e->pos += n;
	e->len += n;
}

// At the end of the line, the common case, writes only the character.
static void insert_key(struct line_editor *e, char c)
{
	const int before = e->len;

	insert_text(e, &c, 1);
	if (e->len == before)
		return;
	if (e->pos < e->len) {
		redraw(e);
		return;
	}
	e->write(&c, 1);
	if (cells(e) % columns_of(e) == 0)
		write_string(e, "\n");
	e->row = cells(e) / columns_of(e);
}

// Removes [from, to) and puts the cursor at from.
static void erase_text(struct line_editor *e, int from, int to)
{
	if (from < 0 || to > e->len || from >= to)
		return;
	memmove(&e->text[from], &e->text[to], e->len - to + 1);
	e->len -= to - from;
	e->pos = from;
	redraw(e);
}

static void move_to(struct line_editor *e, int pos)
{
	e->pos = min(max(pos, 0), e->len);
	redraw(e);
}

static void set_text(struct line_editor *e, const char *text)
{
	strscpy(e->text, text, e->max);
	e->len = e->pos = strlen(e->text);
	redraw(e);
}

// The start of the word before the cursor; words are separated by blanks. For Ctrl-W and Tab.
static int blank_word_start(const struct line_editor *e)
{
	int i = e->pos;

	while (i > 0 && e->text[i - 1] == ' ')
		i--;
	while (i > 0 && e->text[i - 1] != ' ')
		i--;
	return i;
}

static bool in_word(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

// Words are letters and digits, as in readline.
static int word_left(const struct line_editor *e)
{
	int i = e->pos;

	while (i > 0 && !in_word(e->text[i - 1]))
		i--;
	while (i > 0 && in_word(e->text[i - 1]))
		i--;
	return i;
}

static int word_right(const struct line_editor *e)
{
	int i = e->pos;

	while (i < e->len && !in_word(e->text[i]))
		i++;
	while (i < e->len && in_word(e->text[i]))
		i++;
	return i;
}

// ---- History ----------------------------------------------------------------------------------------------

static void browse(struct line_editor *e, int step)
{
	const int to = e->browsing + step;

	if (to < 0 || to < e->count - LINE_HISTORY || to > e->count)
		return;
	e->browsing = to;
	set_text(e, to == e->count ? "" : e->history[to % LINE_HISTORY]);
}

static void remember_line(struct line_editor *e)
{
	if (!e->len)
		return;
	if (e->count && strcmp(e->history[(e->count - 1) % LINE_HISTORY], e->text) == 0)
		return;
	strscpy(e->history[e->count++ % LINE_HISTORY], e->text, LINE_MAX);
}

// ---- Completion ---------------------------------------------------------------------------------------------

// The next word, from the n-th on, that starts with text[start..pos). A word with a leading '_' needs at
// least one typed character.
static const char *next_match(struct line_editor *e, int *start, unsigned int *n)
{
	const char *word;

	while ((word = e->word(e->text, start, (*n)++)) != NULL) {
		const int typed = e->pos - *start;

		if (typed < 0) // the cursor is before the word
			return NULL;
		if (strncmp(word, &e->text[*start], typed) == 0 && (typed > 0 || *word != '_'))
			return word;
	}
	return NULL;
}

// Returns the number of matching words; *common is the first, and all share its first *same characters.
static int count_matches(struct line_editor *e, int *start, const char **common, int *same)
{
	const char *word;
	unsigned int n = 0;
	int matches = 0;

	for (; (word = next_match(e, start, &n)) != NULL; matches++) {
		int i = 0;

		if (matches == 0) {
			*common = word;
			*same = strlen(word);
			continue;
		}
		while (i < *same && word[i] == (*common)[i])
			i++;
		*same = i;
	}
	return matches;
}

// Lists the matches below the line, then draws the line again.
static void list_matches(struct line_editor *e, int start)
{
	const int pos = e->pos;
	const char *word;
	unsigned int n = 0;
	int used = 0;

	move_to(e, e->len);
	write_string(e, "\n");
	e->pos = pos;
	while ((word = next_match(e, &start, &n)) != NULL) {
		const int width = (int)strlen(word) + 2;

		if (used && used + width > columns_of(e)) {
			write_string(e, "\n");
			used = 0;
		}
		write_string(e, word);
		write_string(e, "  ");
		used += width;
	}
	write_string(e, "\n");
	draw(e);
}

static void complete_word(struct line_editor *e)
{
	int start = e->pos > 0 && e->text[e->pos - 1] == ' ' ? e->pos : blank_word_start(e);
	const char *common = NULL;
	int same = 0, typed;
	const int matches = e->word ? count_matches(e, &start, &common, &same) : 0;

	if (matches == 0)
		return;
	typed = e->pos - start;
	insert_text(e, common + typed, same - typed);
	if (matches == 1 && e->text[e->pos] != ' ')
		insert_text(e, " ", 1);
	if (matches > 1 && same == typed)
		list_matches(e, start);
	else
		redraw(e);
}

// ---- Keys ---------------------------------------------------------------------------------------------------

static int alt_key(char c)
{
	switch (c) {
	case 'b': return KEY_WORD_LEFT;
	case 'f': return KEY_WORD_RIGHT;
	case 'd': return KEY_DELETE_WORD;
	case CTRL('H'):
	case DEL: return CTRL('W');
	default: return KEY_NONE;
	}
}

// ESC [ 3 ~: the first number is the key.
static int numbered_key(unsigned int number)
{
	switch (number) {
	case 1:
	case 7: return KEY_HOME;
	case 4:
	case 8: return KEY_END;
	case 3: return KEY_DELETE;
	default: return KEY_NONE;
	}
}

// ESC [ A, [ 3 ~, [ 1 ; 5 C, O H ...: the last character is the key; a second number of 5 means Ctrl, of
// 3 means Alt.
static int sequence_key(struct line_editor *e, char final)
{
	const bool by_word = e->number[1] == 5 || e->number[1] == 3 || e->number[0] == 5;

	switch (final) {
	case 'A': return KEY_UP;
	case 'B': return KEY_DOWN;
	case 'C': return by_word ? KEY_WORD_RIGHT : KEY_RIGHT;
	case 'D': return by_word ? KEY_WORD_LEFT : KEY_LEFT;
	case 'H': return KEY_HOME;
	case 'F': return KEY_END;
	case 'R': return e->waiting && e->numbers == 1 ? KEY_WIDTH : KEY_NONE;
	case '~': return numbered_key(e->number[0]);
	default: return KEY_NONE;
	}
}

static int in_sequence(struct line_editor *e, char c)
{
	if (c >= '0' && c <= '9') {
		unsigned int *number = &e->number[e->numbers];

		*number = min(*number * 10 + (c - '0'), 9999U);
		return KEY_NONE;
	}
	if (c == ';') {
		e->numbers = 1;
		return KEY_NONE;
	}
	e->state = LINE_PLAIN;
	return c < ' ' ? c : sequence_key(e, c);
}

// Returns the key that this character completes; KEY_NONE: the sequence goes on, or is unknown.
static int decode(struct line_editor *e, char c)
{
	if (e->state == LINE_SEQUENCE)
		return in_sequence(e, c);
	if (c == ESC) {
		e->state = LINE_ESCAPE;
		return KEY_NONE;
	}
	if (e->state == LINE_PLAIN)
		return (u8)c;
	e->state = LINE_PLAIN;
	if (c != '[' && c != 'O')
		return alt_key(c);
	e->state = LINE_SEQUENCE;
	e->number[0] = e->number[1] = e->numbers = 0;
	return KEY_NONE;
}

static void move_key(struct line_editor *e, int key)
{
	switch (key) {
	case KEY_RIGHT:
	case CTRL('F'): move_to(e, e->pos + 1); break;
	case KEY_LEFT:
	case CTRL('B'): move_to(e, e->pos - 1); break;
	case KEY_HOME:
	case CTRL('A'): move_to(e, 0); break;
	case KEY_END:
	case CTRL('E'): move_to(e, e->len); break;
	case KEY_WORD_LEFT: move_to(e, word_left(e)); break;
	case KEY_WORD_RIGHT: move_to(e, word_right(e)); break;
	case KEY_UP:
	case CTRL('P'): browse(e, -1); break;
	case KEY_DOWN:
	case CTRL('N'): browse(e, 1); break;
	}
}

static void change_key(struct line_editor *e, int key)
{
	switch (key) {
	case DEL:
	case CTRL('H'): erase_text(e, e->pos - 1, e->pos); break;
	case KEY_DELETE:
	case CTRL('D'): erase_text(e, e->pos, e->pos + 1); break;
	case CTRL('U'): erase_text(e, 0, e->pos); break;
	case CTRL('K'): erase_text(e, e->pos, e->len); break;
	case CTRL('W'): erase_text(e, blank_word_start(e), e->pos); break;
	case KEY_DELETE_WORD: erase_text(e, e->pos, word_right(e)); break;
	case CTRL('C'): set_text(e, ""); break;
	case CTRL('L'):
		write_string(e, "\033[H\033[2J");
		e->row = 0;
		redraw(e);
		break;
	case '\t': complete_word(e); break;
	case KEY_WIDTH:
		if (e->number[1] >= 8)
			set_width(e, e->number[1]);
		break;
	default:
		if (key >= ' ' && key < DEL)
			insert_key(e, (char)key);
	}
}

void line_start(struct line_editor *e, const char *prompt, int size)
{
	e->prompt = prompt;
	e->text[0] = '\0';
	e->len = e->pos = e->row = 0;
	e->max = min(size, LINE_MAX);
	e->browsing = e->count;
	e->asked = false;
	e->state = LINE_PLAIN;
	write_string(e, prompt);
}

// Ends the line, so that the next output starts in a new row.
static void finish(struct line_editor *e)
{
	if (e->pos < e->len)
		move_to(e, e->len);
	if (cells(e) % columns_of(e) != 0)
		write_string(e, "\n");
	remember_line(e);
}

bool line_key(struct line_editor *e, char c)
{
	const int key = decode(e, c);

	if (key == '\r' || key == '\n') {
		finish(e);
		return true;
	}
	move_key(e, key);
	change_key(e, key);
	if (!e->asked && cells(e) >= ASK_CELLS)
		ask_width(e);
	return false;
}
