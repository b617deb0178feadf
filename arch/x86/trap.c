// SPDX-License-Identifier: MIT
// Exceptions: the descriptor tables, and the handlers.
//
// Owns: the GDT, the IDT and both task-state segments.
// Rules: all gates mask interrupts. A double fault switches to its own task and stack: a stack overflow
// becomes a double fault, because the CPU cannot push a frame on an unmapped page.
// Manual: Intel SDM vol 3A, chapters 6 and 7.
// Linux: arch/x86/kernel/traps.c, idt.c, doublefault_32.c.

#include <arch/cpu.h>
#include <arch/layout.h>
#include <asm/desc.h>
#include <asm/trap.h>
#include <kernel/irq.h>
#include <kernel/oops.h>
#include <kernel/printk.h>
#include <kernel/sections.h>
#include <lib/util.h>

extern char trap_stubs[];

u64 gdt[GDT_ENTRIES] __aligned(8) = {
	[GDT_ENTRY_KERNEL_CS] = GDT_FLAT(DESC_CODE),
	[GDT_ENTRY_KERNEL_DS] = GDT_FLAT(DESC_DATA),
	[GDT_ENTRY_DEFAULT_USER_CS] = GDT_FLAT(DESC_CODE | DESC_DPL(3)),
	[GDT_ENTRY_DEFAULT_USER_DS] = GDT_FLAT(DESC_DATA | DESC_DPL(3)),
};

static struct {
	struct gate_desc idt[NR_VECTORS] __aligned(8);
	struct tss tss;       // the kernel's; at a double fault the CPU saves the registers here
	struct tss fault_tss; // the double fault handler's
} traps;

// ---- Setting up ---------------------------------------------------------------------------------

static void tss_init(void)
{
	traps.tss.ss0 = __KERNEL_DS;
	traps.tss.iomap_base = sizeof(struct tss); // user mode may use no port
	traps.fault_tss = (struct tss){
		.cr3 = read_cr3(),
		.eip = (u32)double_fault,
		.eflags = X86_EFLAGS_FIXED,
		.esp = (u32)fault_stack_top,
		.cs = __KERNEL_CS,
		.ss = __KERNEL_DS,
		.ds = __KERNEL_DS,
		.es = __KERNEL_DS,
		.iomap_base = sizeof(struct tss),
	};
	gdt[GDT_ENTRY_TSS] = gdt_system((unsigned long)&traps.tss, sizeof(struct tss), DESC_TSS);
	gdt[GDT_ENTRY_DOUBLEFAULT_TSS] =
		gdt_system((unsigned long)&traps.fault_tss, sizeof(struct tss), DESC_TSS);
	__asm__ volatile("ltr %w0" : : "r"(__TSS) : "memory");
	// No LDT: after a reset, LDTR describes 64 KB at address 0, which is user memory (SDM vol 3A,
	// 9.1.1).
	__asm__ volatile("lldt %w0" : : "r"(0) : "memory");
}

static void idt_init(void)
{
	const struct desc_ptr idtr = { sizeof(traps.idt) - 1, (u32)traps.idt };

	for (unsigned int i = 0; i < NR_VECTORS; i++)
		traps.idt[i] =
			gate_make(__KERNEL_CS, (unsigned long)trap_stubs + i * TRAP_STUB_SIZE,
				  DESC_INTR_GATE);
	traps.idt[X86_TRAP_DF] = gate_make(__DOUBLEFAULT_TSS, 0, DESC_TASK_GATE);
	__asm__ volatile("lidt %0" : : "m"(idtr));
}

void trap_init(void)
{
	tss_init();
	idt_init();
}

// ---- Error codes in words, registers ------------------------------------------------------------

void page_fault_words(u32 error_code, char *buf, size_t size)
{
	const char *who = error_code & X86_PF_USER ? "user" : "kernel";
	const char *access = error_code & X86_PF_INSTR   ? "instruction fetch"
			     : error_code & X86_PF_WRITE ? "write"
							 : "read";
	const char *cause = "the page is not present";

	if (error_code & X86_PF_RSVD)
		cause = "a reserved bit is set in a page-table entry";
	else if (error_code & X86_PF_PROT && error_code & X86_PF_INSTR)
		cause = "the page is not executable";
	else if (error_code & X86_PF_PROT && error_code & X86_PF_WRITE)
		cause = "the page is not writable";
	else if (error_code & X86_PF_PROT)
		cause = "the page is not accessible from there";
	snprintf(buf, size, "%s %s, %s", who, access, cause);
}

// SDM vol 3A, 6.13.
#define SELECTOR_EXT 1
#define SELECTOR_IDT 2
#define SELECTOR_TI  4

void selector_error_words(u32 error_code, char *buf, size_t size)
{
	const char *table = error_code & SELECTOR_TI ? "LDT" : "GDT";
	const char *from = error_code & SELECTOR_EXT ? ", during an interrupt from outside" : "";

	if (error_code == 0)
		snprintf(buf, size, "no segment is at fault");
	else if (error_code & SELECTOR_IDT)
		snprintf(buf, size, "the gate of vector %u%s", (error_code & 0xffff) >> 3, from);
	else
		snprintf(buf, size, "entry %u of the %s%s", (error_code & 0xffff) >> 3, table,
			 from);
}

