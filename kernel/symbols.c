// SPDX-License-Identifier: MIT
// Finds the function of an address, in the table that tools/mksymbols generates.
//
// Linux: kernel/kallsyms.c, with compressed names.

#include <kernel/sections.h>
#include <kernel/symbols.h>

struct symbol {
	u32 addr;
	u32 name; // offset into symbol_names
};

extern const u32 symbol_count;
extern const struct symbol symbol_table[]; // ascending
extern const char symbol_names[];

bool symbol_lookup(unsigned long addr, const char **name, unsigned long *offset,
		   unsigned long *size)
{
	u32 lo = 0, hi = symbol_count;
	unsigned long next;

	if (addr < (unsigned long)_stext || addr >= (unsigned long)_etext)
		return false;
	while (lo < hi) { // the first symbol above addr
		u32 mid = lo + (hi - lo) / 2;

		if (symbol_table[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return false;
	next = lo < symbol_count ? symbol_table[lo].addr : (unsigned long)_etext;
	*name = symbol_names + symbol_table[lo - 1].name;
	*offset = addr - symbol_table[lo - 1].addr;
	*size = next - symbol_table[lo - 1].addr;
	return true;
}
