// SPDX-License-Identifier: MIT
// Devices on ARM: what the accessors are compiled to, and that each driver has claimed its registers.
//
// No run under QEMU can show that a barrier works, or that one is missing: TCG reorders nothing. What can
// be seen is that the instruction is there, and where.

#include <abi/errno.h>
#include <arch/io.h>
#include <drivers/device.h>
#include <drivers/irqchip/gicv2.h>
#include <drivers/rtc/pl031.h>
#include <drivers/uart/pl011.h>
#include <kernel/ktest.h>
#include <kernel/rtc.h>

#include "claimed.h"

SUITE("arch_arm_io");

// ---- Barriers -----------------------------------------------------------------------------------

static __noinline u32 ordered_read(const void __iomem *p)
{
	return readl(p);
}

static __noinline void ordered_write(u32 value, void __iomem *p)
{
	writel(value, p);
}

static __noinline u32 relaxed_read(const void __iomem *p)
{
	return readl_relaxed(p);
}

static __noinline void relaxed_write(u32 value, void __iomem *p)
{
	writel_relaxed(value, p);
}

#define INSN_DSB    0xf57ff04f // DSB SY (ARM ARM DDI 0406C, A8.8.44)
#define INSN_DSB_ST 0xf57ff04e
#define INSN_BX_LR  0xe12fff1e
// LDR and STR of a word with an immediate offset (A8.8.63, A8.8.204); base and register left out.
#define MASK_WORD 0x0e500000
#define INSN_LDR  0x04100000
#define INSN_STR  0x04000000

// Where the function has this instruction, in words; -1: nowhere before its end.
static int find_insn(const void *function, u32 mask, u32 insn)
{
	const u32 *code = function;

	for (int i = 0; i < 16; i++) {
		if ((code[i] & mask) == insn)
			return i;
		if (code[i] == INSN_BX_LR)
			break;
	}
	return -1;
}

TEST("readl is the load, then DSB; writel is DSB ST, then the store; _relaxed has no barrier")
{
	const void *const read = (const void *)(uintptr_t)ordered_read;
	const void *const write = (const void *)(uintptr_t)ordered_write;

	EXPECT_GE(find_insn(read, MASK_WORD, INSN_LDR), 0);
	EXPECT_GT(find_insn(read, ~0u, INSN_DSB), find_insn(read, MASK_WORD, INSN_LDR));
	EXPECT_GE(find_insn(write, ~0u, INSN_DSB_ST), 0);
	EXPECT_GT(find_insn(write, MASK_WORD, INSN_STR), find_insn(write, ~0u, INSN_DSB_ST));
	EXPECT_GE(find_insn((const void *)(uintptr_t)relaxed_read, MASK_WORD, INSN_LDR), 0);
	EXPECT_GE(find_insn((const void *)(uintptr_t)relaxed_write, MASK_WORD, INSN_STR), 0);
	EXPECT_EQ(find_insn((const void *)(uintptr_t)relaxed_read, ~0u, INSN_DSB), -1);
	EXPECT_EQ(find_insn((const void *)(uintptr_t)relaxed_write, ~0u, INSN_DSB_ST), -1);
}

static __noinline void full_barrier(void)
{
	mb();
}

static __noinline void read_barrier(void)
{
	rmb();
}

static __noinline void write_barrier(void)
{
	wmb();
}

TEST("mb and rmb are DSB, wmb is DSB ST: no effect can be seen, but they may stand anywhere")
{
	EXPECT_GE(find_insn((const void *)(uintptr_t)full_barrier, ~0u, INSN_DSB), 0);
	EXPECT_GE(find_insn((const void *)(uintptr_t)read_barrier, ~0u, INSN_DSB), 0);
	EXPECT_GE(find_insn((const void *)(uintptr_t)write_barrier, ~0u, INSN_DSB_ST), 0);
}

// ---- Devices ------------------------------------------------------------------------------------

TEST("S254 GIC, PL011 and PL031: each driver has claimed its registers, inside of its device")
{
	EXPECT_TRUE(has_claimed(&iomem_resource, gicv2_driver.name));
	EXPECT_TRUE(has_claimed(&iomem_resource, pl011_driver.name));
	EXPECT_TRUE(has_claimed(&iomem_resource, pl031_driver.name));
}

// How many ranges of ports somebody has claimed, in the tree below this one.
static int claimed_ports(const struct resource *root)
{
	int count = 0;

	for (const struct resource *r = root->child; r; r = r->sibling)
		count += ((r->flags & IORESOURCE_BUSY) != 0) + claimed_ports(r);
	return count;
}

TEST("S233 S238 there is no port space: nobody has claimed a port, not even in a PCI bridge's "
     "window")
{
	EXPECT_EQ(claimed_ports(&ioport_resource), 0);
	ASSERT_NE(request_region(0x896, 1, "test"), NULL); // one would be seen
	EXPECT_EQ(claimed_ports(&ioport_resource), 1);
	release_region(0x896, 1);
}

TEST("S376 a driver leaves its device: the claim and the clock are gone; it comes back: both are "
     "there")
{
	time64_t seconds;

	ASSERT_EQ(rtc_read_time(&seconds), 0);
	driver_unregister(&pl031_driver);
	EXPECT_FALSE(has_claimed(&iomem_resource, pl031_driver.name));
	EXPECT_EQ(rtc_read_time(&seconds), -ENODEV);
	driver_register(&pl031_driver);
	EXPECT_TRUE(has_claimed(&iomem_resource, pl031_driver.name));
	EXPECT_EQ(rtc_read_time(&seconds), 0);
}
