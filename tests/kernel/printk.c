// SPDX-License-Identifier: MIT
// The kernel log.

#include <arch/cpu.h>
#include <kernel/console.h>
#include <kernel/ktest.h>
#include <kernel/printk.h>

SUITE("printk");

struct search {
	const char *wanted;
	int found, lines;
	size_t longest;
};

static void search_log_line(const char *text, void *arg)
{
	struct search *s = arg;
	size_t len = strlen(text);

	s->lines++;
	s->found += strstr(text, s->wanted) != NULL;
	s->longest = len > s->longest ? len : s->longest;
}

static void count_tildes(const char *text, void *arg)
{
	for (; *text; text++)
		*(int *)arg += *text == '~';
}

static struct search search(const char *wanted)
{
	struct search s = { wanted, 0, 0, 0 };

	dmesg(0, search_log_line, &s);
	return s;
}

TEST("a line that was logged is in dmesg once, behind its timestamp")
{
	struct search s;

	pr_debug("printk test: %d bananas\n", 896);
	EXPECT_EQ(search("printk test: 896 bananas").found, 1);
	s = search("] printk test: 896 bananas");
	EXPECT_EQ(s.found, 1);
}

TEST("a level below the console's is logged all the same")
{
	const int before = console_loglevel;

	console_loglevel = 0;
	pr_emerg("printk test: nobody sees this\n");
	console_loglevel = before;
	EXPECT_EQ(search("printk test: nobody sees this").found, 1);
}

// A console that counts the carets it is given.
static int carets;

static void count_carets(const char *s, size_t n)
{
	while (n-- > 0)
		carets += *s++ == '^';
}

// How many carets of what log() writes, or of the log so far, reach a console with this level.
static int carets_shown(int level, void (*log)(void))
{
	static const struct console counter = { "counter", count_carets };
	const int before = console_loglevel;
	const unsigned long flags = local_irq_save();
	const struct console *real;

	console_loglevel = level;
	carets = 0;
	real = console_register(&counter, log == NULL);
	if (log)
		log();
	console_register(real, false);
	console_loglevel = before;
	local_irq_restore(flags);
	return carets;
}

// Older lines leave the ring.
static void fill_ring(void)
{
	for (int i = 0; i < 1500; i++)
		pr_debug("printk test: line %04d of many\n", i);
}

static void log_each_level(void)
{
	pr_emerg("printk test: ^\n");
	printk(KERN_ALERT "printk test: ^\n");
	pr_crit("printk test: ^\n");
	pr_err("printk test: ^\n");
	pr_warn("printk test: ^\n");
	pr_notice("printk test: ^\n");
	pr_info("printk test: ^\n");
	pr_debug("printk test: ^\n");
}

TEST("the console shows the messages whose level is below its own")
{
	for (int level = 0; level <= 8; level++)
		EXPECT_EQ(carets_shown(level, log_each_level), level);
	EXPECT_EQ(carets_shown(1000, log_each_level), 8);
}

TEST("a console that comes later shows the older messages whose level is below its own")
{
	fill_ring();
	EXPECT_EQ(carets_shown(0, log_each_level), 0);
	for (int level = 0; level <= 8; level++)
		EXPECT_EQ(carets_shown(level, NULL), level);
	EXPECT_EQ(carets_shown(1000, NULL), 8);
}

TEST("KERN_CONT goes on on the same line")
{
	pr_debug("printk test: first");
	pr_cont(", second");
	pr_cont(", third\n");
	EXPECT_EQ(search("printk test: first, second, third").found, 1);
}

TEST("a line left open is closed by the next one")
{
	pr_debug("printk test: left open");
	pr_debug("printk test: next\n");
	EXPECT_EQ(search("left openprintk").found, 0);
	EXPECT_EQ(search("] printk test: next").found, 1);
}

TEST("who reads from a place on sees the lines that began behind it")
{
	struct search s = { .wanted = "printk test:" };
	u32 here;

	pr_debug("printk test: before\n");
	pr_debug("printk test: begun before");
	here = log_position();
	pr_cont(", ended behind\n");
	pr_debug("printk test: behind\n");
	dmesg(here, search_log_line, &s);
	EXPECT_EQ(s.found, 1);
	EXPECT_EQ(s.lines, 1);
	s = (struct search){ .wanted = "printk test: behind" };
	dmesg(here, search_log_line, &s);
	EXPECT_EQ(s.found, 1);
	s.lines = 0;
	dmesg(log_position(), search_log_line, &s);
	EXPECT_EQ(s.lines, 0);
}

TEST("a line that is too long is cut, not lost")
{
	static char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	pr_debug("printk test: long %s\n", text);
	EXPECT_EQ(search("printk test: long xxxx").found, 1);
	EXPECT_LT(search("").longest, 560);
}

TEST("each line of a text with several is one of the log, with its own timestamp")
{
	pr_debug("printk test: upper\nprintk test: lower\n");
	EXPECT_EQ(search("] printk test: upper").found, 1);
	EXPECT_EQ(search("] printk test: lower").found, 1);
	EXPECT_EQ(search("[").found, search("").lines);
}

TEST("an empty text opens a line, which the next one closes")
{
	printk(KERN_DEBUG "%s", "");
	pr_debug("printk test: after nothing\n");
	EXPECT_EQ(search("] printk test: after nothing").found, 1);
	EXPECT_EQ(search("] 7[").found, 0);
}

TEST("a line that KERN_CONT made longer than any buffer is in dmesg in pieces, no letter lost")
{
	int letters = 0;

	pr_debug("printk test: pieces ");
	for (int i = 0; i < 100; i++)
		pr_cont("%s", "~~~~~~~~~~");
	pr_cont("\n");
	dmesg(0, count_tildes, &letters);
	EXPECT_EQ(letters, 1000);
}

TEST("when the ring is full the oldest lines go, the newest stay whole")
{
	fill_ring();
	EXPECT_EQ(search("printk test: line 0000 of many").found, 0);
	EXPECT_EQ(search("printk test: line 1499 of many").found, 1);
	EXPECT_GT(search("of many").found, 400);
	// Each line that is left starts where a line starts.
	EXPECT_EQ(search("[").found, search("").lines);
}
