// SPDX-License-Identifier: MIT
// The oops: one sentence that says what went wrong, then everything needed to believe it.
//
// Linux: die(), show_fault_oops() and __do_kernel_fault() in each architecture, in other words each.

#include <arch/cpu.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/layout.h>
#include <mm/pgdump.h>
#include <mm/pgtable.h>

static const char *access_verb(enum access access)
{
	switch (access) {
	case ACCESS_READ: return "read of";
	case ACCESS_WRITE: return "write to";
	case ACCESS_EXEC: return "execution of";
	default: return "access to";
	}
}

// The sentence. What the page tables say now decides, not what the CPU's code suggests.
static void explain(const struct fault *f, char *buf, size_t size)
{
	const char *area = address_area(f->address), *verb = access_verb(f->access);
	const unsigned long va = f->address;
	pgprot_t prot;

	if (f->access == ACCESS_NONE)
		snprintf(buf, size, "%s", f->what);
	else if (strncmp(area, "guard page", 10) == 0)
		snprintf(buf, size, "kernel stack overflow: %s %08lx in the %s", verb, va, area);
	else if (va < PAGE_SIZE)
		snprintf(buf, size, "kernel NULL pointer dereference: %s %08lx", verb, va);
	else if (pt_query(kernel_root, va, NULL, &prot) < 0)
		snprintf(buf, size, "%s unmapped address %08lx (%s)", verb, va, area);
	else if (f->access == ACCESS_WRITE && !(prot & PT_WRITE))
		snprintf(buf, size, "write to read-only address %08lx (%s)", va, area);
	else if (f->access == ACCESS_EXEC && !(prot & PT_EXEC))
		snprintf(buf, size, "execution of non-executable address %08lx (%s)", va, area);
	else
		snprintf(buf, size, "%s: %s %08lx (%s)", f->why ? f->why : f->what, verb, va, area);
}

static bool print_frame(unsigned long pc, void *arg)
{
	pr_emerg(" [<%08lx>] %pS\n", pc, (void *)pc);
	return true;
}

void dump_stack(const struct pt_regs *regs)
{
	pr_emerg("Call trace:\n");
	stack_walk(regs, print_frame, NULL);
}

static void emerg_line(const char *text, void *arg)
{
	pr_emerg("%s\n", text);
}

void oops(const struct pt_regs *regs, const struct fault *fault)
{
	static int depth;
	const unsigned long pc = regs_pc(regs);
	char sentence[160];

	local_irq_disable();
	explain(fault, sentence, sizeof(sentence));
	pr_emerg("Oops: %s\n", sentence);
	pr_emerg("  in %pS\n", (void *)pc);
	if (depth++ > 0) // an oops while explaining another one
		panic_stop();
	if (fault->status_name)
		pr_emerg("  %s, %s %08x: %s\n", fault->what, fault->status_name, fault->status,
			 fault->why ? fault->why : "");
	show_regs(regs);
	dump_stack(regs);
	if (fault->access != ACCESS_NONE)
		pt_show_walk(kernel_root, fault->address, emerg_line, NULL);
	pr_emerg("Kernel panic - not syncing: %s\n", sentence);
	panic_stop();
}
