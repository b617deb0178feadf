// SPDX-License-Identifier: MIT
// What only x86 has: descriptor tables, error codes, control bits, the way in and out of interrupts,
// and what a multiboot loader may get wrong. Each page-table format, the timers, the CMOS clock and
// ACPI have a file of their own beside this one.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/pt.h>
#include <asm/cpuid.h>
#include <asm/desc.h>
#include <asm/trap.h>
#include <boot/x86/multiboot.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <lib/format.h>
#include <mm/addr.h>
#include <mm/page.h>
#include <mm/pgd.h>
#include <mm/pgtable.h>

SUITE("arch_x86");

// ---- Descriptor tables ----------------------------------------------------------------------------

static const struct gate_desc *idt_now(unsigned int *entries)
{
	struct desc_ptr idtr;

	__asm__ volatile("sidt %0" : "=m"(idtr));
	*entries = (idtr.limit + 1) / sizeof(struct gate_desc);
	return (const struct gate_desc *)idtr.base;
}

static unsigned long gate_offset(const struct gate_desc *gate)
{
	return (unsigned long)gate->offset_high << 16 | gate->offset_low;
}

TEST("the IDT has 256 gates, and each but the double fault's is an interrupt gate into the code")
{
	unsigned int entries;
	const struct gate_desc *idt = idt_now(&entries);

	ASSERT_EQ(entries, NR_VECTORS);
	for (unsigned int i = 0; i < entries; i++) {
		if (i == X86_TRAP_DF)
			continue;
		EXPECT_EQ(idt[i].access, DESC_INTR_GATE);
		EXPECT_EQ(idt[i].selector, __KERNEL_CS);
		EXPECT_GE(gate_offset(&idt[i]), (unsigned long)_stext);
		EXPECT_LT(gate_offset(&idt[i]), (unsigned long)_etext);
	}
}

TEST("a double fault is answered by a task of its own, on the fault stack, in the kernel's tables")
{
	unsigned int entries;
	const struct gate_desc *gate = &idt_now(&entries)[X86_TRAP_DF];
	const u64 desc = gdt[GDT_ENTRY_DOUBLEFAULT_TSS];
	const struct tss *tss = (const struct tss *)(unsigned long)((desc >> 16 & 0xffffff) |
								    (desc >> 32 & 0xff000000));

	EXPECT_EQ(gate->access, DESC_TASK_GATE);
	EXPECT_EQ(gate->selector, __DOUBLEFAULT_TSS);
	EXPECT_EQ(desc >> 40 & 0xff, DESC_TSS); // present, and not busy
	EXPECT_EQ(desc & 0xffff, sizeof(*tss) - 1);
	EXPECT_EQ(tss->esp, (u32)fault_stack_top);
	EXPECT_EQ(tss->cr3, (u32)__pa(kernel_root));
	EXPECT_EQ(tss->eip, (u32)double_fault);
	EXPECT_EQ(tss->eflags & X86_EFLAGS_IF, 0);
}

TEST("the GDT is the kernel's own, and a task is loaded")
{
	struct desc_ptr gdtr;
	u16 tr, cs, ss;

	__asm__ volatile("sgdt %0" : "=m"(gdtr));
	__asm__ volatile("str %0; movw %%cs, %1; movw %%ss, %2" : "=r"(tr), "=r"(cs), "=r"(ss));
	EXPECT_EQ(gdtr.base, (u32)gdt);
	EXPECT_EQ(gdtr.limit, sizeof(gdt) - 1);
	EXPECT_EQ(tr, __TSS);
	EXPECT_EQ(cs, __KERNEL_CS);
	EXPECT_EQ(ss, __KERNEL_DS);
}

TEST("a system segment's descriptor holds every bit of base and limit")
{
	EXPECT_EQ(gdt_system(0x12345678, 0xabcde + 1, DESC_TSS), 0x120a89345678bcdeULL);
	EXPECT_EQ(GDT_FLAT(DESC_CODE), 0x00cf9b000000ffffULL);
	EXPECT_EQ(GDT_FLAT(DESC_DATA | DESC_DPL(3)), 0x00cff3000000ffffULL);
}

// ---- Error codes ----------------------------------------------------------------------------------

