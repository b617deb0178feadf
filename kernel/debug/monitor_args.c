// SPDX-License-Identifier: MIT
// Arguments of the monitor's commands: words, numbers, sizes, flags.
//
// Addresses and frame numbers are hexadecimal, as the kernel prints them. Counts (bytes, orders) are
// decimal, as people write them.

#include <abi/errno.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>

#include "monitor.h"

char *next_word(char **args)
{
	char *word = *args;

	while (**args && **args != ' ')
		++*args;
	while (**args == ' ')
		*(*args)++ = '\0';
	return word;
}

// Prints that the word is missing, or what is wrong with it. Returns false.
static bool refuse_word(const char *command, const char *word, const char *what, const char *form)
{
	if (*word)
		say("%s: \"%s\" is not %s (%s)", command, word, what, form);
	else
		say("%s: %s is missing (%s); see help %s", command, what, form, command);
	return false;
}

bool read_number(const char *command, const char *word, const char *what, unsigned long *number)
{
	u64 value;

	if (parse_u64(word, 16, &value) != 0 || value > ~0UL)
		return refuse_word(command, word, what, "up to 8 hexadecimal digits");
	*number = (unsigned long)value;
	return true;
}

bool read_phys(const char *command, const char *word, phys_addr_t *pa)
{
	u64 value;

	if (parse_u64(word, 16, &value) != 0 || value >= BIT_ULL(PHYS_BITS))
		return refuse_word(command, word, "a physical address",
				   PHYS_BITS == 32
					   ? "up to 8 hexadecimal digits"
					   : "hexadecimal, as many bits as the page tables have");
	*pa = (phys_addr_t)value;
	return true;
}

bool read_count(const char *command, const char *word, const char *what, unsigned long most,
		unsigned long *count)
{
	const bool hex = word[0] == '0' && (word[1] | ('a' ^ 'A')) == 'x';
	u64 value;
	const int err = parse_u64(word, hex ? 16 : 10, &value);

	if (err == -EINVAL)
		return refuse_word(command, word, what, "decimal, or hexadecimal with 0x");
	if (err || value > most) {
		say("%s: %s is too large: %s is at most %lu (%#lx)", command, word, what, most,
		    most);
		return false;
	}
	*count = (unsigned long)value;
	return true;
}

static const struct {
	const char *name;
	gfp_t flags;
} gfp_names[] = {
	{ "kernel", GFP_KERNEL }, { "atomic", GFP_ATOMIC },     { "nowait", GFP_NOWAIT },
	{ "user", GFP_USER },     { "highuser", GFP_HIGHUSER }, { "dma", GFP_DMA },
	{ "zero", __GFP_ZERO },   { "comp", __GFP_COMP },
};

static bool same_word(const char *name, const char *word)
{
	while (*name && *name == (*word | ('a' ^ 'A'))) {
		name++;
		word++;
	}
	return !*name && !*word;
}

static bool add_gfp(const char *word, gfp_t *gfp)
{
	while (*word == '_')
		word++;
	if (strncmp(word, "GFP_", 4) == 0)
		word += 4;
	for (size_t i = 0; i < ARRAY_SIZE(gfp_names); i++) {
		if (!same_word(gfp_names[i].name, word))
			continue;
		*gfp |= gfp_names[i].flags;
		return true;
	}
	return false;
}

bool read_gfp(const char *command, char *words, gfp_t *gfp)
{
	*gfp = 0;
	for (char *c = words; *c; c++)
		if (*c == '|')
			*c = ' ';
	while (*words) {
		const char *word = next_word(&words);

		if (*word && !add_gfp(word, gfp))
			return refuse_word(command, word, "a gfp flag",
					   "kernel atomic nowait user highuser dma, zero comp");
	}
	if (!(*gfp & ~(__GFP_ZERO | __GFP_COMP)))
		*gfp |= GFP_KERNEL;
	return true;
}
