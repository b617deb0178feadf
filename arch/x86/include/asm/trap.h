// SPDX-License-Identifier: MIT
// Exceptions: the interface between arch/x86 and boot/x86, also for their tests.
#pragma once

#include <arch/trap.h>
#include <asm/processor.h>

#define TRAP_NAME_MAX 32

// The manual's name of each exception, in lower case. Arrays instead of pointers, because they are also
// read with the MMU off.
extern const char trap_names[NR_EXCEPTIONS][TRAP_NAME_MAX];

// The bits of a page fault's error code (SDM vol 3A, 4.7).
#define X86_PF_PROT  0x01 // the page is present, but does not allow this access
#define X86_PF_WRITE 0x02
#define X86_PF_USER  0x04
#define X86_PF_RSVD  0x08
#define X86_PF_INSTR 0x10

// Puts the error code of a page fault, or of an exception about a segment selector, into words.
void page_fault_words(u32 error_code, char *buf, size_t size);
void selector_error_words(u32 error_code, char *buf, size_t size);

// Called by entry.S, and by the task switch of a double fault.
void trap_entry(struct pt_regs *regs, u32 vector);
__noreturn void double_fault(void);

// The boot code's own handlers (boot/x86/early_trap.c).
struct early_regs;
void early_idt_fill(unsigned long offset);
__noreturn void early_exception(const struct early_regs *regs);
