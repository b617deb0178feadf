// SPDX-License-Identifier: MIT
// printf-style formatting into a buffer, with Linux's %p extensions.
//
// Conversions: %% %c %s %d %i %u %x %X %o %p with flags "-+ #0", width and precision (also *),
// and the lengths hh h l ll z t j. No floating point. 64-bit numbers need no libgcc.
// Where C and Linux differ, most is as in C:
//   %.0d  zero with precision 0 has no digits, so %#.0x of 0 is empty and %#.0o of 0 is "0" (Linux: a 0)
//   %05.3d  a precision switches the flag 0 off: the field is filled with blanks (Linux: with zeros)
//   %.s   a precision without digits is 0 (Linux: it is ignored)
//   %.*d  a negative precision is the same as none (Linux: as 0)
// As in Linux, and not as in C:
//   %#x   0x before 0 too (but %#.0x of 0 is empty)
//   %s   NULL as (null), other addresses that cannot be strings as (efault)
//   %p   pointer, hashed with a key made at boot (see format_set_ptr_key); "(ptrval)" before there
//        is a key; the plain address after format_no_hash_pointers(). NULL and error values (which
//        are no addresses) are shown as they are
//   %px  the address as it is, 8 hex digits
//   %pK  as %p, or 00000000: see kptr_restrict
//   %pa  *(phys_addr_t *)ptr as 0x%08x or 0x%016llx, by the size of the type
//   %pS  a kernel text address as symbol+0xoffset/0xsize (through format_symbol)
//   %ps  the same without offset and size
// All letters and digits right behind %p belong to it (Linux). What is not a conversion at all is
// shown as it stands, with everything behind it: its argument is unknown, so are the next ones.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Returns the length the whole text has; writes at most size-1 bytes and a NUL (size 0: nothing).
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
__printf(3, 4) int snprintf(char *buf, size_t size, const char *fmt, ...);
// As snprintf, but returns what was really written (without the NUL).
__printf(3, 4) int scnprintf(char *buf, size_t size, const char *fmt, ...);

// The key that %p hashes with. Until it is set, %p prints "(ptrval)".
void format_set_ptr_key(const u32 key[4]);
// %p from now on prints addresses as they are (the boot parameter no_hash_pointers).
void format_no_hash_pointers(void);
// 0: %pK is as %p; 1: zeros unless the reader is privileged (nobody is, yet); 2: zeros.
extern int kptr_restrict;

// What the functions above have set; only tests look at it, change it and put it back.
struct format_state {
	bool have_key, plain_pointers;
	u32 key[4];
};
extern struct format_state format_state;

// What %pS asks: fills name, offset and size of the symbol at addr; false when there is none.
// Set by the kernel's symbol table; NULL prints the plain address.
extern bool (*format_symbol)(unsigned long addr, const char **name, unsigned long *offset,
			     unsigned long *size);

// Reads a number as strtoul(3) with base 0, 10 or 16, but without sign and blanks, and a size suffix
// K, M or G in either case (memparse).
// Returns 0 and *val, or -EINVAL (no digits, junk behind it) or -ERANGE; then *val is as it was.
int parse_u64(const char *s, int base, u64 *val);
