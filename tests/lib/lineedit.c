// SPDX-License-Identifier: MIT
// The line editor: what each key does to the line, and what a terminal of any width shows of it.
//
// The terminal is a small model: cells, a cursor, and the wait at the end of a row that all real ones have.

#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/lineedit.h>
#include <lib/string.h>
#include <lib/util.h>

#include "random.h"

SUITE("lineedit");

#define ROWS        24
#define MAX_COLUMNS 120
#define PROMPT      "k896> "

static struct {
	char cell[ROWS][MAX_COLUMNS];
	int columns, row, column;
	bool full; // the last cell of a row was written: the next character goes to the next row
	int saved_column;
	bool asked; // where the cursor is; at `answer`
	int answer;
	char sequence[16]; // an escape sequence so far
	int length;
	bool silent; // does not answer
} screen;

static void screen_next_row(void)
{
	screen.full = false;
	if (++screen.row < ROWS)
		return;
	memmove(screen.cell[0], screen.cell[1], sizeof(screen.cell) - sizeof(screen.cell[0]));
	memset(screen.cell[ROWS - 1], ' ', MAX_COLUMNS);
	screen.row = ROWS - 1;
}

static void show_character(char c)
{
	if (screen.full) {
		screen_next_row();
		screen.column = 0;
	}
	screen.cell[screen.row][screen.column] = c;
	if (screen.column + 1 == screen.columns)
		screen.full = true;
	else
		screen.column++;
}

static void clear_below(void)
{
	memset(&screen.cell[screen.row][screen.column], ' ', MAX_COLUMNS - screen.column);
	for (int row = screen.row + 1; row < ROWS; row++)
		memset(screen.cell[row], ' ', MAX_COLUMNS);
}

// The sequence is complete: ESC [ n final.
static void obey(char final)
{
	int n = 0;

	for (const char *c = &screen.sequence[1]; *c >= '0' && *c <= '9'; c++)
		n = n * 10 + (*c - '0');
	screen.full = false;
	switch (final) {
	case 'A': screen.row = max(screen.row - n, 0); break;
	case 'C': screen.column = min(screen.column + n, screen.columns - 1); break;
	case 'D': screen.column = max(screen.column - n, 0); break;
	case 'J': clear_below(); break;
	case 'H': screen.row = screen.column = 0; break;
	case 'n':
		screen.asked = true;
		screen.answer = screen.column + 1;
		break;
	default: EXPECT_EQ(final, 0);
	}
}

static void take_sequence(char c)
{
	if (screen.length == 1 && (c == '7' || c == '8')) {
		if (c == '7')
			screen.saved_column = screen.column;
		else
			screen.column = screen.saved_column;
		screen.length = 0;
		return;
	}
	screen.sequence[screen.length - 1] = c;
	screen.sequence[screen.length++] = '\0';
	if (c == '[' || (c >= '0' && c <= '9'))
		return;
	screen.length = 0;
	obey(c);
}

static void screen_write(const char *s, size_t n)
{
	for (; n > 0; s++, n--) {
		if (screen.length)
			take_sequence(*s);
		else if (*s == 0x1b)
			screen.length = 1;
		else if (*s == '\r' || *s == '\n')
			screen.column = 0;
		else
			show_character(*s);
		if (*s == '\r')
			screen.full = false;
		if (*s == '\n')
			screen_next_row();
	}
}

static const char *const words[] = { "alloc", "cat", "crash", "free", "_hidden", NULL };
static const char *const files[] = { "meminfo", "vmallocinfo", "vmstat", NULL };

static const char *test_word(const char *line, int *start, unsigned int n)
{
	if (*start == 0)
		return words[n];
	return strncmp(line, "cat ", 4) == 0 ? files[n] : NULL;
}

static struct line_editor editor;

static void start_editor(int columns)
{
	memset(&screen, 0, sizeof(screen));
	memset(screen.cell, ' ', sizeof(screen.cell));
	screen.columns = columns;
	memset(&editor, 0, sizeof(editor));
	editor.write = screen_write;
	editor.word = test_word;
	line_start(&editor, PROMPT, LINE_MAX);
}

