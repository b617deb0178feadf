// SPDX-License-Identifier: MIT
// Between the files of the monitor: tables of commands, their arguments, and what they print.
#pragma once

#include <arch/pt.h>
#include <lib/compiler.h>
#include <mm/gfp.h>

struct command {
	const char *name, *usage, *what;
	void (*run)(char *args); // blanks around args are gone; the command may cut args up
	const char *more;        // what `help NAME` adds, in lines; NULL: nothing
	// The n-th word that can be an argument, for the Tab key; NULL: there are no more.
	const char *(*word)(unsigned int n);
};

// One table for each file of commands; the last row has no name.
extern const struct command monitor_look_commands[], monitor_page_commands[],
	monitor_slab_commands[], monitor_map_commands[], monitor_byte_commands[];

// ---- What a command prints --------------------------------------------------------------------------

// Prints one line, of at most 255 characters. Ctrl-C drops the rest of a command's lines.
__printf(1, 2) void say(const char *fmt, ...);
// The same for a text of any length, as the show functions of the kernel want it.
void monitor_line(const char *text, void *arg);

// ---- Arguments (kernel/debug/monitor_args.c) ----------------------------------------------------------------

// Cuts the first word off; "" when there is none.
char *next_word(char **args);

// An address, or a frame number: hexadecimal, with or without 0x. False, after a line that says what is
// wrong with the word.
bool read_number(const char *command, const char *word, const char *what, unsigned long *number);
bool read_phys(const char *command, const char *word, phys_addr_t *pa);

// A count or a size, at most `most`: decimal, with 0x hexadecimal, with K or M for KB or MB.
bool read_count(const char *command, const char *word, const char *what, unsigned long most,
		unsigned long *count);

// Flags by name: "atomic", "GFP_HIGHUSER", "kernel zero"; none: GFP_KERNEL.
bool read_gfp(const char *command, char *words, gfp_t *gfp);

// ---- What the monitor holds (kernel/debug/monitor_held.c) -----------------------------------------------------

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
	unsigned long when;       // rises with each thing
	unsigned long va;         // where it is; 0: nowhere
	struct page *page;        // of pages, kmap and mapping
	unsigned long size;       // bytes; of pages: the order
	struct kmem_cache *cache; // of a cache, and of its objects; NULL: kmalloc
	char text[96];            // for the list
	char name[16];            // of a cache
};

// An empty row, to be filled in, kind last. NULL, after a line that says so: there are too many.
struct held *held_new(const char *command);
// A row filled in: prints its number and text.
void held_added(struct held *h, enum held_kind kind);

// The thing that `word` names: "" the last one of this kind, a number (with or without #) as `held` shows
// it, else an address. NULL, after a line that says what is wrong.
struct held *held_find(const char *command, enum held_kind kind, const char *word);
unsigned int held_number(const struct held *h);
// The next thing of this kind after `h` (NULL: the first), or NULL.
struct held *held_next(const struct held *h, enum held_kind kind);
void held_drop(struct held *h);

// How many things are held, of all kinds.
unsigned int held_count(void);
void cmd_held(char *args);

// Prints the page-table entry of va, with `when` before it.
void say_entry(const char *when, unsigned long va);
