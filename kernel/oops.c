// SPDX-License-Identifier: MIT
// The oops: one sentence that says what went wrong, then the evidence for it.
//
// The fault path, after trap_init() (before it, boot/'s own handlers print and stop):
//
//   CPU exception, through its vector
//        |
//   entry code: saves struct pt_regs                        arch/<arch>/entry.S
//        |
//   handler: decodes the CPU's status and address           arch/<arch>/trap.c
//        |
//        |  a synchronous access fault, and the stack had room for pt_regs?
//        +-- yes --> ex_table_fixup() --- found: pt_regs' pc = fixup, return through the entry code
//        | no             |
//        |<---------------+ not found
//        |
//   oops(): explain(), print_where(), show_regs(), dump_stack(); pt_show_walk() if there is an address
//        |
//   panic_stop(): ends the machine, or halts (panic=halt)
//
// If the stack has no room, the handler and oops() run on the fault stack.
//
// Linux: die(), show_fault_oops() and __do_kernel_fault(), in each architecture with its own messages.

#include <arch/cpu.h>
#include <kernel/machine.h>
#include <kernel/oops.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sections.h>
#include <kernel/thread_info.h>
#include <lib/string.h>
#include <mm/layout.h>
#include <mm/pgtable.h>

static struct {
	int depth; // nested oopses
} state;

static const char *access_verb(enum access access)
{
	switch (access) {
	case ACCESS_READ: return "read of";
	case ACCESS_WRITE: return "write to";
	case ACCESS_EXEC: return "execution of";
	default: return "access to";
	}
}

// Writes the sentence. Looks at the page tables instead of trusting the CPU's status code.
static void explain(const struct fault *f, char *buf, size_t size)
{
	const char *verb = access_verb(f->access);
	const unsigned long va = f->address;
	char area[ADDRESS_WORDS];
	pgprot_t prot;

	address_describe(va, area, sizeof(area));
	if (f->access == ACCESS_NONE)
		snprintf(buf, size, "%s", f->what);
	else if (in_stack_guard(current_thread_info(), va))
		snprintf(buf, size,
			 "kernel stack overflow: %s %08lx in the guard page below the stack of "
			 "thread %d (%s)",
			 verb, va, current_thread_info()->pid, current_thread_info()->comm);
	else if (strncmp(area, "guard page below", 16) == 0)
		snprintf(buf, size, "kernel stack overflow: %s %08lx in the %s", verb, va, area);
	else if (zero_size_describe(va, area, sizeof(area)))
		snprintf(buf, size, "kernel NULL pointer dereference: %s %08lx (%s)", verb, va,
			 area);
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

// A frame is printed once the next one differs, so a recursion takes two lines and not a hundred.
struct trace {
	unsigned long pc;
	int times;
};

static void flush_frame(struct trace *t)
{
	if (t->times > 0)
		pr_err(" [<%08lx>] %pS\n", t->pc, (void *)t->pc);
	if (t->times > 1)
		pr_err("   ... and %d times more\n", t->times - 1);
	t->times = 0;
}

static bool print_frame(unsigned long pc, void *arg)
{
	struct trace *t = arg;

	if (pc != t->pc)
		flush_frame(t);
	t->pc = pc;
	t->times++;
	return true;
}

void show_trace(const struct pt_regs *regs)
{
	struct trace t = { 0, 0 };

	pr_err("Call trace:\n");
	stack_walk(regs, print_frame, &t);
	flush_frame(&t);
}

void dump_stack(const struct pt_regs *regs)
{
	const struct thread_info *info = current_thread_info();

	pr_err("CPU: 0 PID: %d Comm: %s\n", info->pid, info->comm);
	show_trace(regs);
}

static bool find_code(unsigned long pc, void *arg)
{
	*(unsigned long *)arg = pc;
	return !is_kernel_text(pc);
}

// "in crash_text+0x4/0x10". If pc is not in the kernel's code, also names the innermost caller: it jumped
// there.
static void print_where(const struct pt_regs *regs)
{
	unsigned long pc = regs_pc(regs);

	pr_emerg("  in %pS\n", (void *)pc);
	if (is_kernel_text(pc))
		return;
	stack_walk(regs, find_code, &pc);
	if (is_kernel_text(pc))
		pr_emerg("  called from %pS\n", (void *)pc);
}

static void emerg_line(const char *text, void *arg)
{
	pr_emerg("%s\n", text);
}

bool in_any_stack_guard(unsigned long va)
{
	return in_stack_guard(current_thread_info(), va) ||
	       (unsigned long)irq_stack - va - 1 < PAGE_SIZE ||
	       (unsigned long)fault_stack - va - 1 < PAGE_SIZE;
}

void oops(const struct pt_regs *regs, const struct fault *fault)
{
	const char *why = fault->why == fault->what ? NULL : fault->why;
	char sentence[ADDRESS_WORDS + 80];

	local_irq_disable();
	console_verbose();
	// The code that explains may itself be broken: the second oops prints one line, the third
	// nothing.
	if (state.depth++ > 1)
		machine_exit(EXIT_PANIC);
	if (state.depth > 1) {
		pr_emerg("Oops: %s at %08lx, while explaining another\n", fault->what,
			 regs_pc(regs));
		panic_stop();
	}
	explain(fault, sentence, sizeof(sentence));
	pr_emerg("Oops: %s\n", sentence);
	print_where(regs);
	if (fault->status_name)
		pr_emerg("  %s, %s %08x%s%s\n", fault->what, fault->status_name, fault->status,
			 why ? ": " : "", why ? why : "");
	show_regs(regs);
	dump_stack(regs);
	if (fault->access != ACCESS_NONE)
		pt_show_walk(kernel_root, fault->address, emerg_line, NULL);
	pr_emerg("Kernel panic - not syncing: %s\n", sentence);
	panic_stop();
}
