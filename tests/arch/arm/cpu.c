// SPDX-License-Identifier: MIT
// What only ARM has, in both page-table formats: the MMU as it was set up, faults, the entry. The unwinder, each
// format, the timers and the accessors of devices have a file of their own beside this one.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/pt.h>
#include <arch/trap.h>
#include <asm/fault.h>
#include <boot/arm/early.h>
#include <drivers/irqchip/gicv2.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <kernel/time.h>
#include <mm/addr.h>
#include <mm/pgtable.h>

SUITE("arch_arm");

// ---- The MMU as it was set up ----------------------------------------------------------------------

TEST("MMU, caches and high vectors are on, and the kernel never executes what a user may write")
{
	const u32 on = SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_Z | SCTLR_V;
	// UWXN came with the virtualization extensions.
	const u32 uwxn = cp15_read(ID_PFR1) & PFR1_VIRT ? SCTLR_UWXN : 0;

	EXPECT_EQ(cp15_read(SCTLR) & (on | SCTLR_UWXN | SCTLR_A), on | uwxn);
}

TEST("the vectors are a read-only, executable view of their page in the image")
{
	extern const char __vectors_start[];
	phys_addr_t pa = 0;
	pgprot_t prot = 0;

	EXPECT_EQ(pt_query(kernel_root, VECTORS_BASE, &pa, &prot), PT_LEVELS - 1);
	EXPECT_EQ(pa, __pa(__vectors_start));
	EXPECT_EQ(prot, PAGE_KERNEL_ROX);
}

// What the MMU makes of an address, by ATS1CPR (privileged read) or ATS1CPW (write).
static u32 mmu_read(const void *p)
{
	cp15_write(ATS1CPR, p);
	isb();
	return cp15_read(PAR);
}

static u32 mmu_write(const void *p)
{
	cp15_write(ATS1CPW, p);
	isb();
	return cp15_read(PAR);
}

TEST("S062 the MMU translates as the page-table walker does")
{
	static char data;
	const void *const p[] = { _stext, __start_rodata, &data, boot_stack, (void *)VECTORS_BASE };

	for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
		phys_addr_t pa = 0;

		ASSERT_TRUE(pt_query(kernel_root, (unsigned long)p[i], &pa, NULL) >= 0);
		EXPECT_EQ(mmu_read(p[i]) & PAR_F, 0);
		EXPECT_EQ(mmu_read(p[i]) & PAGE_MASK, (u32)pa & PAGE_MASK);
	}
	EXPECT_EQ(mmu_write(&data) & PAR_F, 0);
	EXPECT_EQ(mmu_write(_stext) & PAR_F, PAR_F);
	EXPECT_EQ(mmu_write(__start_rodata) & PAR_F, PAR_F);
	EXPECT_EQ(mmu_read((const void *)((unsigned long)boot_stack - 1)) & PAR_F, PAR_F);
}

static u32 masked(void)
{
	u32 cpsr;

	__asm__ volatile("mrs %0, cpsr" : "=r"(cpsr));
	return cpsr & (PSR_A | PSR_I | PSR_F);
}

TEST("asynchronous aborts are not masked, not after an entry was replaced either")
{
	static pte_t entry __aligned(sizeof(pte_t)); // in no table

	EXPECT_EQ(masked(), PSR_F);
	pt_replace(&entry, 0);
	EXPECT_EQ(masked(), PSR_F);
}

TEST("each thing that the build needs of a CPU has a name, for one that lacks it")
{
	const struct early_cpu_ids here = { cp15_read(MIDR), cp15_read(MPIDR), cp15_read(ID_MMFR0),
					    cp15_read(ID_ISAR0), cp15_read(ID_ISAR4) };
	const struct early_cpu_ids arm926 = { .midr = 0x41069265 };
	const struct early_cpu_ids arm1176 = { 0x410fb767, 0, 0x01130003, 0x00140011, 0x01141 };
	const struct early_cpu_ids cortex_a8 = { 0x410fc080, 0, 0x31100003, 0x00101111,
						 0x00111142 };
	const struct early_cpu_ids cortex_a9 = { 0x410fc090, 0x80000000, 0x00100103, 0x00101111,
						 0x00111142 };
	struct early_cpu_ids cortex_r5 = here, no_divide = here;

	cortex_r5.mmfr0 = 0x00210030;
	no_divide.isar0 = 0x01101110;
	EXPECT_EQ(early_cpu_missing(&here), NULL);
	EXPECT_STREQ(early_cpu_missing(&arm926), "ARMv7 instructions");
	EXPECT_STREQ(early_cpu_missing(&arm1176), "ARMv7 instructions");
	EXPECT_STREQ(early_cpu_missing(&cortex_r5), "ARMv7-A's MMU");
	EXPECT_STREQ(early_cpu_missing(&cortex_a8), "multiprocessing extensions");
	if (CONFIG_PHYS_64BIT) {
		EXPECT_STREQ(early_cpu_missing(&cortex_a9), "LPAE");
		EXPECT_STREQ(early_cpu_missing(&no_divide), "division in ARM code");
	} else {
		EXPECT_EQ(early_cpu_missing(&cortex_a9), NULL);
	}
}

