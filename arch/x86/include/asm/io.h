// SPDX-License-Identifier: MIT
// Port input and output, accesses to device registers, and barriers.
//
// The CPU does not reorder an access to uncached memory with any other access (Intel SDM vol 3A, 8.2.2
// and 11.3), so readl() and writel() only keep the compiler from reordering. mb(), rmb() and wmb() also
// work for write-combining memory: a locked instruction drains its buffers (11.3.1), and exists on every
// CPU; MFENCE needs SSE2.
// Linux: arch/x86/include/asm/io.h and barrier.h.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// ---- Memory -------------------------------------------------------------------------------------

#define IO_RAW_(suffix, type, mov)                                                               \
	static __always_inline type __raw_read##suffix(const volatile void __iomem *addr)        \
	{                                                                                        \
		type value;                                                                      \
                                                                                                 \
		__asm__ volatile(mov " %1, %0"                                                   \
				 : "=q"(value)                                                   \
				 : "m"(*(const volatile type __force *)addr));                   \
		return value;                                                                    \
	}                                                                                        \
	static __always_inline void __raw_write##suffix(type value, volatile void __iomem *addr) \
	{                                                                                        \
		__asm__ volatile(mov " %1, %0"                                                   \
				 : "=m"(*(volatile type __force *)addr)                          \
				 : "qi"(value));                                                 \
	}
IO_RAW_(b, u8, "movb")
IO_RAW_(w, u16, "movw")
IO_RAW_(l, u32, "movl")

static __always_inline void mb(void)
{
	__asm__ volatile("lock addl $0, (%%esp)" ::: "memory", "cc");
}

static __always_inline void rmb(void)
{
	mb();
}

static __always_inline void wmb(void)
{
	mb();
}

static __always_inline void io_after_read(void)
{
	barrier();
}

static __always_inline void io_before_write(void)
{
	barrier();
}

// ---- Ports --------------------------------------------------------------------------------------

static inline u8 inb(u16 port)
{
	u8 val;

	__asm__ volatile("inb %1, %0" : "=a"(val) : "Nd"(port) : "memory");
	return val;
}

static inline u16 inw(u16 port)
{
	u16 val;

	__asm__ volatile("inw %1, %0" : "=a"(val) : "Nd"(port) : "memory");
	return val;
}

static inline u32 inl(u16 port)
{
	u32 val;

	__asm__ volatile("inl %1, %0" : "=a"(val) : "Nd"(port) : "memory");
	return val;
}

static inline void outb(u8 val, u16 port)
{
	__asm__ volatile("outb %0, %1" : : "a"(val), "Nd"(port) : "memory");
}

static inline void outw(u16 val, u16 port)
{
	__asm__ volatile("outw %0, %1" : : "a"(val), "Nd"(port) : "memory");
}

static inline void outl(u32 val, u16 port)
{
	__asm__ volatile("outl %0, %1" : : "a"(val), "Nd"(port) : "memory");
}
