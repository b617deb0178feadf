// SPDX-License-Identifier: MIT
// The ways to end the machine: semihosting, which passes a status to QEMU; PSCI, which switches the
// power; and on a board without firmware the system registers of the Versatile Express (ARM DUI 0447J,
// 4.3).
//
// Owns: the conduit, the address of the system registers.
// Rules: works at either address and before the device tree is read (compiled -fpie with hidden
// visibility); .bss may not be cleared yet, so the state is in .data.
// Semihosting for AArch32 (Arm, 100863), SYS_EXIT_EXTENDED; PSCI (Arm, DEN 0022), 5.10 and 5.11.

#include <arch/cpu.h>
#include <arch/io.h>
#include <boot/arm/early.h>
#include <boot/arm/semihosting.h>
#include <boot/arm/skip.h>
#include <boot/early.h>
#include <kernel/machine.h>
#include <kernel/printk.h>
#include <mm/addr.h>

#define PSCI_SYSTEM_OFF   0x84000008
#define PSCI_SYSTEM_RESET 0x84000009

// The motherboard's microcontroller executes commands from SYS_CFGCTRL.
#define SYS_CFGCTRL  0x0a4
#define CFG_START    (1u << 31 | 1u << 30) // to write
#define CFG_SHUTDOWN (8u << 20)
#define CFG_REBOOT   (9u << 20)

static struct {
	enum psci_conduit conduit; // not 0, so that this struct is in .data
	void __iomem *sysreg;      // NULL: none, or not found yet
	bool stuck;
} state = { PSCI_UNKNOWN, NULL, false };

void exit_set_sysreg(void __iomem *regs)
{
	state.sysreg = regs;
}

// The microcontroller needs some time, so this halts afterwards.
static void sysreg_call(u32 function)
{
	if (!state.sysreg)
		return;
	writel(CFG_START | function, state.sysreg + SYS_CFGCTRL);
	cpu_halt();
}

void psci_set_conduit(enum psci_conduit conduit)
{
	state.conduit = conduit;
}

static void psci_hvc(u32 function)
{
	register u32 r0 __asm__("r0") = function;

	__asm__ volatile(".arch_extension virt\n\thvc 0" : "+r"(r0)::"r1", "r2", "r3", "memory");
}

static void psci_smc(u32 function)
{
	register u32 r0 __asm__("r0") = function;

	__asm__ volatile(".arch_extension sec\n\tsmc 0" : "+r"(r0)::"r1", "r2", "r3", "memory");
}

// Returns if no firmware executes the function.
static void psci_call(u32 function)
{
	const struct early_board *board = early_board();
	const bool guess = state.conduit == PSCI_UNKNOWN && board && board->psci;

	if (state.conduit == PSCI_HVC || guess)
		psci_hvc(function);
	if (state.conduit == PSCI_SMC || guess)
		psci_smc(function);
}

// No method has ended the machine. Prints a message, so that it does not look hung, and halts.
static __noreturn void stay(const char *what)
{
	if (pv_offset && (cp15_read(SCTLR) & SCTLR_M)) // else printk() cannot run yet
		pr_emerg("%s", what);
	else
		early_puts(what);
	cpu_halt();
}

void skip_stuck(void)
{
	if (!state.stuck) {
		state.stuck = true; // the message itself may fail
		stay("An exception that cannot be skipped; halted\n");
	}
	cpu_halt();
}

// Makes calls that trap, because nothing answers them, return instead; permanently.
static void skip_for_good(void)
{
	(void)skip_begin();
}

void machine_exit(int status)
{
	skip_for_good();
	semihosting_exit(status);
	psci_call(PSCI_SYSTEM_OFF);
	stay("Nobody takes the exit status or switches this machine off; halted (Ctrl-A X leaves "
	     "QEMU)\n");
}

void machine_power_off(void)
{
	skip_for_good();
	psci_call(PSCI_SYSTEM_OFF);
	sysreg_call(CFG_SHUTDOWN);
	semihosting_exit(EXIT_OK);
	stay("This machine has no power switch that the kernel knows; halted (Ctrl-A X leaves "
	     "QEMU)\n");
}

void machine_restart(void)
{
	skip_for_good();
	psci_call(PSCI_SYSTEM_RESET);
	sysreg_call(CFG_REBOOT);
	stay("This machine cannot be restarted by the kernel; halted (Ctrl-A X leaves QEMU)\n");
}
