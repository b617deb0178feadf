// SPDX-License-Identifier: MIT
// What this program asks of the system it runs on. Only arch/host/os*.c include a libc's headers, and
// only plain types pass here, so that the kernel's headers and the libc's never meet.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// ---- RAM: a file without a name. Offset 0 is the first byte of RAM (os_ram.c) ----

void os_ram_create(u64 size);
// Reads RAM past all mappings.
void os_ram_read(u64 offset, void *to, size_t n);
// Shows a part of RAM at this virtual address, over what was there; takes it away.
void os_map_ram(unsigned long va, size_t size, u64 offset, bool write, bool exec);
void os_unmap(unsigned long va, size_t size);
// Memory that is no RAM, at an address of the system's choice below PAGE_OFFSET.
void *os_take_memory(size_t size);
// Makes what lies at [va, va+size) now a part of RAM. Nothing may write to it meanwhile.
void os_move_to_ram(unsigned long va, size_t size, u64 offset, bool replace);

// ---- Execution (os_start.c, os_signal.c) ----

// Runs fn on a thread whose stack is [stack, top), and ends the program when it returns.
__noreturn void os_run_on_stack(int (*fn)(int argc, char **argv), int argc, char **argv,
				void *stack, void *top);
// Copies n bytes where any address may fault. Returns whether it did not.
bool os_copy_nofault(void *to, const void *from, size_t n);
// For host_fault(): whether such a copy is at work; ends it.
bool os_in_nofault(void);
__noreturn void os_leave_nofault(void);
// From now on faults call host_fault(), on the stack [stack, top).
void os_catch_faults(void *stack, void *top);
// From now on SIGALRM calls host_tick(), hz times a second.
void os_start_ticks(unsigned int hz);
// Blocks ticks, and unblocks them while it sleeps until one comes.
void os_block_ticks(void);
void os_wait_tick(void);
void os_unblock_ticks(void);

// ---- The rest (os.c) ----

// Says what did not work, and why by errno, and ends.
__noreturn void os_die(const char *what);
void os_write(const char *s, size_t n);
__noreturn void os_exit(int status);
// From now on a status other than 0 is SIGABRT, which a fuzzer takes for a crash.
void os_abort_on_failure(void);
u64 os_nanoseconds(void);
void os_random(void *to, size_t n);
// Runs this program again with these arguments; what it prints goes to buf (cut at size, with a NUL).
// Returns its exit status, or 256 + the signal that ended it.
int os_run_self(const char *const argv[], char *buf, size_t size);

// ---- Upcalls ----

// The address space is as the layout wants it; ends with os_run_on_stack().
__noreturn void host_start(int argc, char **argv);

// A fault at address, of code at pc. Returns to go on with the same instruction.
void host_fault(unsigned long address, bool write, bool exec, unsigned long pc, unsigned long sp,
		unsigned long fp);
void host_tick(unsigned long pc, unsigned long sp, unsigned long fp);
// include/arch/cpu.h has it too.
void call_on_stack(void (*fn)(void *arg), void *arg, void *top);
