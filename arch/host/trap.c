// SPDX-License-Identifier: MIT
// Exceptions of a program: SIGSEGV is a TLB miss, an access that is allowed to fail, or an oops.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/host/host.h>
#include <arch/host/os.h>
#include <kernel/oops.h>
#include <kernel/printk.h>
#include <kernel/sections.h>

const struct crash_kind arch_crash_kinds[] = { { NULL, NULL, NULL } };

void trap_init(void)
{
	host_catch_faults();
}

void host_fault(unsigned long address, bool write, bool exec, unsigned long pc, unsigned long sp,
		unsigned long fp)
{
	const struct pt_regs regs = { pc, sp, fp };

	if (mmu_fill(address, write, exec))
		return;
	if (os_in_nofault())
		os_leave_nofault();
	oops(&regs, &(struct fault){ .what = "page fault",
				     .access = exec    ? ACCESS_EXEC
					       : write ? ACCESS_WRITE
						       : ACCESS_READ,
				     .address = address });
}

void show_regs(const struct pt_regs *regs)
{
	pr_emerg("pc: %pS sp: %08lx fp: %08lx\n", (void *)regs->pc, regs->sp, regs->fp);
}

int read_nofault(unsigned long addr, u32 *val)
{
	return os_copy_nofault(val, (const void *)addr, sizeof(*val)) ? 0 : -EFAULT;
}

int write_nofault(unsigned long addr, u32 val)
{
	return os_copy_nofault((void *)addr, &val, sizeof(val)) ? 0 : -EFAULT;
}

int read_nofault_u8(unsigned long addr, u8 *val)
{
	return os_copy_nofault(val, (const void *)addr, sizeof(*val)) ? 0 : -EFAULT;
}

// ---- Callers --------------------------------------------------------------------------------------

// The chain of saved frame pointers, as far as it stays on the kernel's stacks and in its code.
static void walk_frames(u32 fp, bool (*visit)(unsigned long pc, void *arg), void *arg)
{
	u32 pc;

	for (int i = 0; i < STACK_WALK_MAX && host_on_stack(fp); i++) {
		if (read_nofault(fp + 4, &pc) != 0 || !is_kernel_text(pc) || !visit(pc - 1, arg) ||
		    read_nofault(fp, &fp) != 0)
			return;
	}
}

void stack_walk(const struct pt_regs *regs, bool (*visit)(unsigned long pc, void *arg), void *arg)
{
	if (!regs)
		walk_frames(current_fp(), visit, arg);
	else if (visit(regs->pc, arg))
		walk_frames(regs->fp, visit, arg);
}
