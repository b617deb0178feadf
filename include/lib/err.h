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

// The same in place of the address of registers.
static inline void __iomem *IOMEM_ERR_PTR(long err)
{
	return (__force void __iomem *)err;
}

// The other two take either kind of pointer.
static inline long PTR_ERR(__force const void *ptr)
{
	return (long)ptr;
}

static inline bool IS_ERR(__force const void *ptr)
{
	return unlikely((unsigned long)ptr >= (unsigned long)-MAX_ERRNO);
}