// ---- Faults ----------------------------------------------------------------------------------------

TEST("S068 an address below PAGE_OFFSET faults at level 1")
{
	u32 val;

	EXPECT_EQ(read_nofault(PAGE_SIZE, &val), -EFAULT);
	EXPECT_EQ(cp15_read(DFSR) & FSR_STATUS, FSR_TRANSLATION(1));
	EXPECT_EQ(cp15_read(DFAR), PAGE_SIZE);
	EXPECT_EQ(read_nofault(PAGE_OFFSET - 4, &val), -EFAULT);
	EXPECT_EQ(cp15_read(DFSR) & FSR_STATUS, FSR_TRANSLATION(1));
}

TEST("a write to code is a permission fault of a write, at the last level")
{
	EXPECT_EQ(write_nofault((unsigned long)_stext, 0), -EFAULT);
	EXPECT_EQ(cp15_read(DFSR) & (DFSR_WNR | FSR_STATUS), DFSR_WNR | FSR_PERMISSION(PT_LEVELS));
}

TEST("data cannot be executed: XN makes its fetch a permission fault")
{
	static u32 code[2] __aligned(8) = { 0xe12fff1e, 0 }; // bx lr

	EXPECT_EQ(exec_nofault((unsigned long)code), -EFAULT);
	EXPECT_EQ(cp15_read(IFSR) & FSR_STATUS, FSR_PERMISSION(PT_LEVELS));
	EXPECT_EQ(cp15_read(IFAR), (unsigned long)code);
	EXPECT_EQ(exec_nofault(0), -EFAULT);
	EXPECT_EQ(cp15_read(IFSR) & FSR_STATUS, FSR_TRANSLATION(1));
}

static void return_at_once(void)
{
}

TEST("code can be executed by the same call")
{
	EXPECT_EQ(exec_nofault((unsigned long)return_at_once), 0);
}

TEST("a word may lie at an odd address, two words for LDM may not")
{
	static const u32 words[4];
	unsigned long odd = (unsigned long)words + 1;
	u32 val;
	int err = 0;

	EXPECT_EQ(read_nofault(odd, &val), 0);
	__asm__ volatile("1:	ldm	%1, {r2, r3}\n"
			 "2:\n"
			 "	.pushsection .text.ldm_fixup, \"ax\"\n"
			 "3:	mvn	%0, %2\n"
			 "	b	2b\n"
			 "	.popsection\n"
			 "	.pushsection __ex_table, \"a\"\n"
			 "	.long	1b, 3b\n"
			 "	.popsection"
			 : "+r"(err)
			 : "r"(odd), "I"(EFAULT - 1)
			 : "r2", "r3", "memory");
	EXPECT_EQ(err, -EFAULT);
	EXPECT_EQ(cp15_read(DFSR) & FSR_STATUS, FSR_ALIGNMENT);
	EXPECT_EQ(cp15_read(DFAR), odd);
}

