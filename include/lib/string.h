// SPDX-License-Identifier: MIT
// Memory and string functions, as in C11 and string(3). None sleeps; all are safe in interrupts.
#pragma once

#include <lib/types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *sub);

// Copies at most size-1 bytes and always ends dst with a NUL (size > 0).
// Returns the length copied, or -E2BIG: src did not fit. As Linux's strscpy().
int strscpy(char *dst, const char *src, size_t size);
