// SPDX-License-Identifier: MIT
// Device registers of a program: a part of its physical memory that is no RAM (host.h), reached by one
// access of the right size. One CPU and no device beside it: the compiler alone could reorder.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define IO_RAW_(suffix, type)                                                                    \
	static __always_inline type __raw_read##suffix(const volatile void __iomem *addr)        \
	{                                                                                        \
		return *(const volatile type __force *)addr;                                     \
	}                                                                                        \
	static __always_inline void __raw_write##suffix(type value, volatile void __iomem *addr) \
	{                                                                                        \
		*(volatile type __force *)addr = value;                                          \
	}
IO_RAW_(b, u8)
IO_RAW_(w, u16)
IO_RAW_(l, u32)

static __always_inline void mb(void)
{
	barrier();
}

static __always_inline void rmb(void)
{
	barrier();
}

static __always_inline void wmb(void)
{
	barrier();
}

static __always_inline void io_after_read(void)
{
	barrier();
}

static __always_inline void io_before_write(void)
{
	barrier();
}