TEST("S312 a page fault's error code is put into words")
{
	static const struct {
		u32 code;
		const char *words;
	} cases[] = {
		{ 0, "kernel read, the page is not present" },
		{ X86_PF_WRITE, "kernel write, the page is not present" },
		{ X86_PF_WRITE | X86_PF_PROT, "kernel write, the page is not writable" },
		{ X86_PF_INSTR, "kernel instruction fetch, the page is not present" },
		{ X86_PF_INSTR | X86_PF_PROT,
		  "kernel instruction fetch, the page is not executable" },
		{ X86_PF_USER | X86_PF_PROT, "user read, the page is not accessible from there" },
		{ X86_PF_USER | X86_PF_WRITE, "user write, the page is not present" },
		{ X86_PF_RSVD | X86_PF_PROT,
		  "kernel read, a reserved bit is set in a page-table entry" },
	};
	char words[80];

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		page_fault_words(cases[i].code, words, sizeof(words));
		EXPECT_STREQ(words, cases[i].words);
	}
}

TEST("a selector error code is put into words")
{
	char words[64];

	selector_error_words(0, words, sizeof(words));
	EXPECT_STREQ(words, "no segment is at fault");
	selector_error_words(__KERNEL_CS, words, sizeof(words));
	EXPECT_STREQ(words, "entry 12 of the GDT");
	selector_error_words(0x0f | 4, words, sizeof(words));
	EXPECT_STREQ(words, "the gate of vector 1, during an interrupt from outside");
	selector_error_words(0x1c, words, sizeof(words));
	EXPECT_STREQ(words, "entry 3 of the LDT");
}

// ---- Control bits ---------------------------------------------------------------------------------

TEST("every protection that the CPU has is on")
{
	const unsigned long cr0 = read_cr0(), cr4 = read_cr4();

	EXPECT_EQ(cr0 & X86_CR0_KERNEL, X86_CR0_KERNEL);
	EXPECT_EQ((bool)(cr4 & X86_CR4_PGE), cpu_has(X86_FEATURE_PGE));
	EXPECT_EQ((bool)(cr4 & X86_CR4_SMEP), cpu_has(X86_FEATURE_SMEP));
	EXPECT_EQ((bool)(cr4 & X86_CR4_SMAP), cpu_has(X86_FEATURE_SMAP));
	EXPECT_EQ(eflags_read() & (X86_EFLAGS_AC | X86_EFLAGS_NT), 0);
}

TEST("CR0.WP: the kernel itself cannot write to read-only pages")
{
	const u32 *code = (const u32 *)_stext, *constant = (const u32 *)__start_rodata;

	EXPECT_EQ(write_nofault((unsigned long)code, 0), -EFAULT);
	EXPECT_EQ(write_nofault((unsigned long)constant, 0), -EFAULT);
}

TEST("the time stamp counter counts")
{
	u64 before = cpu_cycles();

	udelay(100);
	EXPECT_GT(cpu_cycles(), before);
}

// ---- Interrupts: the way in and out -----------------------------------------------------------------

#define INT_(vector)    __asm__ volatile("int $" #vector : : : "memory", "cc")
#define INT(vector)     INT_(vector)
#define SPURIOUS_MASTER 0x27 // IRQ_BASE + 7
#define SPURIOUS_SLAVE  0x2f
#define FREE_IRQ        5
#define FREE_IRQ_VECTOR 0x25
_Static_assert(SPURIOUS_MASTER == IRQ_BASE + 7 && SPURIOUS_SLAVE == IRQ_BASE + 15 &&
		       FREE_IRQ_VECTOR == IRQ_BASE + FREE_IRQ,
	       "the vectors are those of the 8259s");

static void keep_spurious_line(const char *text, void *arg)
{
	if (strncmp(text, "MIS:", 4) == 0)
		strscpy(arg, text, 40);
}

static void wait_for_tick(void)
{
	unsigned long start = READ_ONCE(jiffies);

	while (READ_ONCE(jiffies) == start)
		cpu_relax();
}

TEST("a spurious interrupt of either 8259 is counted, and the tick goes on")
{
	char before[40] = "", between[40] = "", after[40] = "";

	irq_show(keep_spurious_line, before);
	INT(SPURIOUS_MASTER);
	irq_show(keep_spurious_line, between);
	INT(SPURIOUS_SLAVE);
	irq_show(keep_spurious_line, after);
	EXPECT_NE(strcmp(before, between), 0);
	EXPECT_NE(strcmp(between, after), 0);
	wait_for_tick();
	wait_for_tick();
}

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

static void interrupt_here(void);

