// SPDX-License-Identifier: MIT
// Memory and string functions (C11 7.24, string(3)) in plain C.
//
// Rules: this file also runs with the MMU off, where CPUs fault on unaligned accesses. So it copies words
// only if both addresses are aligned, and uses no absolute addresses. Compilers turn loops into calls of
// memcpy, memmove, memset and memcmp: the Makefile compiles this file with
// -fno-tree-loop-distribute-patterns (GCC) or -fno-builtin (clang), or these functions would call
// themselves forever.
// Linux: lib/string.c, arch/*/lib/.

#include <abi/errno.h>
#include <lib/string.h>

typedef unsigned long __attribute__((may_alias)) word;

#define WORD_SIZE sizeof(word)

static inline bool word_aligned(const void *p)
{
	return (uintptr_t)p % WORD_SIZE == 0;
}

static inline bool same_alignment(const void *a, const void *b)
{
	return ((uintptr_t)a ^ (uintptr_t)b) % WORD_SIZE == 0;
}

// Copies the first byte first: also correct for overlapping ranges with dst below src.
static inline void copy_up(u8 *d, const u8 *s, size_t n)
{
	if (same_alignment(d, s)) {
		for (; n && !word_aligned(d); n--)
			*d++ = *s++;
		for (; n >= WORD_SIZE; n -= WORD_SIZE, d += WORD_SIZE, s += WORD_SIZE)
			*(word *)d = *(const word *)s;
	}
	for (; n; n--)
		*d++ = *s++;
}

// Copies the last byte first; d and s point to the ends of the ranges.
static inline void copy_down(u8 *d, const u8 *s, size_t n)
{
	if (same_alignment(d, s)) {
		for (; n && !word_aligned(d); n--)
			*--d = *--s;
		for (; n >= WORD_SIZE; n -= WORD_SIZE) {
			d -= WORD_SIZE;
			s -= WORD_SIZE;
			*(word *)d = *(const word *)s;
		}
	}
	for (; n; n--)
		*--d = *--s;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	copy_up(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	// dst is in [src, src + n) if the unsigned distance is below n: one comparison.
	if ((uintptr_t)dst - (uintptr_t)src < n)
		copy_down((u8 *)dst + n, (const u8 *)src + n, n);
	else
		copy_up(dst, src, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	const word pattern = (word)-1 / 0xff * (u8)c; // the byte in every byte of a word
	u8 *d = dst;

	for (; n && !word_aligned(d); n--)
		*d++ = (u8)c;
	for (; n >= 8 * WORD_SIZE; n -= 8 * WORD_SIZE, d += 8 * WORD_SIZE) {
		word *w = (word *)d;

		w[0] = w[1] = w[2] = w[3] = w[4] = w[5] = w[6] = w[7] = pattern;
	}
	for (; n >= WORD_SIZE; n -= WORD_SIZE, d += WORD_SIZE)
		*(word *)d = pattern;
	for (; n; n--)
		*d++ = (u8)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n; n--, p++)
		if (*p == (u8)c)
			return (void *)p;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *end = s;

	while (*end)
		end++;
	return (size_t)(end - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (!*a || *a != *b)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)last;
}

char *strstr(const char *s, const char *sub)
{
	size_t n = strlen(sub);

	while (s && strncmp(s, sub, n) != 0)
		s = *s ? strchr(s + 1, *sub) : NULL;
	return (char *)s;
}

int strscpy(char *dst, const char *src, size_t size)
{
	size_t n = strnlen(src, size);

	if (size == 0)
		return -E2BIG;
	if (n < size) {
		memcpy(dst, src, n + 1);
		return (int)n;
	}
	memcpy(dst, src, size - 1);
	dst[size - 1] = '\0';
	return -E2BIG;
}
