// SPDX-License-Identifier: MIT
// The exception table: instructions that may fault, and where to continue if they do.
//
// Linux: lib/extable.c; the table is short here, so the search is linear.

#include <arch/trap.h>
#include <kernel/oops.h>

extern const struct ex_entry __start___ex_table[], __stop___ex_table[];

unsigned long ex_table_fixup(unsigned long pc)
{
	for (const struct ex_entry *e = __start___ex_table; e < __stop___ex_table; e++)
		if (e->insn == pc)
			return e->fixup;
	return 0;
}
