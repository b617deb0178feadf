// SPDX-License-Identifier: MIT
// The kernel log: a ring buffer for dmesg; the console shows each line at once.
//
// Owns: the ring. Each record is one line: a level digit, which is not shown, then "[ seconds] text\n".
// Locks: [i] changed with interrupts masked.
// Rules: works before a console exists, in interrupts and in an oops.
// Linux: kernel/printk/, with a lockless ring and console threads; here a line is on the wire
// before printk() returns, so a crash loses none.

#include <arch/cpu.h>
#include <kernel/console.h>
#include <kernel/printk.h>
#include <kernel/time.h>
#include <lib/div64.h>
#include <lib/string.h>
#include <lib/util.h>

#define RING_SIZE 32768 // tunable; a power of two
#define LINE_MAX  512

int console_loglevel = 7;

static struct {
	char ring[RING_SIZE]; // [i]
	u32 head;             // [i] bytes ever written; the oldest byte kept is head - RING_SIZE
	bool mid_line;        // [i] the last record has no '\n' yet
	int level;            // [i] of the last record, for KERN_CONT
	const struct console *con; // [i]
} log;

void console_verbose(void)
{
	console_loglevel = LOGLEVELS;
}

static void console_put(const char *s, size_t n)
{
	if (log.con)
		log.con->write(s, n);
}

// Puts the text's first line into the ring, or all of it. Returns the number of bytes. n > 0.
static size_t ring_put(const char *s, size_t n)
{
	const u32 head = log.head;
	size_t i = 0;
	char c;

	do {
		c = s[i];
		log.ring[(head + i) % RING_SIZE] = c;
		i++;
	} while (c != '\n' && i < n);
	log.head = head + i;
	return i;
}

static void show(int level, const char *s, size_t n)
{
	if (level < console_loglevel)
		console_put(s, n);
}

// "6[    1.234567] "; the level is not shown.
static void put_header(int level)
{
	char text[24];
	u32 ns;
	u64 seconds = div_u64_rem(time_ns(), NSEC_PER_SEC, &ns);
	size_t n = scnprintf(text + 1, sizeof(text) - 1, "[%5u.%06u] ", (u32)seconds, ns / 1000);

	text[0] = '0' + level;
	ring_put(text, n + 1);
	show(level, text + 1, n);
}

// Writes a header before each line of the text. A last line without '\n' stays open.
static void put_lines(int level, const char *s, size_t n)
{
	size_t put;

	do {
		if (!log.mid_line)
			put_header(level);
		log.mid_line = true;
		if (n == 0)
			return;
		put = ring_put(s, n);
		show(level, s, put);
		s += put;
		n -= put;
		log.mid_line = s[-1] != '\n';
	} while (n > 0);
}

// Skips the KERN_ mark and returns the level; -1: KERN_CONT.
static int take_level(const char **text)
{
	const char *s = *text;

	if (s[0] != KERN_SOH[0] || s[1] == '\0')
		return KERN_WARNING[1] - '0';
	*text = s + 2;
	return s[1] == KERN_CONT[1] ? -1 : s[1] - '0';
}

// Returns the length. A text that does not fit is cut and ends with '\n'.
static size_t format_text(char *buf, size_t size, const char *fmt, va_list ap)
{
	const size_t len = vsnprintf(buf, size, fmt, ap);

	if (len < size)
		return len;
	buf[size - 2] = '\n';
	return size - 1;
}

int vprintk(const char *fmt, va_list ap)
{
	char buf[LINE_MAX];
	int level = take_level(&fmt);
	const size_t len = format_text(buf, sizeof(buf), fmt, ap);
	const unsigned long flags = local_irq_save();

	if (level < 0)
		level = log.level;
	else if (log.mid_line)
		put_lines(log.level, "\n", 1);
	log.level = level;
	put_lines(level, buf, len);
	local_irq_restore(flags);
	return (int)len;
}

int printk(const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vprintk(fmt, ap);
	va_end(ap);
	return len;
}

void cprintf(const char *fmt, ...)
{
	char buf[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	console_write(buf, format_text(buf, sizeof(buf), fmt, ap));
	va_end(ap);
}

void console_write(const char *s, size_t n)
{
	unsigned long flags = local_irq_save();

	console_put(s, n);
	local_irq_restore(flags);
}

// Calls put(level, text, arg) for each line of the ring after position pos. A line that does not fit into
// the buffer comes in pieces.
static void for_each_line(u32 pos, void (*put)(int level, const char *text, void *arg), void *arg)
{
	const u32 end = log.head;
	char line[LINE_MAX + 32];
	size_t n = 0;

	if (end - pos >= RING_SIZE)
		pos = end - RING_SIZE + 1;
	// Skip a line whose start is overwritten, or before pos.
	if (pos > 0)
		while (pos != end && log.ring[(pos - 1) % RING_SIZE] != '\n')
			pos++;
	while (pos != end) {
		const char c = log.ring[pos++ % RING_SIZE];

		if (c != '\n')
			line[n++] = c;
		if (n > 1 && (c == '\n' || pos == end || n == sizeof(line) - 1)) {
			line[n] = '\0';
			put(line[0] - '0', line + 1, arg);
			n = 1; // the level stays for the next piece
		}
		if (c == '\n')
			n = 0;
	}
}

static void replay_line(int level, const char *text, void *arg)
{
	if (level < console_loglevel) {
		console_put(text, strlen(text));
		console_put("\n", 1);
	}
}

const struct console *console_register(const struct console *con, bool replay)
{
	const unsigned long flags = local_irq_save();
	const struct console *before = log.con;

	log.con = con;
	if (replay)
		for_each_line(0, replay_line, NULL);
	local_irq_restore(flags);
	return before;
}

struct dmesg_reader {
	void (*line)(const char *text, void *arg);
	void *arg;
};

static void dmesg_line(int level, const char *text, void *arg)
{
	const struct dmesg_reader *reader = arg;

	reader->line(text, reader->arg);
}

u32 log_position(void)
{
	return log.head;
}

void dmesg(u32 since, void (*line)(const char *text, void *arg), void *arg)
{
	struct dmesg_reader reader = { line, arg };

	for_each_line(since, dmesg_line, &reader);
}