static bool note_frame(unsigned long pc, void *arg)
{
	const char *name;
	unsigned long offset, size;

	if (!symbol_lookup(pc, &name, &offset, &size))
		return true;
	seen.handler |= strcmp(name, "walk_from_handler") == 0;
	seen.interrupted |= strcmp(name, "interrupt_here") == 0;
	seen.runner |= strcmp(name, "ktest_run") == 0;
	return true;
}

static __noinline irqreturn_t walk_from_handler(int irq, void *dev)
{
	seen.inside = in_interrupt();
	seen.xcs = irq_regs()->xcs;
	seen.sp = regs_sp(irq_regs());
	stack_walk(NULL, note_frame, NULL);
	return IRQ_HANDLED;
}

static __noinline void interrupt_here(void)
{
	INT(FREE_IRQ_VECTOR);
	barrier();
}

TEST("a stack walk in a handler goes on through the interrupted function to its callers")
{
	seen = (struct seen){ 0 };
	ASSERT_EQ(request_irq(FREE_IRQ, walk_from_handler, 0, "test", &seen), 0);
	interrupt_here();
	free_irq(FREE_IRQ, &seen);
	EXPECT_TRUE(seen.inside);
	EXPECT_TRUE(seen.handler);
	EXPECT_TRUE(seen.interrupted);
	EXPECT_TRUE(seen.runner);
	EXPECT_EQ(seen.xcs, __KERNEL_CS);
	EXPECT_LE(seen.sp, current_sp() + 256);
	EXPECT_GE(seen.sp, (unsigned long)boot_stack);
}

// ---- Multiboot: what a loader may get wrong ---------------------------------------------------------

static struct {
	struct bootinfo bi;
	struct multiboot_info info;
	struct multiboot_mmap_entry map[100];
	char text[BOOT_CMDLINE_MAX + 100];
} mb;

static u32 address_of(const void *p)
{
	return (u32)(uintptr_t)p;
}

static void mb_start(void)
{
	memset(&mb, 0, sizeof(mb));
}

static void mb_map(int count)
{
	mb.info.flags |= MULTIBOOT_INFO_MMAP;
	mb.info.mmap_addr = address_of(mb.map);
	mb.info.mmap_length = count * sizeof(mb.map[0]);
	for (int i = 0; i < count; i++)
		mb.map[i] = (struct multiboot_mmap_entry){ sizeof(mb.map[0]) - sizeof(u32),
							   (u64)i << 20, SZ_1M,
							   MULTIBOOT_MEMORY_AVAILABLE };
}

static enum multiboot_result mb_parse(void)
{
	return multiboot_parse(&mb.bi, MULTIBOOT_BOOTLOADER_MAGIC, &mb.info);
}

static const char *mb_cmdline(const char *text)
{
	mb_start();
	mb.info.flags = MULTIBOOT_INFO_CMDLINE;
	mb.info.cmdline = address_of(text);
	EXPECT_EQ(mb_parse(), MULTIBOOT_NO_MEMORY);
	return mb.bi.cmdline;
}

TEST("multiboot: with a wrong magic nothing is read, and the problem has a sentence")
{
	mb_start();
	EXPECT_EQ(multiboot_parse(&mb.bi, MULTIBOOT_HEADER_MAGIC, NULL), MULTIBOOT_BAD_MAGIC);
	EXPECT_EQ(mb.bi.ram_count, 0);
	EXPECT_NE(multiboot_problem(MULTIBOOT_BAD_MAGIC), NULL);
	EXPECT_NE(multiboot_problem(MULTIBOOT_NO_MEMORY), NULL);
	EXPECT_EQ(multiboot_problem(MULTIBOOT_OK), NULL);
}

TEST("multiboot: RAM and other ranges of the map are told apart, longer entries are stepped over")
{
	const u32 longer = 2 * sizeof(mb.map[0]) - sizeof(u32);

	mb_start();
	mb_map(4);
	mb.map[0].size = longer; // so the second is not an entry
	mb.map[2].type = 2;
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	ASSERT_EQ(mb.bi.ram_count, 2);
	ASSERT_EQ(mb.bi.reserved_count, 1);
	EXPECT_EQ(mb.bi.ram[0].start, 0);
	EXPECT_EQ(mb.bi.reserved[0].start, 2 * SZ_1M);
	EXPECT_EQ(mb.bi.ram[1].start, 3 * SZ_1M);
	EXPECT_FALSE(mb.bi.ranges_cut);
}

