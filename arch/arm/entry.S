// SPDX-License-Identifier: MIT
// Entering and leaving the kernel. In the functions from vector_irq up to set_fault_stacks, r4 points to
// the struct pt_regs of the interrupted code at every call of C: the stack walk relies on it.
//
// The kernel runs in SVC mode on the running thread's stack. Exceptions leave the other modes at once:
// IRQ mode has no stack; ABT and UND mode store a struct pt_regs at the top of fault_stack, because the
// interrupted stack may be what faulted.
// Linux: arch/arm/kernel/entry-armv.S.

#include <asm/asm.h>
#include <asm/cp15.h>
#include <asm/regs.h>

	.syntax unified
	.text

// Saves struct pt_regs on the SVC stack, which must have room. SRS stores lr and spsr of the exception's
// mode as its last two words. Result: r0 and r4 point to it, and sp is aligned for the ABI; r4 is needed
// to undo that. lr is \behind bytes after the instruction to return to.
.macro	save_regs behind
	sub	lr, lr, #\behind
	srsdb	sp!, #MODE_SVC
	cps	#MODE_SVC
	sub	sp, sp, #S_PC
	stmia	sp, {r0-r12}
	add	r0, sp, #PT_REGS_SIZE
	str	r0, [sp, #S_SP]
	str	lr, [sp, #S_LR]
	mov	r4, sp
	cfi_regs r4
	bic	sp, sp, #7
	mov	r0, r4
.endm

// Interrupts.
func_exception vector_irq
	save_regs 4
	mvn	r1, #0
	bl	irq_entry			// void irq_entry(struct pt_regs *, int hint)
	b	return_to_regs
endfunc_exception vector_irq

// Faults. lr_<mode> is \behind bytes after the instruction that faulted.
.macro	fault_vector name, behind, handler
func_exception \name
	sub	lr, lr, #\behind
	sub	sp, sp, #PT_REGS_SIZE
	stmia	sp, {r0-r12}
	mrs	r1, spsr
	str	lr, [sp, #S_PC]
	str	r1, [sp, #S_CPSR]
	mov	r0, sp
	add	sp, sp, #PT_REGS_SIZE		// empty again for the next fault
	ldr	r5, =\handler
	b	fault_entry
	.ltorg
endfunc_exception \name
.endm
	fault_vector vector_undefined, 4, do_undefined
	fault_vector vector_prefetch_abort, 4, do_prefetch_abort
	fault_vector vector_data_abort, 8, do_data_abort

// r0: the struct pt_regs on fault_stack, without sp and lr. r5: the handler.
func_exception fault_entry
	cps	#MODE_SVC
	str	sp, [r0, #S_SP]
	str	lr, [r0, #S_LR]
	mov	r1, #0				// no_stack = false
	// Does the interrupted stack have room for a struct pt_regs? ATS1CPW asks the MMU whether it is
	// writable (B4.2.4). STM needs a word-aligned address.
	sub	r4, sp, #PT_REGS_SIZE
	sub	r2, sp, #1
	mcr	p15, 0, r4, c7, c8, 1		// ATS1CPW: its lowest byte
	isb
	mrc	p15, 0, r3, c7, c4, 0		// PAR
	mcr	p15, 0, r2, c7, c8, 1		// its highest byte
	isb
	mrc	p15, 0, r6, c7, c4, 0
	orr	r3, r3, r6
	tst	r3, #PAR_F
	tsteq	r4, #3
	// No room: put the struct, and run C, on fault_stack below the two structs of ABT and UND mode.
	ldrne	r4, =fault_stack_top - 2 * FAULT_FRAME - PT_REGS_SIZE
	movne	r1, #1
	// Copy the struct: the next fault would overwrite it at the top of fault_stack.
	ldmia	r0!, {r2, r3, r6-r11}
	stmia	r4!, {r2, r3, r6-r11}
	ldmia	r0, {r2, r3, r6-r12}
	stmia	r4, {r2, r3, r6-r12}
	sub	r4, r4, #(8 * 4)
	cfi_regs r4
	bic	sp, r4, #7
	mov	r0, r4
	blx	r5				// void do_...(struct pt_regs *, bool no_stack)
	b	return_to_regs
	.ltorg
endfunc_exception fault_entry

// r4: the struct pt_regs to return to. In SVC mode; the struct is directly below the interrupted sp.
func_exception return_to_regs
	cfi_regs r4
	clrex					// an interrupted exclusive access must fail
	mov	sp, r4
	.cfi_def_cfa_register sp
	ldr	lr, [sp, #S_LR]
	ldmia	sp, {r0-r12}
	add	sp, sp, #S_PC
	.cfi_adjust_cfa_offset -S_PC
	rfeia	sp!
endfunc_exception return_to_regs

// Exceptions that should not happen yet: a supervisor call from the kernel itself, a jump to the reset
// vector, a fast interrupt.
.macro	unexpected_vector name, behind, handler
func_exception \name
	save_regs \behind
	mov	r1, #0
	bl	\handler
	b	return_to_regs
endfunc_exception \name
.endm
	unexpected_vector vector_svc, 4, do_svc
	unexpected_vector vector_reset, 0, do_reset
	unexpected_vector vector_fiq, 4, do_fiq

// void set_fault_stacks(void *top): sets the stack pointers of ABT and UND mode. Interrupts masked.
func set_fault_stacks
	.cantunwind
	mrs	r1, cpsr
	cps	#MODE_ABT
	mov	sp, r0
	cps	#MODE_UND
	sub	sp, r0, #FAULT_FRAME
	msr	cpsr_c, r1
	bx	lr
endfunc set_fault_stacks

// void call_on_stack(void (*fn)(void *arg), void *arg, void *top): r4 keeps the old sp, for the return
// and for the stack walk.
func call_on_stack
	.cfi_startproc
	.cfi_signal_frame			// for gdb: the caller's frame may be on any stack
	push	{r4, lr}
	.save	{r4, lr}
	.cfi_def_cfa_offset 8
	.cfi_offset r4, -8
	.cfi_offset lr, -4
	mov	r4, sp
	.setfp	r4, sp
	.cfi_def_cfa_register r4
	mov	r3, r0
	mov	r0, r1
	bic	sp, r2, #7
	blx	r3
	mov	sp, r4
	pop	{r4, pc}
	.cfi_endproc
endfunc call_on_stack

// void unwind_here(struct pt_regs *): stores the callee-saved registers, and the return address as pc
// and lr (arch/arm/unwind.c).
func unwind_here
	.cantunwind
	add	r1, r0, #S_R4
	stmia	r1, {r4-r11}
	str	sp, [r0, #S_SP]
	str	lr, [r0, #S_LR]
	str	lr, [r0, #S_PC]
	bx	lr
endfunc unwind_here