TEST("an exclusive access that an exception has interrupted fails, though nobody has written")
{
	u32 word = 1, failed = 0, val;

	__asm__ volatile("ldrex	%0, [%1]" : "=r"(val) : "r"(&word) : "memory");
	__asm__ volatile("strex	%0, %1, [%2]" : "=&r"(failed) : "r"(2), "r"(&word) : "memory");
	EXPECT_EQ(failed, 0); // without an exception
	__asm__ volatile("	ldrex	%0, [%2]\n"
			 "1:	ldr	%0, [%3]\n"
			 "2:	strex	%1, %4, [%2]\n"
			 "	.pushsection .text.ldrex_fixup, \"ax\"\n"
			 "3:	b	2b\n"
			 "	.popsection\n"
			 "	.pushsection __ex_table, \"a\"\n"
			 "	.long	1b, 3b\n"
			 "	.popsection"
			 : "=&r"(val), "=&r"(failed)
			 : "r"(&word), "r"(PAGE_SIZE), "r"(3)
			 : "memory");
	EXPECT_EQ(failed, 1);
	EXPECT_EQ(word, 2);
}

// ---- Interrupts ------------------------------------------------------------------------------------

#define FREE_IRQ (GIC_SPI_BASE + 60) // no board has a device there

// Signals its interrupt anew each time, and says that it was not the one.
static irqreturn_t refuse_own_irq(int irq, void *dev)
{
	++*(int *)dev;
	gicv2_set_pending(irq);
	return IRQ_NONE;
}

static irqreturn_t count_call(int irq, void *dev)
{
	++*(int *)dev;
	return IRQ_HANDLED;
}

static void pend_and_wait(unsigned int irq)
{
	const unsigned long ticks = READ_ONCE(jiffies);

	gicv2_set_pending(irq);
	while (READ_ONCE(jiffies) - ticks < 2)
		cpu_wait();
}

TEST("an interrupt that its handler refuses 1000 times in a row is masked, and others go on")
{
	int calls = 0, others = 0;

	ASSERT_EQ(request_irq(FREE_IRQ, refuse_own_irq, 0, "ktest", &calls), 0);
	ASSERT_EQ(request_irq(FREE_IRQ + 1, count_call, 0, "ktest", &others), 0);
	pend_and_wait(FREE_IRQ);
	EXPECT_EQ(READ_ONCE(calls), 1000);
	pend_and_wait(FREE_IRQ + 1);
	EXPECT_EQ(READ_ONCE(others), 1);
	pend_and_wait(FREE_IRQ); // masked: nobody is asked again
	EXPECT_EQ(READ_ONCE(calls), 1000);
	free_irq(FREE_IRQ, &calls);
	free_irq(FREE_IRQ + 1, &others);
	// The last signal still waits: whoever asks for the interrupt next gets it, and no other after it.
	calls = 0;
	ASSERT_EQ(request_irq(FREE_IRQ, count_call, 0, "ktest", &calls), 0);
	pend_and_wait(FREE_IRQ);
	EXPECT_GE(READ_ONCE(calls), 1);
	EXPECT_LE(READ_ONCE(calls), 2);
	free_irq(FREE_IRQ, &calls);
}

TEST("an interrupt leaves every register as it was")
{
	for (int i = 0; i < 3; i++) {
		u32 same = 0;

		__asm__ volatile(
			"mov	r0, %1\n"
			"	ldr	r1, [r0]\n"
			"	mov	r3, #3\n	mov	r4, #4\n	mov	r5, #5\n"
			"	mov	r6, #6\n	mov	r7, #7\n	mov	r8, #8\n"
			"	mov	r9, #9\n	mov	r10, #10\n	mov	r12, #12\n"
			"	mov	lr, #14\n"
			"1:	ldr	r2, [r0]\n"
			"	cmp	r2, r1\n"
			"	beq	1b\n"
			"	cmp	r3, #3\n	cmpeq	r4, #4\n	cmpeq	r5, #5\n"
			"	cmpeq	r6, #6\n	cmpeq	r7, #7\n	cmpeq	r8, #8\n"
			"	cmpeq	r9, #9\n	cmpeq	r10, #10\n	cmpeq	r12, #12\n"
			"	cmpeq	lr, #14\n"
			"	movne	%0, #0\n"
			"	moveq	%0, #1\n"
			: "=r"(same)
			: "r"(&jiffies)
			: "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r12",
			  "lr", "cc", "memory");
		EXPECT_EQ(same, 1);
	}
}

// ---- Counters --------------------------------------------------------------------------------------

TEST("the cycle counter counts")
{
	if ((cp15_read(ID_DFR0) & DFR0_PMU) == 0)
		SKIP("this CPU has no performance monitors");

	const u64 before = cpu_cycles();

	for (int i = 0; i < 1000; i++)
		barrier();
	EXPECT_GT(cpu_cycles(), before);
}
