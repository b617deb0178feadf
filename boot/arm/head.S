// SPDX-License-Identifier: MIT
// From the Linux ARM boot protocol to C: entered at the start of the image, MMU and data cache off,
// interrupts masked, r0 = 0, r1 = machine number, r2 = physical address of the device tree, in SVC or
// HYP mode. Everything here is position-independent until the jump to the virtual address.
//
// Also here: the vectors for exceptions before trap_init(), since they must work at either address.
// Linux: Documentation/arch/arm/booting.rst, arch/arm/kernel/head.S, hyp-stub.S.

#include <arch/layout.h>
#include <asm/asm.h>
#include <asm/cp15.h>
#include <asm/regs.h>
#include <asm/sections.lds.h>

	.syntax unified
	.arch_extension virt

// While an early exception turns the MMU off, sp_fiq holds its number, shifted by this, and its mode.
#define KIND_SHIFT 12

// The deepest call on this stack, in early_cpu_check(), uses less than half of it.
#define FIRST_STACK_SIZE 512

	.section .head.text, "ax"
func_outermost _start
	mov	r4, r2				// the device tree, for arm_boot()
	mrs	r0, cpsr
	and	r0, r0, #MODE_MASK
	cmp	r0, #MODE_HYP
	bleq	leave_hyp
	adr_far	sp, first_stack_top		// boot_stack may be beyond the end of RAM
	adr	r0, _start
	sub	r5, r0, #TEXT_OFFSET		// phys_offset: the start of RAM
	adr_far	r6, image_end_mark		// is the whole image in memory?
	ldr	r6, [r6]
	ldr	r1, =IMAGE_END_MARK
	subs	r6, r6, r1			// 0: yes
	moveq	r0, r5
	bleq	early_cpu_check			// void early_cpu_check(unsigned long phys_offset)
	// ARMv7 instructions are allowed now.
	cpsid	aif
	ldr	r0, =SCTLR_RES1			// no MMU, no caches, ARM code, vectors by VBAR
	mcr	p15, 0, r0, c1, c0, 0		// SCTLR
	adr	r0, early_vectors
	mcr	p15, 0, r0, c12, c0, 0		// VBAR
	isb
	cmp	r6, #0
	bne	early_truncated			// void early_truncated(void), never returns
	bl	early_need_ram			// void early_need_ram(void)
	adr_far	sp, boot_stack_top
	mov	r0, r5
	bl	early_main			// u32 early_main(unsigned long phys_offset): SCTLR
	ldr	r2, =.Lon_virtual
	mcr	p15, 0, r0, c1, c0, 0		// paging on; this page is also mapped at its physical address
	isb
	bx	r2
.Lon_virtual:
	ldr	r0, =early_vectors
	mcr	p15, 0, r0, c12, c0, 0
	isb
	ldr	sp, =boot_stack_top
	mov	r0, r5
	mov	r1, r4
	bl	arm_boot			// void arm_boot(unsigned long phys_offset, u32 dtb), never returns
	.ltorg
endfunc_outermost _start

// The stack until early_need_ram() has checked the RAM of boot_stack. Not below the image, because the
// device tree may be there.
	.balign	8
	.space	FIRST_STACK_SIZE
first_stack_top:

// void leave_hyp(void): returns in SVC mode. Gives the kernel access to the counters and the
// coprocessors. A later call to HYP mode just returns (ARM ARM B1.8.9, B8.1).
leave_hyp:
	mov	r0, #0
	mcr	p15, 4, r0, c1, c1, 0		// HCR: no virtualization
	mcr	p15, 4, r0, c1, c1, 3		// HSTR
	ldr	r1, =HCPTR_RES1
	mcr	p15, 4, r1, c1, c1, 2		// HCPTR
	mrc	p15, 4, r1, c1, c1, 1		// HDCR
	and	r1, r1, #HDCR_HPMN
	mcr	p15, 4, r1, c1, c1, 1
	mrc	p15, 4, r1, c14, c1, 0		// CNTHCTL
	orr	r1, r1, #CNTHCTL_PL1
	mcr	p15, 4, r1, c14, c1, 0
	mcrr	p15, 4, r0, r0, c14		// CNTVOFF: virtual time is physical time
	mrc	p15, 0, r1, c0, c0, 0		// MIDR
	mcr	p15, 4, r1, c0, c0, 0		// VPIDR
	mrc	p15, 0, r1, c0, c0, 5		// MPIDR
	mcr	p15, 4, r1, c0, c0, 5		// VMPIDR
	adr	r1, hyp_vectors
	mcr	p15, 4, r1, c12, c0, 0		// HVBAR
	mov	r1, #(MODE_SVC | PSR_A | PSR_I | PSR_F)
	msr	spsr_cxsf, r1			// SPSR_hyp, from inside HYP mode
	msr	elr_hyp, lr
	eret

	.balign	32
hyp_vectors:
	.rept	8
	eret
	.endr

// ---- Exceptions before trap_init() -----------------------------------------------------------------
//
// The report runs with the MMU off, at the physical address. Until then, all code is in this page and
// uses no stack: the page tables may be wrong for the rest of the image.

	.balign	32
early_vectors:
	b	early_reset
	b	early_undefined
	b	early_svc
	b	early_prefetch
	b	early_data
	b	early_hyp
	b	early_irq
	b	early_fiq

// In the exception's mode: sets lr to the address of the instruction. Then uses FIQ mode, whose banked
// registers are free while nothing is saved yet; sp_fiq holds the kind and the exception's mode.
.macro	early_vector name, kind, mode, behind
\name:
	sub	lr, lr, #\behind
	cps	#MODE_FIQ
	mov	sp, #(\kind << KIND_SHIFT)
	orr	sp, sp, #(\mode | PSR_I | PSR_F)
	b	early_mmu_off
.endm
	early_vector early_reset,     0, MODE_SVC, 0
	early_vector early_undefined, 1, MODE_UND, 4
	early_vector early_svc,       2, MODE_SVC, 4
	early_vector early_prefetch,  3, MODE_ABT, 4
	early_vector early_data,      4, MODE_ABT, 8
	early_vector early_hyp,       5, MODE_SVC, 0
	early_vector early_irq,       6, MODE_IRQ, 4
	early_vector early_fiq,       7, MODE_FIQ, 4

early_mmu_off:
	adr	r8, .Lat_physical
	mcr	p15, 0, r8, c7, c8, 0		// ATS1CPR: translate to the physical address
	isb
	mrc	p15, 0, r9, c7, c4, 0		// PAR
	ubfx	r10, r8, #0, #PAGE_SHIFT
	bfi	r9, r10, #0, #PAGE_SHIFT
	bx	r9				// early_map_kernel() has mapped this page there, too
.Lat_physical:
	mrc	p15, 0, r8, c1, c0, 0
	bic	r8, r8, #SCTLR_M
	mcr	p15, 0, r8, c1, c0, 0
	adr	r8, early_vectors		// the physical address: the report may fault, too
	mcr	p15, 0, r8, c12, c0, 0		// VBAR
	isb
	lsr	r12, sp, #KIND_SHIFT
	mov	r8, sp
	msr	cpsr_c, r8			// the exception's mode
	// Put a struct pt_regs at the top of the fault stack; the C function's frame is below it.
	adr_far	sp, fault_stack_top
	sub	sp, sp, #PT_REGS_SIZE
	stmia	sp, {r0-r12}
	mov	r0, sp
	mrs	r1, spsr
	str	lr, [r0, #S_PC]
	str	r1, [r0, #S_CPSR]
	cps	#MODE_FIQ
	mov	r1, r12
	cps	#MODE_SVC
	str	sp, [r0, #S_SP]
	str	lr, [r0, #S_LR]
	bic	sp, r0, #7
	b	early_exception			// void early_exception(struct pt_regs *, unsigned int kind)