TEST("multiboot: the map ends at an entry whose size cannot be, and that is told")
{
	static const u32 sizes[] = { 0, 1, 19, 0x1000, 0xffffffff };

	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		mb_start();
		mb_map(3);
		mb.map[1].size = sizes[i];
		EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
		EXPECT_EQ(mb.bi.ram_count, 1);
		EXPECT_TRUE(mb.bi.ranges_cut);
	}
}

TEST("multiboot: a length of the map beyond all memory reads no further than sense goes")
{
	mb_start();
	mb_map(2);
	mb.map[1].size = 0;
	mb.info.mmap_length = 0xffffffff;
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	EXPECT_EQ(mb.bi.ram_count, 1);
	mb_start();
	mb_map(2);
	mb.info.mmap_length = sizeof(mb.map[0]) - 1; // not even one
	EXPECT_EQ(mb_parse(), MULTIBOOT_NO_MEMORY);
}

TEST("multiboot: more ranges than there is room for are counted as cut")
{
	mb_start();
	mb_map(100);
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	EXPECT_EQ(mb.bi.ram_count, BOOT_RANGES_MAX);
	EXPECT_TRUE(mb.bi.ranges_cut);
}

TEST("multiboot: a range that runs over the end of all addresses is cut there")
{
	mb_start();
	mb_map(2);
	mb.map[0].addr = ~0ULL << 20;
	mb.map[0].len = ~0ULL;
	mb.map[1].len = 0;
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	ASSERT_EQ(mb.bi.ram_count, 1);
	EXPECT_EQ(mb.bi.ram[0].start + mb.bi.ram[0].size, 0);
}

TEST("multiboot: without a map, mem_lower and mem_upper tell the RAM; without those, nothing")
{
	mb_start();
	mb.info.flags = MULTIBOOT_INFO_MEMORY;
	mb.info.mem_lower = 639;
	mb.info.mem_upper = 0xffffffff;
	EXPECT_EQ(mb_parse(), MULTIBOOT_OK);
	ASSERT_EQ(mb.bi.ram_count, 2);
	EXPECT_EQ(mb.bi.ram[0].size, 639 * SZ_1K);
	EXPECT_EQ(mb.bi.ram[1].start, SZ_1M);
	EXPECT_EQ(mb.bi.ram[1].size, 0xffffffffULL * SZ_1K);
	mb_start();
	mb.info.mem_lower = 639; // but the flag does not say so
	EXPECT_EQ(mb_parse(), MULTIBOOT_NO_MEMORY);
}

TEST("multiboot: the image's name is no part of the command line, options are")
{
	EXPECT_STREQ(mb_cmdline("build/x86/k896.elf  ktest=* quiet"), "ktest=* quiet");
	EXPECT_STREQ(mb_cmdline("k896.elf quiet"), "quiet");
	EXPECT_STREQ(mb_cmdline("/boot/k896.elf"), "");
	EXPECT_STREQ(mb_cmdline("quiet ktest=a/b"), "quiet ktest=a/b");
	EXPECT_STREQ(mb_cmdline("init=/bin/sh"), "init=/bin/sh");
	EXPECT_STREQ(mb_cmdline(""), "");
	EXPECT_STREQ(mb_cmdline("   "), "");
	mb.info.cmdline = 0;
	EXPECT_EQ(mb_parse(), MULTIBOOT_NO_MEMORY);
}

static const char *mb_cmdline_by(const char *loader, const char *text)
{
	mb_start();
	mb.info.flags = MULTIBOOT_INFO_CMDLINE | MULTIBOOT_INFO_LOADER;
	mb.info.boot_loader_name = address_of(loader);
	mb.info.cmdline = address_of(text);
	EXPECT_EQ(mb_parse(), MULTIBOOT_NO_MEMORY);
	return mb.bi.cmdline;
}

TEST("multiboot: the backslashes that GRUB 2 puts before quotes and backslashes are taken away")
{
	static const char line[] = "k896.elf a=\\\"b c\\\" \\'d\\' e\\\\f \\x41 g\\";

	EXPECT_STREQ(mb_cmdline_by("GRUB 2.06", line), "a=\"b c\" 'd' e\\f \\x41 g\\");
	EXPECT_STREQ(mb_cmdline_by("qemu", line), line + sizeof("k896.elf"));
	EXPECT_STREQ(mb_cmdline(line), line + sizeof("k896.elf"));
}

