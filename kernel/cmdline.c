// SPDX-License-Identifier: MIT
// The kernel's command line.
//
// Linux: kernel/params.c, where '-' equals '_' in names, too;
// Documentation/admin-guide/kernel-parameters.txt.

#include <abi/errno.h>
#include <drivers/misc/edu.h>
#include <kernel/cmdline.h>
#include <kernel/ktest.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/time.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/fault_inject.h>

struct kernel_params kernel_params;

#define NUMBER_MAX 0x7fffffff

// Each setter returns 0 or -EINVAL; value is NULL for a word without '='.

static int set_string(const char **where, const char *value)
{
	if (!value || !*value)
		return -EINVAL;
	*where = value;
	return 0;
}

static int set_number(int *where, const char *value, int most)
{
	u64 n;

	if (!value || parse_u64(value, 0, &n) != 0 || n > (u64)most)
		return -EINVAL;
	*where = (int)n;
	return 0;
}

static int p_ktest(const char *value)
{
	return set_string(&kernel_params.ktest, value);
}

static int p_bench(const char *value)
{
	return set_string(&kernel_params.bench, value);
}

// Seconds with an optional fraction ("10", "0.5"), stored as ticks.
static int p_ktest_timeout(const char *value)
{
	unsigned long ticks = 0, unit = HZ;
	bool fraction = false;

	for (const char *s = value; s && *s; s++) {
		if (*s == '.' && !fraction)
			fraction = true;
		else if (*s < '0' || *s > '9' || ticks > 1000000)
			return -EINVAL;
		else if (!fraction)
			ticks = ticks * 10 + (*s - '0') * HZ;
		else
			ticks += (*s - '0') * (unit /= 10);
	}
	if (ticks == 0)
		return -EINVAL;
	ktest_timeout = ticks;
	return 0;
}

static int p_crash(const char *value)
{
	return set_string(&kernel_params.crash, value);
}

static int p_init(const char *value)
{
	return set_string(&kernel_params.init, value);
}

// The board knows the names.
static int p_timer(const char *value)
{
	return set_string(&kernel_params.timer, value);
}

// mm/slab/slab_cache.c knows the letters.
static int p_slab_debug(const char *value)
{
	kernel_params.slab_debug = value ? value : "";
	return 0;
}

static int p_mem(const char *value)
{
	u64 bytes;

	if (!value || parse_u64(value, 0, &bytes) != 0 || bytes == 0)
		return -EINVAL;
	kernel_params.mem = bytes;
	return 0;
}

static int p_highmem(const char *value)
{
	if (!value || strcmp(value, "off") != 0)
		return -EINVAL;
	kernel_params.highmem_off = true;
	return 0;
}

static int p_loglevel(const char *value)
{
	return set_number(&console_loglevel, value, NUMBER_MAX);
}

static int p_quiet(const char *value)
{
	if (value)
		return -EINVAL;
	console_loglevel = 4;
	return 0;
}

static int p_debug(const char *value)
{
	if (value)
		return -EINVAL;
	console_verbose();
	return 0;
}

static int p_panic(const char *value)
{
	if (!value || (strcmp(value, "halt") != 0 && strcmp(value, "exit") != 0))
		return -EINVAL;
	panic_halts = value[0] == 'h';
	return 0;
}

static int p_no_hash_pointers(const char *value)
{
	if (value)
		return -EINVAL;
	format_no_hash_pointers();
	return 0;
}

static int p_kptr_restrict(const char *value)
{
	return set_number(&kptr_restrict, value, 2);
}

static int p_failslab(const char *value)
{
	return value ? fault_attr_parse(&failslab, value) : -EINVAL;
}

static int p_fail_page_alloc(const char *value)
{
	return value ? fault_attr_parse(&fail_page_alloc, value) : -EINVAL;
}

static int p_fail_nth(const char *value)
{
	int n = 0;

	if (set_number(&n, value, 1000000) != 0 || n == 0)
		return -EINVAL;
	fail_nth_boot(n);
	return 0;
}

// The same number as in QEMU's -device edu,dma_mask=.
static int p_edu_dma_mask(const char *value)
{
	return value && parse_u64(value, 0, &edu_dma_mask) == 0 ? 0 : -EINVAL;
}

static const struct param {
	const char *name;
	int (*set)(const char *value);
} params[] = {
	{ "ktest", p_ktest },
	{ "ktest_timeout", p_ktest_timeout },
	{ "bench", p_bench },
	{ "crash", p_crash },
	{ "init", p_init },
	{ "timer", p_timer },
	{ "mem", p_mem },
	{ "highmem", p_highmem },
	{ "slab_debug", p_slab_debug },
	{ "loglevel", p_loglevel },
	{ "quiet", p_quiet },
	{ "debug", p_debug },
	{ "panic", p_panic },
	{ "no_hash_pointers", p_no_hash_pointers },
	{ "kptr_restrict", p_kptr_restrict },
	{ "failslab", p_failslab },
	{ "fail_page_alloc", p_fail_page_alloc },
	{ "fail_nth", p_fail_nth },
	{ "edu.dma_mask", p_edu_dma_mask },
};

static char dash_as_underscore(char c)
{
	return c == '-' ? '_' : c;
}

// Compares two names; '-' equals '_'.
static bool same_param(const char *a, const char *b)
{
	while (*a && dash_as_underscore(*a) == dash_as_underscore(*b))
		a++, b++;
	return !*a && !*b;
}

static void act_on(const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		if (!same_param(params[i].name, name))
			continue;
		if (params[i].set(value) != 0)
			pr_warn("Malformed kernel command line parameter \"%s%s%s\", ignored\n",
				name, value ? "=" : "", value ? value : "");
		return;
	}
	pr_warn("Unknown kernel command line parameter \"%s%s%s\", ignored\n", name,
		value ? "=" : "", value ? value : "");
}

// Cuts off the next word and removes its double quotes. NULL: the line is empty.
static char *cut_word(char **line)
{
	char *s = *line, *word, *out;
	bool quoted = false;

	while (*s == ' ' || *s == '\t' || *s == '\n')
		s++;
	if (!*s)
		return NULL;
	for (word = out = s; *s && (quoted || (*s != ' ' && *s != '\t' && *s != '\n')); s++) {
		if (*s == '"')
			quoted = !quoted;
		else
			*out++ = *s;
	}
	*line = *s ? s + 1 : s;
	*out = '\0';
	return word;
}

void cmdline_parse(char *line)
{
	char *word;

	while ((word = cut_word(&line)) != NULL) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		act_on(word, value);
	}
}
