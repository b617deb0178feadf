// SPDX-License-Identifier: MIT
// The kernel log: a ring of text that dmesg shows, and the console that shows it at once.
//
// Owns: the ring. Each record is one line: "<level>[ seconds] text\n"; the level character is not
// shown. Rules: works before the console, in interrupts and in an oops.
// Linux: kernel/printk/, with a lockless ring and console threads; here a line is on the wire
// before printk() returns, so that a crash loses none.

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
	char ring[RING_SIZE];
	u32 head;      // bytes ever written; the oldest kept is head - RING_SIZE
	bool mid_line; // the last record has no '\n' yet
	int level;     // of that record, for KERN_CONT
	const struct console *con;
} log = { .mid_line = false };

static void console_put(const char *s, size_t n)
{
	if (log.con)
		log.con->write(s, n);
}

static void ring_put(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		log.ring[log.head++ % RING_SIZE] = s[i];
}

static void emit(int level, const char *s, size_t n)
{
	ring_put(s, n);
	if (level < console_loglevel)
		console_put(s, n);
}

// "[    1.234567] "
static void put_header(int level)
{
	char level_char = '0' + level, text[24];
	u32 ns;
	u64 seconds = div_u64_rem(time_ns(), NSEC_PER_SEC, &ns);

	ring_put(&level_char, 1);
	emit(level, text, scnprintf(text, sizeof(text), "[%5u.%06u] ", (u32)seconds, ns / 1000));
}

// Takes the KERN_ mark off the text; -1 stands for KERN_CONT.
static int take_level(const char **text)
{
	const char *s = *text;

	if (s[0] != KERN_SOH[0] || s[1] == '\0')
		return KERN_WARNING[1] - '0';
	*text = s + 2;
	return s[1] == KERN_CONT[1] ? -1 : s[1] - '0';
}

int vprintk(const char *fmt, va_list ap)
{
	char buf[LINE_MAX];
	int level = take_level(&fmt);
	unsigned long flags;
	int len = vsnprintf(buf, sizeof(buf), fmt, ap);

	if (len >= (int)sizeof(buf)) {
		len = sizeof(buf) - 1;
		buf[len - 1] = '\n';
	}
	flags = local_irq_save();
	if (level < 0) {
		level = log.level;
		if (!log.mid_line)
			put_header(level);
	} else {
		if (log.mid_line)
			emit(log.level, "\n", 1);
		put_header(level);
	}
	emit(level, buf, len);
	log.level = level;
	log.mid_line = len > 0 && buf[len - 1] != '\n';
	local_irq_restore(flags);
	return len;
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
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	console_write(buf, strlen(buf));
}

void console_write(const char *s, size_t n)
{
	unsigned long flags = local_irq_save();

	console_put(s, n);
	local_irq_restore(flags);
}

// Calls put(level, text) for each line of the ring behind this place.
static void for_each_line(u32 pos, void (*put)(int level, const char *text, void *arg), void *arg)
{
	const u32 end = log.head;
	char line[LINE_MAX + 32];
	size_t n = 0;

	if (end - pos >= RING_SIZE)
		pos = end - RING_SIZE + 1;
	// A line whose beginning is lost, or lies before, is left out.
	if (pos > 0)
		while (pos != end && log.ring[(pos - 1) % RING_SIZE] != '\n')
			pos++;
	for (; pos != end; pos++) {
		char c = log.ring[pos % RING_SIZE];

		if (c != '\n' && n < sizeof(line) - 1) {
			line[n++] = c;
			continue;
		}
		line[n] = '\0';
		put(line[0] - '0', line + 1, arg);
		n = 0;
	}
	if (n > 0) {
		line[n] = '\0';
		put(line[0] - '0', line + 1, arg);
	}
}

static void replay_line(int level, const char *text, void *arg)
{
	if (level < console_loglevel) {
		console_put(text, strlen(text));
		console_put("\n", 1);
	}
}

void console_register(const struct console *con, bool replay)
{
	unsigned long flags = local_irq_save();

	log.con = con;
	if (replay)
		for_each_line(0, replay_line, NULL);
	local_irq_restore(flags);
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
