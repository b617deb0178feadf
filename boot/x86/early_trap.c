// SPDX-License-Identifier: MIT
// Exceptions from the first instructions to trap_init(): prints one line, and ends the machine.
//
// Owns: early_idt, untold. Rules: compiled -fpie; works at either address, on any stack.

#include <asm/cpuid.h>
#include <asm/desc.h>
#include <asm/trap.h>
#include <boot/x86/early.h>

// The frame that early_trap_common in head.S pushes.
struct early_regs {
	u32 cr0, cr2, cr3;
	u32 edi, esi, ebp, pushed_esp, ebx, edx, ecx, eax;
	u32 vector, error_code;
	u32 eip, cs, eflags; // pushed by the CPU
};
_Static_assert(sizeof(struct early_regs) == EARLY_FRAME_SIZE, "head.S copies a struct early_regs");
#define BYTES_PUSHED (5 * sizeof(u32)) // before PUSHAL saved esp

extern char early_trap_stubs[];

// In .data, because boot clears .bss while this is in use.
struct gate_desc early_idt[NR_EXCEPTIONS] __aligned(8) __section(".data.early_idt");
static bool untold = true; // no report yet; in .data, because it is not 0

// Points the gates to the stubs' current addresses, plus offset.
void early_idt_fill(unsigned long offset)
{
	for (int i = 0; i < NR_EXCEPTIONS; i++)
		early_idt[i] = gate_make(
			__KERNEL_CS, (unsigned long)early_trap_stubs + i * EARLY_STUB_SIZE + offset,
			DESC_INTR_GATE);
}

static void put_reg(const char *name, u32 val)
{
	early_puts(name);
	early_put_hex(val);
}

// CR4 did not change when paging was turned off. Old CPUs have no CR4 and would trap again; all CPUs
// with a TSC have it.
static void put_cr4(void)
{
	if (cpu_has(X86_FEATURE_TSC))
		put_reg(" cr4=", read_cr4());
}

__noreturn void early_exception(const struct early_regs *regs)
{
	if (!untold) // the report itself has failed
		early_stop();
	untold = false;
	early_puts("\nearly exception: ");
	early_puts(regs->vector < NR_EXCEPTIONS ? trap_names[regs->vector] : "?");
	put_reg(": pc=", regs->eip);
	put_reg(" (linked at ", regs->eip < PAGE_OFFSET ? regs->eip + PAGE_OFFSET : regs->eip);
	put_reg(") error_code=", regs->error_code);
	put_reg(" cr2=", regs->cr2);
	put_reg(" cr0=", regs->cr0);
	put_reg(" cr3=", regs->cr3);
	put_cr4();
	put_reg(" eflags=", regs->eflags);
	put_reg(" eax=", regs->eax);
	put_reg(" ebx=", regs->ebx);
	put_reg(" ecx=", regs->ecx);
	put_reg(" edx=", regs->edx);
	put_reg(" esi=", regs->esi);
	put_reg(" edi=", regs->edi);
	put_reg(" ebp=", regs->ebp);
	put_reg(" esp=", regs->pushed_esp + BYTES_PUSHED);
	early_puts("\n");
	early_stop();
}
