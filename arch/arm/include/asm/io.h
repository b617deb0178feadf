// SPDX-License-Identifier: MIT
// Accesses to device registers, and barriers, on ARMv7-A, which has no port space.
//
// The CPU keeps accesses to one device in order, but not relative to normal memory (ARM ARM DDI 0406C,
// A3.8.2): that needs a DSB. A DMB would order the two as well, but a DSB also waits: a write to
// normal memory has arrived before the device is started (A3.8.3).
// Each access is one LDR or STR without write-back: a hypervisor can emulate it (B3.13.6), and the
// compiler can neither split nor merge it.
// Linux: arch/arm/include/asm/io.h and barrier.h.
#pragma once

#include <asm/cp15.h>
#include <lib/compiler.h>
#include <lib/types.h>

#define IO_RAW_(suffix, type, load, store)                                                       \
	static __always_inline type __raw_read##suffix(const volatile void __iomem *addr)        \
	{                                                                                        \
		type value;                                                                      \
                                                                                                 \
		__asm__ volatile(load " %0, %1"                                                  \
				 : "=r"(value)                                                   \
				 : "Q"(*(const volatile type __force *)addr));                   \
		return value;                                                                    \
	}                                                                                        \
	static __always_inline void __raw_write##suffix(type value, volatile void __iomem *addr) \
	{                                                                                        \
		__asm__ volatile(store " %1, %0"                                                 \
				 : "=Q"(*(volatile type __force *)addr)                          \
				 : "r"(value));                                                  \
	}
IO_RAW_(b, u8, "ldrb", "strb")
IO_RAW_(w, u16, "ldrh", "strh")
IO_RAW_(l, u32, "ldr", "str")

static __always_inline void mb(void)
{
	dsb();
}

static __always_inline void rmb(void)
{
	dsb();
}

static __always_inline void wmb(void)
{
	__asm__ volatile("dsb st" ::: "memory");
}

static __always_inline void io_after_read(void)
{
	rmb();
}

static __always_inline void io_before_write(void)
{
	wmb();
}
