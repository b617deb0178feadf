// SPDX-License-Identifier: MIT
// Shared by head.S, early.c, exit.c, boot.c, machine.c and sysreg.c.
#pragma once

#include <asm/regs.h>
#include <boot/arm/boards.h>
#include <lib/compiler.h>
#include <lib/fdt.h>
#include <lib/types.h>

struct device_driver;

// Called by head.S before all other C code: if the CPU lacks what the kernel's code needs, prints that
// and ends the machine.
void early_cpu_check(unsigned long phys_offset);
// Names the feature that a CPU with these ID registers lacks, or NULL. All but midr are 0 on a CPU without them.
struct early_cpu_ids {
	u32 midr, mpidr, mmfr0, isar0, isar4;
};
const char *early_cpu_missing(const struct early_cpu_ids *ids);

// Called by head.S on a stack in the image. If RAM ends inside the kernel: a message, then the end.
void early_need_ram(void);

// Called by head.S at the physical address, MMU off: makes the page tables and loads the MMU's
// registers. Returns the value for SCTLR, which turns the MMU on.
u32 early_main(unsigned long phys_offset);

// Called by head.S instead of early_main() if the image's end is missing: prints that and ends the
// machine. It and all that it calls are in the image's first page (asm/sections.lds.h).
__noreturn void early_truncated(void);

// Called by head.S's vectors, with the MMU off again: prints one line and ends the machine.
__noreturn void early_exception(struct pt_regs *regs, unsigned int kind);

// Called by head.S at the virtual address. dtb: r2 of the boot protocol.
__noreturn void arm_boot(unsigned long phys_offset, u32 dtb);

// The board that this runs on, by its start of RAM, or NULL. Works at either address.
const struct early_board *early_board(void);
// The board whose RAM starts there, or NULL.
const struct early_board *early_board_at(unsigned long ram);

// Whether early_board()'s UART answers: an unknown board may have RAM at the same address.
bool early_board_known(void);
// Whether a PL011 has these registers. False also if an access there traps. Works at either address.
bool uart_answers(const void __iomem *regs);

// The instruction that calls PSCI, from the device tree. Until it is known, exit.c guesses by the board.
enum psci_conduit { PSCI_UNKNOWN = 1, PSCI_NONE, PSCI_HVC, PSCI_SMC };
void psci_set_conduit(enum psci_conduit conduit);
// Sets the registers that switch off and restart a board without PSCI (exit.c).
void exit_set_sysreg(void __iomem *regs);
extern struct device_driver sysreg_driver; // sysreg.c

// The console's UART in the device tree, or a negative number (boot.c).
fdt_node uart_node(const void *fdt);

// The physical address of p, from the MMU. Works at either address.
unsigned long early_phys(const void *p);

// ---- Specific to the page-table format (early_lpae.c, early_short.c) ----

// Detects optional features of the format.
void early_mmu_probe(void);
// Loads all registers of the MMU but SCTLR; the caller flushes caches and TLB.
void early_mmu_load(phys_addr_t root);
// With the MMU on and no process yet: maps the device at its physical address, until _off() gets the
// value that _on() has returned. Both flush the TLB.
u64 early_identity_on(u32 addr);
void early_identity_off(u32 addr, u64 before);

// identity_lpae.S
extern u64 early_identity[];
