// SPDX-License-Identifier: MIT
// Devices on a PC: ports, what the accessors are compiled to, which driver has what, and the PC's
// physical map.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <boot/x86/acpi.h>
#include <boot/x86/pc.h>
#include <drivers/device.h>
#include <drivers/irqchip/i8259.h>
#include <drivers/rtc/cmos.h>
#include <drivers/timer/hpet.h>
#include <drivers/timer/pit.h>
#include <drivers/uart/ns16550.h>
#include <kernel/ktest.h>
#include <kernel/rtc.h>
#include <mm/addr.h>
#include <mm/page.h>

#include "claimed.h"

SUITE("arch_x86_io");

// ---- Ports --------------------------------------------------------------------------------------

#define SCRATCH (PC_COM1 + NS16550_SCR)

TEST("S236 S237 outb and inb: the value first, then the port; what was written is read back")
{
	outb(0x5a, SCRATCH);
	EXPECT_EQ(inb(SCRATCH), 0x5a);
	outb(0xa5, SCRATCH);
	EXPECT_EQ(inb(SCRATCH), 0xa5);
}

TEST("S236 S237 outw and inw take two ports of 8 bits, the lower one first")
{
	outw(0x3c << 8, SCRATCH - 1); // the one below is the modem's status: read only
	EXPECT_EQ(inb(SCRATCH), 0x3c);
	EXPECT_EQ(inw(SCRATCH - 1) >> 8, 0x3c);
}

TEST("S236 S237 outl and inl move 32 bits at once")
{
	const unsigned long flags = local_irq_save();
	const u32 before = inl(0xcf8); // PCI's configuration address
	u32 now;

	outl(0x80001230, 0xcf8);
	now = inl(0xcf8);
	outl(before, 0xcf8);
	local_irq_restore(flags);
	EXPECT_EQ(now, 0x80001230);
}

// ---- Order --------------------------------------------------------------------------------------

// Others might read it, for all that the compiler knows.
extern u32 io_test_memory;
u32 io_test_memory;

// The constants mark the places in the code.
static __noinline void write_between(void __iomem *p)
{
	io_test_memory = 0x11111111;
	writel(0x22222222, p);
	io_test_memory = 0x33333333;
}

// Where in the function's code this constant is; -1: nowhere near.
static int find_constant(u32 constant)
{
	const u8 *code = (const u8 *)(uintptr_t)write_between;
	u32 word;

	for (int i = 0; i < 64; i++) {
		memcpy(&word, code + i, sizeof(word));
		if (word == constant)
			return i;
	}
	return -1;
}

TEST("the compiler moves no access to memory across writel, and drops none")
{
	u32 reg = 0;

	write_between((__force void __iomem *)&reg);
	EXPECT_EQ(reg, 0x22222222);
	EXPECT_GE(find_constant(0x11111111), 0);
	EXPECT_GT(find_constant(0x22222222), find_constant(0x11111111));
	EXPECT_GT(find_constant(0x33333333), find_constant(0x22222222));
}

// ---- Devices ------------------------------------------------------------------------------------

TEST("S254 S238 8259, 8254, CMOS and 16550 have their ports in ioports, the HPET its registers in "
     "iomem")
{
	EXPECT_TRUE(has_claimed(&ioport_resource, i8259_driver.name));
	EXPECT_TRUE(has_claimed(&ioport_resource, pit_driver.name));
	EXPECT_TRUE(has_claimed(&ioport_resource, cmos_rtc_driver.name));
	EXPECT_TRUE(has_claimed(&ioport_resource, ns16550_driver.name));
	EXPECT_STREQ(resource_at(&ioport_resource, PC_COM1)->name, ns16550_driver.name);
	if (pc_acpi.hpet)
		EXPECT_TRUE(has_claimed(&iomem_resource, hpet_driver.name));
}

TEST("an interrupt's input is made level-triggered, alone; those of the mainboard stay edges")
{
	const u8 before = inb(PC_PIC_LEVELS + 1);

	outb(0, PC_PIC_LEVELS + 1);
	EXPECT_EQ(i8259_set_level(11), 0);
	EXPECT_EQ(inb(PC_PIC_LEVELS + 1), 1 << 3);
	EXPECT_EQ(i8259_set_level(15), 0);
	EXPECT_EQ(inb(PC_PIC_LEVELS + 1), 1 << 3 | 1 << 7);
	outb(before, PC_PIC_LEVELS + 1);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(i8259_set_level(i), -EINVAL);
	EXPECT_EQ(i8259_set_level(8), -EINVAL);
	EXPECT_EQ(i8259_set_level(16), -EINVAL);
}

TEST("S234 the ports of a driver cannot be had by another one")
{
	EXPECT_EQ(request_region(PC_COM1, 8, "other"), NULL);
	EXPECT_EQ(request_region(PC_PIT + 3, 1, "other"), NULL);
}

TEST("S376 a driver leaves its device: the claim and the clock are gone; it comes back: both are "
     "there")
{
	time64_t seconds;

	ASSERT_EQ(rtc_read_time(&seconds), 0);
	driver_unregister(&cmos_rtc_driver);
	EXPECT_STREQ(resource_at(&ioport_resource, PC_CMOS)->name, "rtc0");
	EXPECT_EQ(rtc_read_time(&seconds), -ENODEV);
	driver_register(&cmos_rtc_driver);
	EXPECT_STREQ(resource_at(&ioport_resource, PC_CMOS)->name, cmos_rtc_driver.name);
	EXPECT_EQ(rtc_read_time(&seconds), 0);
}

// ---- The physical map ---------------------------------------------------------------------------

TEST("S031 no frame from 640 KB to 1 MB is RAM that anybody could get")
{
	const pfn_t start = PFN_DOWN(PC_VIDEO_START), end = PFN_DOWN(PC_BIOS_END);
	unsigned int out_of_reach = 0;

	for (pfn_t pfn = start; pfn < end; pfn++)
		out_of_reach += !pfn_valid(pfn) || PageReserved(pfn_to_page(pfn));
	EXPECT_EQ(out_of_reach, end - start);
	EXPECT_TRUE(pfn_valid(PFN_DOWN(SZ_1M / 2))); // there are others
	EXPECT_TRUE(pfn_valid(end));
}

TEST("S030 S031 iomem names video RAM, ROMs, and the interrupt controllers below 4 GB")
{
	EXPECT_STREQ(resource_at(&iomem_resource, 0xa0000)->name, "Video RAM");
	EXPECT_STREQ(resource_at(&iomem_resource, 0xbffff)->name, "Video RAM");
	EXPECT_STREQ(resource_at(&iomem_resource, 0xc0000)->name, "Expansion ROM");
	EXPECT_STREQ(resource_at(&iomem_resource, 0xf0000)->name, "System ROM");
	EXPECT_STREQ(resource_at(&iomem_resource, 0xfffff)->name, "System ROM");
	EXPECT_STREQ(resource_at(&iomem_resource, 0x100000)->name, "Kernel code");
	EXPECT_STREQ(resource_at(&iomem_resource, 0xfec00000)->name, "IOAPIC 0");
	EXPECT_STREQ(resource_at(&iomem_resource, 0xfee00fff)->name, "Local APIC");
}
