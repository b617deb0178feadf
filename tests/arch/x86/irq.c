// SPDX-License-Identifier: MIT
// The way into an interrupt and out of it on x86.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <asm/desc.h>
#include <asm/io.h>
#include <asm/trap.h>
#include <boot/x86/pc.h>
#include <drivers/irqchip/i8259.h>
#include <drivers/pci.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <lib/string.h>

#include "log_watch.h"

SUITE("arch_x86_irq");

#define INT_(vector)    __asm__ volatile("int $" #vector : : : "memory", "cc")
#define INT(vector)     INT_(vector)
#define SPURIOUS_MASTER 0x27 // IRQ_BASE + 7
#define SPURIOUS_SLAVE  0x2f
#define FREE_IRQ        5
#define FREE_IRQ_VECTOR 0x25
_Static_assert(SPURIOUS_MASTER == IRQ_BASE + 7 && SPURIOUS_SLAVE == IRQ_BASE + 15 &&
		       FREE_IRQ_VECTOR == IRQ_BASE + FREE_IRQ,
	       "the vectors are those of the 8259s");

static void read_spurious(const char *text, void *arg)
{
	unsigned int *count = arg;

	if (strncmp(text, "MIS:", 4) != 0)
		return;
	for (text += 4; *text == ' '; text++)
		;
	for (*count = 0; *text >= '0' && *text <= '9'; text++)
		*count = *count * 10 + *text - '0';
}

// How many spurious interrupts there were, as /proc/interrupts has it.
static unsigned int spurious(void)
{
	unsigned int count = ~0U;

	irq_show(read_spurious, &count);
	return count;
}

static void wait_for_tick(void)
{
	unsigned long start = READ_ONCE(jiffies);

	while (READ_ONCE(jiffies) == start)
		cpu_wait();
}

TEST("a spurious interrupt of either 8259 is counted, and the tick goes on")
{
	const unsigned int before = spurious();

	INT(SPURIOUS_MASTER);
	EXPECT_EQ(spurious(), before + 1);
	INT(SPURIOUS_SLAVE);
	EXPECT_EQ(spurious(), before + 2);
	wait_for_tick();
	wait_for_tick();
}

// ---- A real one -----------------------------------------------------------------------------------

// The mouse's interrupt: the keyboard controller makes it for a byte that it is given for that.
// (IBM PS/2 Technical Reference, keyboard and auxiliary device controller.)
#define AUX_IRQ       12
#define KBC_DATA      0x60
#define KBC_FULL      0x01 // of its status: there is a byte to read
#define KBC_READ      0x20 // the command byte
#define KBC_WRITE     0x60
#define KBC_AUX_IRQ   0x02 // of the command byte
#define KBC_AUX_BYTE  0xd3
#define OCW3_READ_ISR 0x0b

static u8 kbc_mode(void)
{
	outb(KBC_READ, PC_KEYBOARD_STATUS);
	return inb(KBC_DATA);
}

static void kbc_command(u8 command, u8 value)
{
	outb(command, PC_KEYBOARD_STATUS);
	outb(value, KBC_DATA);
}

static void kbc_empty(void)
{
	while (inb(PC_KEYBOARD_STATUS) & KBC_FULL)
		inb(KBC_DATA);
}

static irqreturn_t never_called(int irq, void *called)
{
	*(bool *)called = true;
	return IRQ_HANDLED;
}

static u8 in_service(u16 chip)
{
	outb(OCW3_READ_ISR, chip);
	return inb(chip);
}

TEST("a request that the second 8259 takes back is spurious, and neither chip waits for its end")
{
	const u8 mode = kbc_mode();
	const unsigned int before = spurious();
	bool called = false, pending;
	unsigned long flags;

	ASSERT_EQ(request_irq(AUX_IRQ, never_called, 0, "test", &called), 0);
	flags = local_irq_save();
	kbc_command(KBC_WRITE, mode | KBC_AUX_IRQ);
	kbc_command(KBC_AUX_BYTE, 0x55);
	pending = i8259_pending(AUX_IRQ);
	free_irq(AUX_IRQ, &called); // masked: the second chip has nothing to say when it is asked
	local_irq_restore(flags);
	kbc_command(KBC_WRITE, mode);
	kbc_empty();
	wait_for_tick();
	EXPECT_TRUE(pending);
	EXPECT_FALSE(called);
	EXPECT_EQ(spurious(), before + 1);
	flags = local_irq_save();
	EXPECT_EQ(in_service(PC_PIC_MASTER), 0);
	EXPECT_EQ(in_service(PC_PIC_SLAVE), 0);
	local_irq_restore(flags);
}

// ---- Interrupts that nobody handles ---------------------------------------------------------------

static int answers; // this many are refused, then one is handled, and so on

static irqreturn_t seldom_handled(int irq, void *dev)
{
	return ++answers % 1000 == 0 ? IRQ_HANDLED : IRQ_NONE;
}

static irqreturn_t never_handled(int irq, void *dev)
{
	answers++;
	return IRQ_NONE;
}

