// SPDX-License-Identifier: MIT
// Under qemu-i386: room for AddressSanitizer's shadow.
//
// qemu-i386 before 8.1 looks for a place for the stack and the libraries from 0x40000000 downwards, and
// so they would lie where the shadow has to be. While it loads a program, all addresses from its lowest
// part to its highest are taken. So there is a part below the shadow, the rest lands below it, and what
// was taken is given back before the sanitizer looks.

#define _GNU_SOURCE
#include <sys/syscall.h>

#undef __always_inline // ours is the same
#include <arch/layout.h>

// The Makefile puts it to SHADOW: the headers of the program lie a page below, and stay. Not a variable:
// the sanitizer would watch its borders.
__asm__(".section .shadow_room, \"aw\", @nobits\n"
	"	.zero	4096\n"
	".previous");

#define SHADOW 0x1ffff000UL // with the page of its own that the sanitizer wants below

// No library is ready yet: the system call itself.
__attribute__((no_sanitize("address", "undefined"))) static void make_room(void)
{
	long result;

	__asm__ volatile("int	$0x80"
			 : "=a"(result)
			 : "0"(SYS_munmap), "b"(SHADOW), "c"(PAGE_OFFSET + TEXT_OFFSET - SHADOW)
			 : "memory");
}

// Before the sanitizer's own (host.lds).
__attribute__((section(".preinit_array.first"), used)) static void (*const first)(void) = make_room;