TEST("multiboot: a command line that is too long is cut, and that is told")
{
	mb_start();
	memset(mb.text, 'x', sizeof(mb.text) - 1);
	mb.info.flags = MULTIBOOT_INFO_CMDLINE;
	mb.info.cmdline = address_of(mb.text);
	mb_parse();
	EXPECT_TRUE(mb.bi.cmdline_cut);
	EXPECT_EQ(strlen(mb.bi.cmdline), BOOT_CMDLINE_MAX - 1);
	mb.text[BOOT_CMDLINE_MAX - 1] = '\0';
	mb_parse();
	EXPECT_FALSE(mb.bi.cmdline_cut);
	EXPECT_EQ(strlen(mb.bi.cmdline), BOOT_CMDLINE_MAX - 1);
}

TEST("multiboot: the loader's name is told, and cut when it is too long")
{
	mb_start();
	mb_parse();
	EXPECT_STREQ(mb.bi.loader, "multiboot");
	mb.info.flags = MULTIBOOT_INFO_LOADER;
	mb.info.boot_loader_name = address_of("GRUB 2.06");
	mb_parse();
	EXPECT_STREQ(mb.bi.loader, "multiboot: GRUB 2.06");
	memset(mb.text, 'x', sizeof(mb.text) - 1);
	mb.info.boot_loader_name = address_of(mb.text);
	mb_parse();
	EXPECT_EQ(strlen(mb.bi.loader), sizeof(mb.bi.loader) - 1);
}

TEST("multiboot: the first module is the initrd; one that ends before it starts has no sane size")
{
	struct multiboot_module mods[2] = { { 0x200000, 0x234567, 0, 0 },
					    { 0x300000, 0x400000, 0, 0 } };

	mb_start();
	mb.info.flags = MULTIBOOT_INFO_MODS;
	mb.info.mods_addr = address_of(mods);
	mb_parse();
	EXPECT_EQ(mb.bi.initrd.size, 0); // mods_count is 0
	mb.info.mods_count = 2;
	mb_parse();
	EXPECT_EQ(mb.bi.initrd.start, 0x200000);
	EXPECT_EQ(mb.bi.initrd.size, 0x34567);
	mods[0].mod_end = 0x1ff000;
	mb_parse();
	EXPECT_GT(mb.bi.initrd.size, 1ULL << 32);
	mb.info.mods_addr = 0;
	mb.bi.initrd.size = 0;
	mb_parse();
	EXPECT_EQ(mb.bi.initrd.size, 0);
}

TEST("S062 S076 the CPU itself notes in a user page's entry that it was read, and that it was "
     "written to")
{
	const unsigned long at = 0x00400000, cr4 = read_cr4();
	static u32 frame[PAGE_SIZE / 4] __aligned(PAGE_SIZE);
	pte_t *root = pgd_alloc(), *slot;
	u32 word;

	ASSERT_TRUE(root != NULL);
	ASSERT_EQ(pt_map(root, at, __pa(frame), PAGE_SIZE, PT_USER | PT_WRITE, page_table_alloc),
		  0);
	slot = pt_slot(root, at, NULL);
	pgd_load(root);
	write_cr4(cr4 & ~X86_CR4_SMAP); // the kernel looks at a user's page
	EXPECT_FALSE(pte_young(*slot));
	EXPECT_EQ(read_nofault(at, &word), 0);
	EXPECT_TRUE(pte_young(*slot));
	EXPECT_FALSE(pte_dirty(*slot));
	EXPECT_EQ(write_nofault(at, 1), 0);
	EXPECT_TRUE(pte_dirty(*slot));
	write_cr4(cr4);
	pgd_load(kernel_root);
	EXPECT_EQ(pt_unmap(root, at, PAGE_SIZE, NULL), 0);
	pgd_free(root);
}

TEST("S059 S061 a switch writes CR3, and the kernel's code runs on under the new root")
{
	pte_t *root = pgd_alloc();

	ASSERT_TRUE(root != NULL);
	pgd_load(root);
	EXPECT_EQ(read_cr3(), (unsigned long)__pa(root));
	EXPECT_TRUE(pgd_current() == root);
	pgd_load(kernel_root);
	EXPECT_EQ(read_cr3(), (unsigned long)__pa(kernel_root));
	pgd_free(root);
}
