// SPDX-License-Identifier: MIT
// Between the files of arch/host, and what only its tests may ask.
#pragma once

#include <arch/pt.h>
#include <arch/trap.h>

// Physical memory: RAM starts here, on a border of 4 MB that is neither 0 nor PAGE_OFFSET; the file
// behind it is so large, holes included. It goes beyond 4 GB.
#define HOST_PHYS_OFFSET 0x20000000ULL
#define HOST_PHYS_END    0x108000000ULL

// A block of registers outside of RAM: each keeps what was written to it last.
#define HOST_REGS      0xf0000000ULL
#define HOST_REGS_SIZE 0x10000

// Claims the registers, as a driver would; after resource_init(). (arch/host/machine.c)
void host_claim_registers(void);

// The TLB: fills itself from the page tables in RAM when an access misses. Returns false when the
// tables do not allow the access, or when a stale entry did not. (arch/host/mmu.c)
bool mmu_fill(unsigned long va, bool write, bool exec);

// Whether the TLB holds a translation for va; how many it holds that the tables no longer have.
bool tlb_holds(unsigned long va);
int tlb_stale(void);
// The first va of those.
unsigned long tlb_first_stale(void);
// How often the tables were walked because the TLB held nothing.
unsigned long tlb_fills(void);

// Single pages that the TLB holds, lowmem's not counted.
#define TLB_ENTRIES 64

// Physical memory as the program's firmware tells it: RAM with holes, and what is taken of it.
void host_add_memory(void);

// Faults come to arch/host/trap.c from now on; whether an address lies on a stack that code runs on.
// (arch/host/machine.c)
void host_catch_faults(void);
bool host_on_stack(unsigned long sp);
// The one that the program starts on; and whether it is one of arch/host/thread.c.
void host_main_stack(const void **stack, size_t *size);
bool host_on_thread_stack(unsigned long sp);

// What the program does once the kernel's image lies in RAM: tests/host/ has one for each program.
// Returns the exit status.
int host_main(int argc, char **argv);
