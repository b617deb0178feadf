// SPDX-License-Identifier: MIT
// Pointers that may be error numbers: the last 4095 addresses are no object's, as in Linux.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define MAX_ERRNO 4095

// err: a negative errno.
static inline void *ERR_PTR(long err)
{
	return (void *)err;
}

static inline long PTR_ERR(const void *ptr)
{
	return (long)ptr;
}

static inline bool IS_ERR(const void *ptr)
{
	return unlikely((unsigned long)ptr >= (unsigned long)-MAX_ERRNO);
}
