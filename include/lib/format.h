// SPDX-License-Identifier: MIT
// printf-style formatting into a buffer, with Linux's %p extensions.
//
// Conversions: %% %c %s %d %i %u %x %X %o %p with flags "-+ #0", width and precision (also *),
// and the lengths hh h l ll z t j. No floating point. 64-bit numbers need no libgcc.
// Where C and Linux differ, these follow C:
//   %.0d  zero with precision 0 has no digits, so %#.0x of 0 is empty and %#.0o of 0 is "0" (Linux: a 0)
//   %05.3d  a precision disables the flag 0: the field is padded with blanks (Linux: with zeros)
//   %.s   a precision without digits is 0 (Linux: it is ignored)
//   %.*d  a negative precision means no precision (Linux: 0)
// These follow Linux:
//   %#x   0x before 0, too (but %#.0x of 0 is empty)
//   %s   NULL as (null), other invalid addresses as (efault)
//   %p   pointer, hashed with a key made at boot (see format_set_ptr_key); "(ptrval)" before the key is
//        set; the plain address after format_no_hash_pointers(). NULL and error values are not
//        hashed
//   %px  the plain address, 8 hex digits
//   %pK  as %p, or 00000000: see kptr_restrict
//   %pa  *(phys_addr_t *)ptr as 0x%08x or 0x%016llx, by the size of the type
//   %pS  a kernel text address as symbol+0xoffset/0xsize (through format_symbol)
//   %ps  the same without offset and size
// All letters and digits directly after %p belong to it (Linux). An unknown conversion and everything
// after it is copied literally: its argument is unknown, and so are the next ones.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Returns the length of the whole text; writes at most size-1 bytes and a NUL (size 0: nothing).
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
__printf(3, 4) int snprintf(char *buf, size_t size, const char *fmt, ...);
// Like snprintf, but returns the number of bytes written, without the NUL.
__printf(3, 4) int scnprintf(char *buf, size_t size, const char *fmt, ...);

// Sets the key with which %p hashes. Before that, %p prints "(ptrval)".
void format_set_ptr_key(const u32 key[4]);
// Makes %p print plain addresses (the boot parameter no_hash_pointers).
void format_no_hash_pointers(void);
// 0: %pK is %p; 1: zeros for unprivileged readers (for now, all); 2: zeros.
extern int kptr_restrict;

// The state that the functions above set. Only tests access it: they change and restore it.
struct format_state {
	bool have_key, plain_pointers;
	u32 key[4];
};
extern struct format_state format_state;

// For %pS: finds name, offset and size of the symbol at addr; false: none. kmain sets it. While it is
// NULL, %pS prints the plain address.
extern bool (*format_symbol)(unsigned long addr, const char **name, unsigned long *offset,
			     unsigned long *size);

// Parses a number like strtoul(3) with base 0, 10 or 16, but without sign and blanks, and with an
// optional size suffix K, M or G in either case (memparse).
// Returns 0 and *val; or -EINVAL (no digits, trailing characters) or -ERANGE, and leaves *val unchanged.
int parse_u64(const char *s, int base, u64 *val);
