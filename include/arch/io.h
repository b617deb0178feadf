// SPDX-License-Identifier: MIT
// The contract for device registers: accesses of a fixed size, and their ordering.
//
// The address of registers comes from ioremap() and is a `void __iomem *`. Do not dereference it: sparse
// checks that (make check). The write functions take the value first, then the address. Everything here
// works in any context.
//
//   readl, writel           32 bits; also b (8) and w (16). Ordered with accesses to ordinary memory: a
//                           device that writel() starts sees all earlier writes; reads after readl() see
//                           at least what the device had written before it answered.
//   readl_relaxed, ...      ordered only with accesses to the same device
//   ioread8/16/32, iowrite  Linux's newer names for the same
//   memcpy_fromio, memcpy_toio, memset_io     for buffers on a device: words if both sides are
//                           aligned, else bytes
//   mb, rmb, wmb            all accesses (rmb: reads, wmb: writes) before it are done before those after
//                           it, as any observer sees them, devices included
//
// Values are in the CPU's byte order, little-endian on all machines here, like PCI's.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#include <asm/io.h>
// gives: __raw_readb/w/l(const volatile void __iomem *) and __raw_writeb/w/l(value, volatile void
// __iomem *), exactly one access of that size; mb(), rmb(), wmb(); and
//
//   void io_after_read(void)    later accesses are done after the read of a register
//   void io_before_write(void)  earlier writes to memory are visible to devices
//
// For a machine with a port space, <asm/io.h> also has u8 inb(u16 port) and outb(u8 value, u16 port), and
// the same for w and l. ARM has no port space; there a PCI bridge maps it to a window of memory.

#define IO_ACCESSORS_(suffix, type)                                                           \
	static __always_inline type read##suffix##_relaxed(const volatile void __iomem *addr) \
	{                                                                                     \
		return __raw_read##suffix(addr);                                              \
	}                                                                                     \
	static __always_inline void write##suffix##_relaxed(type value,                       \
							    volatile void __iomem *addr)      \
	{                                                                                     \
		__raw_write##suffix(value, addr);                                             \
	}                                                                                     \
	static __always_inline type read##suffix(const volatile void __iomem *addr)           \
	{                                                                                     \
		const type value = __raw_read##suffix(addr);                                  \
                                                                                              \
		io_after_read();                                                              \
		return value;                                                                 \
	}                                                                                     \
	static __always_inline void write##suffix(type value, volatile void __iomem *addr)    \
	{                                                                                     \
		io_before_write();                                                            \
		__raw_write##suffix(value, addr);                                             \
	}
IO_ACCESSORS_(b, u8)
IO_ACCESSORS_(w, u16)
IO_ACCESSORS_(l, u32)

#define ioread8(addr)          readb(addr)
#define ioread16(addr)         readw(addr)
#define ioread32(addr)         readl(addr)
#define iowrite8(value, addr)  writeb(value, addr)
#define iowrite16(value, addr) writew(value, addr)
#define iowrite32(value, addr) writel(value, addr)

#define IO_WORDS_(addr, buffer, n) \
	((((unsigned long)(addr) | (unsigned long)(buffer)) & 3) == 0 ? (n) & ~(size_t)3 : 0)

static inline void memcpy_fromio(void *to, const volatile void __iomem *from, size_t n)
{
	const size_t words = IO_WORDS_((__force unsigned long)from, to, n);
	size_t i = 0;

	for (; i < words; i += 4)
		*(u32 *)((char *)to + i) = __raw_readl(from + i);
	for (; i < n; i++)
		*((u8 *)to + i) = __raw_readb(from + i);
	io_after_read();
}

static inline void memcpy_toio(volatile void __iomem *to, const void *from, size_t n)
{
	const size_t words = IO_WORDS_((__force unsigned long)to, from, n);
	size_t i = 0;

	io_before_write();
	for (; i < words; i += 4)
		__raw_writel(*(const u32 *)((const char *)from + i), to + i);
	for (; i < n; i++)
		__raw_writeb(*((const u8 *)from + i), to + i);
}

static inline void memset_io(volatile void __iomem *to, u8 value, size_t n)
{
	const size_t words = IO_WORDS_((__force unsigned long)to, 0, n);
	size_t i = 0;

	io_before_write();
	for (; i < words; i += 4)
		__raw_writel(value * 0x01010101u, to + i);
	for (; i < n; i++)
		__raw_writeb(value, to + i);
}