TEST("only refusals in a row count: of 2000 interrupts, each thousandth handled, none is masked; "
     "1000 in a row are")
{
	log_watch_begin();
	answers = 0;
	EXPECT_EQ(request_irq(FREE_IRQ, seldom_handled, 0, "test", &answers), 0);
	for (int i = 0; i < 2000; i++)
		INT(FREE_IRQ_VECTOR);
	free_irq(FREE_IRQ, &answers);
	EXPECT_EQ(log_seen("irq 5: nobody cared, masked"), 0);
	EXPECT_EQ(answers, 2000);
	EXPECT_EQ(request_irq(FREE_IRQ, never_handled, 0, "test", &answers), 0);
	for (int i = 0; i < 999; i++)
		INT(FREE_IRQ_VECTOR);
	EXPECT_EQ(log_seen("irq 5: nobody cared, masked"), 0);
	INT(FREE_IRQ_VECTOR);
	EXPECT_EQ(log_seen("irq 5: nobody cared, masked"), 1);
	free_irq(FREE_IRQ, &answers);
	log_watch_end();
}

TEST("the first number that the 8259s do not have is refused, the last one is given")
{
	int owner;

	EXPECT_EQ(request_irq(16, never_handled, 0, "test", &owner), -EINVAL);
	ASSERT_EQ(request_irq(15, never_handled, 0, "test", &owner), 0);
	free_irq(15, &owner);
}

// ---- The frame ------------------------------------------------------------------------------------

TEST("an interrupt leaves every register as it was, the direction flag too")
{
	u32 eax = 1, ebx = 2, ecx = 3, edx = 4, esi = 5, edi = 6;

	// eax becomes 0 if ebp or the flag has changed.
	__asm__ volatile("pushl %%ebp\n"
			 "movl $7, %%ebp\n"
			 "std\n"
			 "int %[vector]\n"
			 "pushfl\n"
			 "cld\n"
			 "cmpl $7, %%ebp\n"
			 "popl %%ebp\n"
			 "jne 1f\n"
			 "testl %[df], %%ebp\n"
			 "jne 2f\n"
			 "1: xorl %%eax, %%eax\n"
			 "2: popl %%ebp\n"
			 : "+a"(eax), "+b"(ebx), "+c"(ecx), "+d"(edx), "+S"(esi), "+D"(edi)
			 : [vector] "i"(SPURIOUS_MASTER), [df] "i"(X86_EFLAGS_DF)
			 : "memory", "cc");
	EXPECT_EQ(eax, 1);
	EXPECT_EQ(ebx, 2);
	EXPECT_EQ(ecx, 3);
	EXPECT_EQ(edx, 4);
	EXPECT_EQ(esi, 5);
	EXPECT_EQ(edi, 6);
}

struct seen {
	bool handler, interrupted, runner, inside;
	u32 xcs;
	unsigned long sp;
};
static struct seen seen;

static void raise_free_irq(void);

static bool note_irq_frame(unsigned long pc, void *arg)
{
	const char *name;
	unsigned long offset, size;

	if (!symbol_lookup(pc, &name, &offset, &size))
		return true;
	seen.handler |= strcmp(name, "walk_from_handler") == 0;
	seen.interrupted |= strcmp(name, "raise_free_irq") == 0;
	seen.runner |= strcmp(name, "ktest_run") == 0;
	return true;
}

static __noinline irqreturn_t walk_from_handler(int irq, void *dev)
{
	seen.inside = in_interrupt();
	seen.xcs = irq_regs()->xcs;
	seen.sp = regs_sp(irq_regs());
	stack_walk(NULL, note_irq_frame, NULL);
	return IRQ_HANDLED;
}

static __noinline void raise_free_irq(void)
{
	INT(FREE_IRQ_VECTOR);
	barrier();
}

TEST("a stack walk in a handler goes on through the interrupted function to its callers")
{
	seen = (struct seen){ 0 };
	ASSERT_EQ(request_irq(FREE_IRQ, walk_from_handler, 0, "test", &seen), 0);
	raise_free_irq();
	free_irq(FREE_IRQ, &seen);
	EXPECT_TRUE(seen.inside);
	EXPECT_TRUE(seen.handler);
	EXPECT_TRUE(seen.interrupted);
	EXPECT_TRUE(seen.runner);
	EXPECT_EQ(seen.xcs, __KERNEL_CS);
	EXPECT_LE(seen.sp, current_sp() + 256);
	EXPECT_GE(seen.sp, (unsigned long)boot_stack);
}

TEST("a PCI device in whose register the firmware has noted no input of the i8259 has no interrupt")
{
	static const struct {
		u8 line;
		int irq;
	} cases[] = { { 0, -ENOENT }, { 0xff, -ENOENT }, { 16, -EINVAL } };
	struct pci_dev *pdev = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, NULL);
	u8 line;

	while (pdev && !pdev->pin)
		pdev = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, pdev);
	if (!pdev)
		SKIP("no PCI device has an interrupt");
	line = pci_read_config_byte(pdev, PCI_INTERRUPT_LINE); // the pin, behind it, is read-only
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pci_write_config_word(pdev, PCI_INTERRUPT_LINE, cases[i].line);
		EXPECT_EQ(pdev->host->map_irq(pdev->host, pdev), cases[i].irq);
	}
	pci_write_config_word(pdev, PCI_INTERRUPT_LINE, line);
	EXPECT_EQ(pdev->host->map_irq(pdev->host, pdev), line);
}