// Types keys, and answers what the editor asks. Returns whether the line is complete.
static bool type(const char *keys)
{
	char answer[24];
	bool done = false;

	while (*keys && !done) {
		done = line_key(&editor, *keys++);
		if (!screen.asked || screen.silent)
			continue;
		screen.asked = false;
		snprintf(answer, sizeof(answer), "\033[1;%dR", screen.answer);
		type(answer);
	}
	return done;
}

// The line after `keys`, with the cursor as |.
static const char *line_after(const char *keys)
{
	static char text[LINE_MAX + 2];

	start_editor(80);
	EXPECT_FALSE(type(keys));
	snprintf(text, sizeof(text), "%.*s|%s", editor.pos, editor.text, &editor.text[editor.pos]);
	return text;
}

#define LEFT "\033[D"

TEST("words: Alt-B and Alt-F, and Ctrl with the arrows, move to the start of one and to the end of "
     "the next")
{
	EXPECT_STREQ(line_after("pt c0010000 x-y\033b"), "pt c0010000 x-|y");
	EXPECT_STREQ(line_after("pt c0010000 x-y\033b\033b\033b"), "pt |c0010000 x-y");
	EXPECT_STREQ(line_after("pt c0010000\033[1;5D\033[1;5D\033[1;5D"), "|pt c0010000");
	EXPECT_STREQ(line_after("pt c0010000\001\033f"), "pt| c0010000");
	EXPECT_STREQ(line_after("pt c0010000\001\033[1;5C\033[1;3C\033[5C"), "pt c0010000|");
	EXPECT_STREQ(line_after("pt" LEFT "\033[C\033[C"), "pt|");
}

TEST("words: Ctrl-W deletes back to a blank, Alt-D to the end of a word, Alt-Backspace as Ctrl-W")
{
	EXPECT_STREQ(line_after("pt c001-0000\027"), "pt |");
	EXPECT_STREQ(line_after("pt c001-0000\033\177"), "pt |");
	EXPECT_STREQ(line_after("pt c001-0000\001\033d"), "| c001-0000");
	EXPECT_STREQ(line_after("pt c001-0000\001\033d\033d"), "|-0000");
	EXPECT_STREQ(line_after("pt"
				"\033d\033f\033b\027"),
		     "|pt");
}

TEST("Tab completes a command, a file behind cat, and what is common to several")
{
	EXPECT_STREQ(line_after("al\t"), "alloc |");
	EXPECT_STREQ(line_after("cat v\t"), "cat vm|");
	EXPECT_STREQ(line_after("cat me\tx"), "cat meminfo x|");
	EXPECT_STREQ(line_after("c\t"), "c|");
	EXPECT_STREQ(line_after("fr x" LEFT LEFT "\t"), "free| x");
	EXPECT_STREQ(line_after("zz\t"), "zz|");
	EXPECT_STREQ(line_after("alloc \t"), "alloc |");
	EXPECT_STREQ(line_after("_\t"), "_hidden |");
}

static bool row_is(int row, const char *text)
{
	const size_t n = strlen(text);

	for (int i = 0; i < screen.columns; i++)
		if (screen.cell[row][i] != (i < n ? text[i] : ' '))
			return false;
	return true;
}

TEST("Tab lists the words when there are several, those with _ left out, and shows the line once "
     "more")
{
	start_editor(80);
	EXPECT_FALSE(type("c\t"));
	EXPECT_TRUE(row_is(0, PROMPT "c") && row_is(1, "cat  crash") && row_is(2, PROMPT "c"));
	EXPECT_EQ(screen.row, 2);
	EXPECT_EQ(screen.column, 7);
	start_editor(80);
	EXPECT_FALSE(type("\t"));
	EXPECT_TRUE(row_is(1, "alloc  cat  crash  free") && row_is(2, PROMPT));
}

