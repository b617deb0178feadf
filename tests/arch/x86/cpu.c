// SPDX-License-Identifier: MIT
// What only x86 has: descriptor tables, error codes, control bits, the root's register. Interrupts, each
// page-table format, the timers, the CMOS clock, ACPI and multiboot have a file of their own beside this one.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/pt.h>
#include <asm/cpuid.h>
#include <asm/desc.h>
#include <asm/trap.h>
#include <kernel/ktest.h>
#include <kernel/sections.h>
#include <kernel/time.h>
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

// Entry 512 of the LDT, which would lie 4 KB behind its start. LAR reads it as a load of the selector would.
TEST("there is no LDT that a user program could have at an address of its own")
{
	const u32 selector = 512 << 3 | 4;
	u32 rights = 0;
	bool found = true;
	int err = 0;

	__asm__ volatile("1:	larl	%3, %1\n"
			 "	setz	%b0\n"
			 "2:\n"
			 "	.pushsection .text.lar_fixup, \"ax\"\n"
			 "3:	movl	%4, %2\n"
			 "	jmp	2b\n"
			 "	.popsection\n"
			 "	.pushsection __ex_table, \"a\"\n"
			 "	.long	1b, 3b\n"
			 "	.popsection"
			 : "+q"(found), "+r"(rights), "+r"(err)
			 : "r"(selector), "i"(-EFAULT)
			 : "cc");
	EXPECT_EQ(err, 0);
	EXPECT_FALSE(found);
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

// ---- Roots ----------------------------------------------------------------------------------------

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
