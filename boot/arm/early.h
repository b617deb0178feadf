// SPDX-License-Identifier: MIT
// Between head.S, early.c, exit.c, boot.c, machine.c and sysreg.c.
#pragma once

#include <asm/regs.h>
#include <boot/arm/boards.h>
#include <lib/compiler.h>
#include <lib/fdt.h>
#include <lib/types.h>

struct device_driver;

// Called by head.S, first of all C: where the CPU lacks what the kernel's code needs, says so and ends the
// machine.
void early_cpu_check(unsigned long phys_offset);
// What a CPU with these ID registers lacks, or NULL. All but midr are 0 where the CPU does not have them.
struct early_cpu_ids {
	u32 midr, mpidr, mmfr0, isar0, isar4;
};
const char *early_cpu_missing(const struct early_cpu_ids *ids);

// Called by head.S on a stack in the image: where RAM ends before the kernel does, says so and ends the machine.
void early_need_ram(void);

// Called by head.S at the physical address, MMU off: makes the page tables and loads the MMU's
// registers. Returns SCTLR as it is to be.
u32 early_main(unsigned long phys_offset);

// Called by head.S in place of early_main() when the image's end is not in memory: says so, and ends.
// It and all it calls lie in the image's first page (asm/sections.lds.h).
__noreturn void early_truncated(void);

// Called by head.S's vectors, MMU off again: the one line, then the end.
__noreturn void early_exception(struct pt_regs *regs, unsigned int kind);

// Called by head.S at the virtual address. dtb: r2 of the boot protocol.
__noreturn void arm_boot(unsigned long phys_offset, u32 dtb);

// The board that has RAM here, or NULL. At either address.
const struct early_board *early_board(void);
// The board whose RAM begins there, or NULL.
const struct early_board *early_board_at(unsigned long ram);

// Whether the UART that this board would have answers: other boards have RAM at the same address.
bool early_board_known(void);
// Whether there is a PL011 at these registers; where nothing is at all, neither. At either address.
bool uart_answers(const void __iomem *regs);

// How PSCI is called, when the device tree has told. Before that, exit.c tries what the board has.
enum psci_conduit { PSCI_UNKNOWN = 1, PSCI_NONE, PSCI_HVC, PSCI_SMC };
void psci_set_conduit(enum psci_conduit conduit);
// The registers by which a board without PSCI is switched off and restarted (exit.c).
void exit_set_sysreg(void __iomem *regs);
extern struct device_driver sysreg_driver; // sysreg.c

// The console's UART in the device tree, or a negative number (boot.c).
fdt_node uart_node(const void *fdt);

// The image's offset to its physical address is what the MMU says, at either address.
unsigned long early_phys(const void *p);

// ---- Of the page-table format (early_lpae.c, early_short.c) ----

// Finds out what the CPU adds to the format.
void early_mmu_probe(void);
// Loads all registers of the MMU but SCTLR; the caller forgets what the CPU has cached.
void early_mmu_load(phys_addr_t root);
// With the MMU on and no process yet: the device at this physical address has it as its virtual one,
// until _off() is given what _on() has returned. Both flush the TLB.
u64 early_identity_on(u32 addr);
void early_identity_off(u32 addr, u64 before);

// identity_lpae.S
extern u64 early_identity[];
