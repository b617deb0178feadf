// SPDX-License-Identifier: MIT
// Pointers that may be error numbers: as in Linux, the last 4095 addresses never belong to an object.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define MAX_ERRNO 4095

// err: a negative errno.
static inline void *ERR_PTR(long err)
{
	return (void *)err;
}

// The same for an address of registers.
static inline void __iomem *IOMEM_ERR_PTR(long err)
{
	return (__force void __iomem *)err;
}

// PTR_ERR() and IS_ERR() take both kinds of pointer.
static inline long PTR_ERR(__force const void *ptr)
{
	return (long)ptr;
}

static inline bool IS_ERR(__force const void *ptr)
{
	return unlikely((unsigned long)ptr >= (unsigned long)-MAX_ERRNO);
}
