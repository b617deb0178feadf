// SPDX-License-Identifier: MIT
// Memory as words: md shows them, poke changes one. Neither crashes on a fault: they report it.

#include <arch/trap.h>
#include <lib/format.h>
#include <lib/seq_buf.h>
#include <mm/layout.h>

#include "monitor.h"

#define WORDS     4      // in a line
#define DUMP      64     // bytes, the default
#define DUMP_MOST 0x1000 // tunable: a page

static void add_characters(struct seq_buf *s, u32 word)
{
	const u8 *bytes = (const u8 *)&word;

	for (size_t i = 0; i < sizeof(word); i++)
		seq_buf_printf(s, "%c", bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '.');
}

// Up to four words. Returns whether all of them could be read.
static bool say_words(unsigned long va, unsigned long count)
{
	char words[48], characters[24];
	struct seq_buf w, c;
	bool good = true;

	seq_buf_init(&w, words, sizeof(words));
	seq_buf_init(&c, characters, sizeof(characters));
	for (unsigned long i = 0; i < count; i++) {
		u32 word;

		if (read_nofault(va + i * sizeof(word), &word) == 0) {
			seq_buf_printf(&w, " %08x", word);
			add_characters(&c, word);
		} else {
			seq_buf_printf(&w, " ????????");
			seq_buf_printf(&c, "????");
			good = false;
		}
	}
	say("%08lx:%-36s  |%s|", va, words, characters);
	return good;
}

static void cmd_md(char *args)
{
	unsigned long va, bytes = DUMP;
	bool good = true;

	if (!read_number("md", next_word(&args), "an address", &va) ||
	    (*args && !read_count("md", args, "a number of bytes", DUMP_MOST, &bytes)))
		return;
	va = ALIGN_DOWN(va, sizeof(u32));
	if (va) // stop at the end of the address space
		bytes = min(bytes, 0 - va);
	for (unsigned long words = (bytes + 3) / sizeof(u32), n; words > 0; words -= n) {
		n = min(words, (unsigned long)WORDS);
		good = say_words(va, n) && good;
		va += n * sizeof(u32);
	}
	if (!good)
		say("????????: an access there faults (see pt and explain)");
}

static void cmd_poke(char *args)
{
	unsigned long va, value;
	u32 before, after;

	if (!read_number("poke", next_word(&args), "an address", &va) ||
	    !read_number("poke", args, "a value", &value))
		return;
	if (va % sizeof(u32) != 0) {
		say("poke: %08lx is not a multiple of 4", va);
		return;
	}
	if (read_nofault(va, &before) != 0) {
		say("poke: a read of %08lx faults: nothing is mapped there", va);
		say_entry("the entry", va);
		return;
	}
	if (write_nofault(va, (u32)value) != 0) {
		say("poke: a write to %08lx faults: it can only be read", va);
		say_entry("the entry", va);
		return;
	}
	if (read_nofault(va, &after) == 0)
		say("%08lx: %08x -> %08x", va, before, after);
}

static const char md_more[] = "ADDR is hexadecimal; N is in bytes, decimal or hexadecimal with 0x, "
			      "64 if not given, at most 4096.\n"
			      "Words of 4 bytes as the CPU reads them, then the bytes as "
			      "characters; ???????? where an access faults.";
static const char poke_more[] =
	"ADDR and VALUE are hexadecimal; ADDR is a multiple of 4. What you break stays broken.";

const struct command monitor_byte_commands[] = {
	{ "md", "ADDR [N]", "show N bytes of memory", cmd_md, md_more, NULL },
	{ "poke", "ADDR VALUE", "write a word of memory", cmd_poke, poke_more, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};