TEST("the history remembers lines, not the same one twice in a row, and a sequence cut short harms "
     "nothing")
{
	start_editor(80);
	EXPECT_TRUE(type("one\r"));
	line_start(&editor, PROMPT, LINE_MAX);
	EXPECT_TRUE(type("two\r"));
	line_start(&editor, PROMPT, LINE_MAX);
	EXPECT_TRUE(type("two\r"));
	line_start(&editor, PROMPT, LINE_MAX);
	EXPECT_FALSE(type("\033[A\033[A"));
	EXPECT_STREQ(editor.text, "one");
	EXPECT_FALSE(type("\033[B\033[99999999999;99999999999~x"));
	EXPECT_STREQ(editor.text, "twox");
	EXPECT_FALSE(type("\033[1;2R\033\033[D\033[1;2\003"));
	EXPECT_STREQ(editor.text, "");
	EXPECT_EQ(editor.state, 0);
}

// What cell i of the line must show.
static char character_at(int i)
{
	const int prompt = (int)strlen(PROMPT);

	if (i < prompt)
		return PROMPT[i];
	return i < prompt + editor.len ? editor.text[i - prompt] : ' ';
}

// Whether the terminal shows the line, and nothing below it, and has the cursor where it belongs.
static bool shown_right(void)
{
	const int cursor = (int)strlen(PROMPT) + editor.pos;
	const int first = screen.row - cursor / screen.columns;

	if (screen.column != cursor % screen.columns || screen.full)
		return false;
	for (int row = max(first, 0); row < ROWS; row++) {
		for (int column = 0; column < screen.columns; column++) {
			const int i = (row - first) * screen.columns + column;

			if (screen.cell[row][column] != character_at(i))
				return false;
		}
	}
	return true;
}

static const char *const keys[] = {
	"a",        "b ",
	"c0010000", "\033[D",
	"\033[C",   "\033b",
	"\033f",    "\001",
	"\005",     "\177",
	"\004",     "\027",
	"\033d",    "\025",
	"\013",     "\033[A",
	"\033[B",   "a long line of words that needs more than one row of a small terminal ",
	"\014",     "\003",
	"\t"
};

TEST("a line is shown right, with the cursor where it belongs, on a terminal of any width")
{
	u32 random = 896;
	int wrong = 0;

	for (int columns = 24; columns <= MAX_COLUMNS; columns += 7) {
		start_editor(columns);
		for (int i = 0; i < 400; i++) {
			if (type(i % 50 == 49 ? "\r"
					      : keys[random_below(&random, ARRAY_SIZE(keys))]))
				line_start(&editor, PROMPT, LINE_MAX);
			wrong += !shown_right();
		}
	}
	EXPECT_EQ(wrong, 0);
}

TEST("a line that ends with a row needs no empty row, and a terminal that says nothing is taken "
     "for 80 wide")
{
	char text[LINE_MAX];

	memset(text, 'x', 74);
	text[74] = '\0';
	start_editor(80);
	screen.silent = true;
	EXPECT_FALSE(type(text));
	EXPECT_TRUE(shown_right());
	EXPECT_EQ(screen.row, 1);
	EXPECT_TRUE(type("\r"));
	EXPECT_EQ(screen.row, 1);
	EXPECT_EQ(screen.column, 0);
}

TEST("a terminal that has become wider or narrower shows the line right from the next question on")
{
	start_editor(100);
	EXPECT_FALSE(type("a long line of words that needs more than one row of a small terminal "
			  "xxxxxxxxxxxxxxxxxxxxxxx"));
	EXPECT_TRUE(type("\r"));
	screen.columns = 40;
	line_start(&editor, PROMPT, LINE_MAX);
	EXPECT_FALSE(type("\033[A\001zz"));
	EXPECT_TRUE(shown_right());
	screen.columns = 110;
	EXPECT_TRUE(type("\r"));
	line_start(&editor, PROMPT, LINE_MAX);
	EXPECT_FALSE(type("\033[A\001zz\033f"));
	EXPECT_TRUE(shown_right());
}
