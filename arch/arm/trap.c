// SPDX-License-Identifier: MIT
// Exceptions: continues at the fixup, or decodes the fault status for the oops.
//
// Owns: the page of vectors, the fault status registers.
// Linux: arch/arm/kernel/traps.c, arch/arm/mm/fault.c.

#include <arch/cpu.h>
#include <arch/trap.h>
#include <asm/fault.h>
#include <asm/trap.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sections.h>
#include <mm/addr.h>
#include <mm/kernel_map.h>
#include <mm/pgtable.h>

extern const char __vectors_start[], __vectors_end[];

void trap_init(void)
{
	const unsigned long vectors = (unsigned long)__vectors_start;

	BUG_ON(__vectors_end - __vectors_start > PAGE_SIZE);
	if (pt_map(kernel_root, VECTORS_BASE, __pa(vectors), PAGE_SIZE, PAGE_KERNEL_ROX,
		   early_pt_alloc) != 0)
		panic("trap_init: cannot map the vectors");
	set_fault_stacks(fault_stack_top);
	cp15_write(SCTLR, cp15_read(SCTLR) | SCTLR_V);
	isb();
	__asm__ volatile("cpsie a" ::: "memory");
}

// Continues at the fixup of the instruction at insn. Returns false without a fixup.
static bool fixup(struct pt_regs *regs, unsigned long insn)
{
	const unsigned long pc = ex_table_fixup(insn);

	if (pc)
		regs->pc = pc;
	return pc != 0;
}

static bool is_async(u32 fsr)
{
	const u32 status = fsr & FSR_STATUS;

	return status == FSR_EXTERNAL_ASYNC || status == FSR_PARITY_ASYNC;
}

// The name of an exception that found no room on the interrupted stack.
static const char *stack_words(const struct pt_regs *regs)
{
	const bool overflow =
		in_any_stack_guard(regs->sp - PT_REGS_SIZE) || in_any_stack_guard(regs->sp - 1);

	return overflow ? "kernel stack overflow" : "bad stack pointer";
}

void do_data_abort(struct pt_regs *regs, bool no_stack)
{
	const u32 dfsr = cp15_read(DFSR), dfar = cp15_read(DFAR);
	struct fault fault = {
		.what = no_stack ? stack_words(regs) : fsr_what(dfsr),
		.status_name = "DFSR",
		.status = dfsr,
		.why = fsr_why(dfsr),
		.access = dfsr & DFSR_WNR ? ACCESS_WRITE : ACCESS_READ,
		.address = dfar,
	};

	if (is_async(dfsr))
		fault.access = ACCESS_NONE;
	else if (!no_stack && fixup(regs, regs->pc))
		return;
	oops(regs, &fault);
}

void do_prefetch_abort(struct pt_regs *regs, bool no_stack)
{
	const u32 ifsr = cp15_read(IFSR), ifar = cp15_read(IFAR);
	const struct fault fault = {
		.what = no_stack ? stack_words(regs) : fsr_what(ifsr),
		.status_name = "IFSR",
		.status = ifsr,
		.why = fsr_why(ifsr),
		.access = (ifsr & FSR_STATUS) == FSR_DEBUG ? ACCESS_NONE : ACCESS_EXEC,
		.address = ifar,
	};

	// exec_nofault() has its fixup at the call, the instruction before lr.
	if (!no_stack && fixup(regs, regs->lr - 4))
		return;
	oops(regs, &fault);
}

static __noreturn void die(const struct pt_regs *regs, const char *what)
{
	const struct fault fault = { .what = what, .access = ACCESS_NONE };

	oops(regs, &fault);
}

void do_undefined(struct pt_regs *regs, bool no_stack)
{
	die(regs, no_stack ? stack_words(regs) : "undefined instruction");
}

void do_svc(struct pt_regs *regs)
{
	die(regs, "supervisor call from the kernel");
}

void do_reset(struct pt_regs *regs)
{
	die(regs, "jump to the reset vector");
}

void do_fiq(struct pt_regs *regs)
{
	die(regs, "unexpected fast interrupt");
}

static const char *mode_name(u32 cpsr)
{
	switch (cpsr & MODE_MASK) {
	case MODE_USR: return "USR";
	case MODE_FIQ: return "FIQ";
	case MODE_IRQ: return "IRQ";
	case MODE_SVC: return "SVC";
	case MODE_ABT: return "ABT";
	case MODE_UND: return "UND";
	case MODE_SYS: return "SYS";
	default: return "?";
	}
}

void show_regs(const struct pt_regs *regs)
{
	const u32 *r = regs->r, psr = regs->cpsr;

	pr_emerg("pc : [<%08x>]    lr : [<%08x>]    psr: %08x\n", regs->pc, regs->lr, psr);
	pr_emerg("sp : %08x  ip : %08x  fp : %08x\n", regs->sp, r[12], r[11]);
	pr_emerg("r10: %08x  r9 : %08x  r8 : %08x\n", r[10], r[9], r[8]);
	pr_emerg("r7 : %08x  r6 : %08x  r5 : %08x  r4 : %08x\n", r[7], r[6], r[5], r[4]);
	pr_emerg("r3 : %08x  r2 : %08x  r1 : %08x  r0 : %08x\n", r[3], r[2], r[1], r[0]);
	pr_emerg("Flags: %c%c%c%c  IRQs o%s  FIQs o%s  Mode %s_32  ISA %s\n",
		 psr >> 31 & 1 ? 'N' : 'n', psr >> 30 & 1 ? 'Z' : 'z', psr >> 29 & 1 ? 'C' : 'c',
		 psr >> 28 & 1 ? 'V' : 'v', psr & PSR_I ? "ff" : "n", psr & PSR_F ? "ff" : "n",
		 mode_name(psr), psr & PSR_T ? "Thumb" : "ARM");
}
