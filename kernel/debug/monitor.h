// SPDX-License-Identifier: MIT
// Shared by the monitor's files: tables of commands, arguments and output.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>
#include <mm/gfp.h>

struct command {
	const char *name, *usage, *what;
	void (*run)(char *args); // args has no blanks at either end; the command may modify it
	const char *more;        // further lines for `help NAME`; NULL: none
	// For the Tab key: the n-th word that can be an argument; NULL after the last.
	const char *(*word)(unsigned int n);
};

// One table for each file of commands; the last row has no name.
extern const struct command monitor_look_commands[], monitor_page_commands[],
	monitor_slab_commands[], monitor_map_commands[], monitor_byte_commands[];

// ---- Output -----------------------------------------------------------------------------------------

// Prints one line, of at most 255 characters. Ctrl-C drops the rest of a command's lines.
__printf(1, 2) void say(const char *fmt, ...);
// The same for a text of any length; a callback for the kernel's show functions.
void monitor_line(const char *text, void *arg);

// ---- Arguments (kernel/debug/monitor_args.c) ----------------------------------------------------------------

// Cuts off the first word; "" if there is none.
char *next_word(char **args);

// Parses an address or a frame number: hexadecimal, with or without 0x. Returns false after printing what
// is wrong with the word.
bool read_number(const char *command, const char *word, const char *what, unsigned long *number);
bool read_phys(const char *command, const char *word, phys_addr_t *pa);

// Parses a count or a size, at most `most`: decimal, or hexadecimal with 0x; K or M: KB or MB.
bool read_count(const char *command, const char *word, const char *what, unsigned long most,
		unsigned long *count);

// Parses flags: "atomic", "GFP_HIGHUSER", "kernel zero"; without a word, GFP_KERNEL.
bool read_gfp(const char *command, char *words, gfp_t *gfp);

// ---- What the commands hold (kernel/debug/monitor_held.c)
// ---------------------------------------------------

enum held_kind {
	HELD_NOTHING,
	HELD_PAGES,
	HELD_OBJECT,
	HELD_CACHE,
	HELD_AREA,
	HELD_KMAP,
	HELD_IOREMAP,
	HELD_MAPPING,
	HELD_KINDS
};

struct held {
	enum held_kind kind;
	unsigned long when;       // a serial number: finds the newest
	unsigned long va;         // its address; 0: none
	struct page *page;        // of pages, kmap and mapping
	unsigned long size;       // in bytes; of pages: the order
	struct kmem_cache *cache; // of a cache, and of its objects; NULL: kmalloc
	char text[96];            // for the list
	char name[16];            // of a cache
};

// Returns an empty row, for the caller to fill in and pass to held_added(). NULL after a message: the
// table is full.
struct held *held_new(const char *command);
// Adds the row that the caller has filled in; prints its number and text.
void held_added(struct held *h, enum held_kind kind);

// Finds a held thing: "" is the newest of this kind, a number (with or without #) is one from the list of
// `held`, anything else is an address. NULL after a message that says what is wrong.
struct held *held_find(const char *command, enum held_kind kind, const char *word);
unsigned int held_number(const struct held *h);
// The next thing of this kind after `h` (NULL: the first), or NULL.
struct held *held_next(const struct held *h, enum held_kind kind);
void held_drop(struct held *h);

// Number of things held, of all kinds.
unsigned int held_count(void);
void cmd_held(char *args);

// Prints the page-table entry of va, with `when` before it.
void say_entry(const char *when, unsigned long va);