void show_regs(const struct pt_regs *regs)
{
	pr_emerg("EIP: %pS\n", (void *)regs->eip);
	pr_emerg("EAX: %08x EBX: %08x ECX: %08x EDX: %08x\n", regs->eax, regs->ebx, regs->ecx,
		 regs->edx);
	pr_emerg("ESI: %08x EDI: %08x EBP: %08x ESP: %08lx\n", regs->esi, regs->edi, regs->ebp,
		 regs_sp(regs));
	pr_emerg("CS: %04x DS: %04x ES: %04x FS: %04x GS: %04x EIP: %08x EFLAGS: %08x\n",
		 regs->xcs & 0xffff, regs->xds & 0xffff, regs->xes & 0xffff, regs->xfs & 0xffff,
		 regs->xgs & 0xffff, regs->eip, regs->eflags);
	pr_emerg("CR0: %08lx CR2: %08lx CR3: %08lx CR4: %08lx\n", read_cr0(), read_cr2(),
		 read_cr3(), read_cr4());
}

// ---- Handling -----------------------------------------------------------------------------------

static bool fixed_up(struct pt_regs *regs)
{
	unsigned long fixup = ex_table_fixup(regs->eip);

	if (fixup == 0)
		return false;
	regs->eip = fixup;
	return true;
}

static enum access page_fault_access(u32 error_code)
{
	if (error_code & X86_PF_INSTR)
		return ACCESS_EXEC;
	return error_code & X86_PF_WRITE ? ACCESS_WRITE : ACCESS_READ;
}

static void page_fault(struct pt_regs *regs)
{
	const unsigned long address = read_cr2(); // first: another page fault would overwrite it
	char why[80];

	if (fixed_up(regs))
		return;
	page_fault_words(regs->orig_eax, why, sizeof(why));
	oops(regs, &(struct fault){ .what = trap_names[X86_TRAP_PF],
				    .status_name = "error code",
				    .status = regs->orig_eax,
				    .why = why,
				    .access = page_fault_access(regs->orig_eax),
				    .address = address });
}

static void exception(struct pt_regs *regs, u32 vector)
{
	const bool has_code = X86_TRAPS_WITH_ERROR_CODE >> vector & 1;
	struct fault fault = { .what = trap_names[vector] };
	char why[64];

	if (vector == X86_TRAP_GP && fixed_up(regs))
		return;
	if (has_code) {
		fault.status_name = "error code";
		fault.status = regs->orig_eax;
	}
	if (vector >= X86_TRAP_TS && vector <= X86_TRAP_GP) {
		selector_error_words(regs->orig_eax, why, sizeof(why));
		fault.why = why;
	}
	oops(regs, &fault);
}

void trap_entry(struct pt_regs *regs, u32 vector)
{
	if (vector == X86_TRAP_PF)
		page_fault(regs);
	else if (vector < NR_EXCEPTIONS)
		exception(regs, vector);
	else if (vector < IRQ_BASE + NR_8259_IRQS)
		irq_entry(regs, vector - IRQ_BASE);
	else
		oops(regs, &(struct fault){ .what = "interrupt without a handler",
					    .status_name = "vector",
					    .status = vector });
}

// Entered by a task switch: the CPU has saved the registers in traps.tss, loaded those of
// traps.fault_tss and pushed an error code of 0, at the place of a return address.
__noreturn void double_fault(void)
{
	const struct tss *old = &traps.tss;
	const struct pt_regs regs = {
		.ebx = old->ebx,
		.ecx = old->ecx,
		.edx = old->edx,
		.esi = old->esi,
		.edi = old->edi,
		.ebp = old->ebp,
		.eax = old->eax,
		.xds = old->ds,
		.xes = old->es,
		.xfs = old->fs,
		.xgs = old->gs,
		.eip = old->eip,
		.xcs = old->cs | PT_XCS_HAS_ESP,
		.eflags = old->eflags,
		.esp = old->esp,
		.xss = old->ss,
	};
	const unsigned long address = read_cr2();
	struct fault fault = { .what = trap_names[X86_TRAP_DF], .status_name = "error code" };

	// A push faults below esp; an access to a local may fault anywhere in the guard page.
	if (in_any_stack_guard(address) || in_any_stack_guard(old->esp - 1)) {
		fault.what = "kernel stack overflow";
		fault.access = ACCESS_WRITE;
		fault.address = in_any_stack_guard(address) ? address : old->esp - 1;
		fault.why = "the CPU found no room to push what it interrupted";
	} else if (old->esp - address - 1 < sizeof(regs)) {
		fault.why = "the CPU could not push what it interrupted: the stack pointer is bad";
	} else {
		fault.why = "an exception came while the CPU was about to deliver another";
	}
	oops(&regs, &fault);
}
