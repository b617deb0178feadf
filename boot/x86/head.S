// SPDX-License-Identifier: MIT
// The first instructions on a PC: from the multiboot loader to C, and turning paging on.
//
// At the entry (Multiboot Specification 3.2): eax = magic, ebx = physical address of the loader's
// information, flat segments, paging off, interrupts off; no stack, no GDT or IDT to rely on.
// early_map_kernel() maps this file's code at both addresses.

#include <arch/layout.h>
#include <asm/cfi.h>
#include <asm/processor.h>
#include <boot/early.h>
#include <boot/x86/multiboot.h>
#include <boot/x86/pc.h>

// A loader puts the kernel at the file's physical addresses, so both addresses are known at link time.
#define PA(symbol) ((symbol) - PAGE_OFFSET)

#define MULTIBOOT_HEADER_FLAGS (MULTIBOOT_HEADER_PAGE | MULTIBOOT_HEADER_MEMORY)

	.section .head.text, "ax"

// The first byte of the image, and the entry. The multiboot header must be in the file's first 8 KB.
	.globl	_start
	.type	_start, @function
_start:
	.cfi_startproc
	.cfi_undefined DW_EIP		// no caller: a debugger's backtrace ends here
	jmp	0f
	.balign	4
	.long	MULTIBOOT_HEADER_MAGIC
	.long	MULTIBOOT_HEADER_FLAGS
	.long	-(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_HEADER_FLAGS)
0:
	cli
	cld
	movl	$EARLY_RAM_PATTERN, PA(_end) - 4	// is there RAM up to the end of the image?
	cmpl	$EARLY_RAM_PATTERN, PA(_end) - 4
	jne	no_ram

	// 1. A stack, our own segments, and gates for all exceptions, at physical addresses.
	movl	$PA(boot_stack_top), %esp
	xorl	%ebp, %ebp		// every chain of frames ends here
	movl	%eax, %esi
	movl	%ebx, %edi
	lgdt	PA(gdt_pointer_pa)
	ljmp	$__KERNEL_CS, $PA(1f)
1:	movl	$__KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	xorl	%eax, %eax
	call	early_idt_fill		// void early_idt_fill(unsigned long offset)
	lidt	PA(idt_pointer_pa)
	call	early_cpu_check		// void early_cpu_check(void), does not return if the CPU is too old

	// 2. In C, everything that runs without paging.
	rdtsc
	pushl	%edx			// x86_early()'s third argument
	pushl	%eax
	movl	%esi, %eax
	movl	%edi, %edx
	call	x86_early		// phys_addr_t x86_early(u32 magic, u32 info, u64 tsc)
	movl	%eax, %cr3

	// 3. First load the GDT and IDT at their virtual addresses, for a fault directly after the switch.
	movl	$PAGE_OFFSET, %eax
	call	early_idt_fill
	lgdt	PA(gdt_pointer_va)
	lidt	PA(idt_pointer_va)
	movl	$X86_CR0_KERNEL, %eax
	movl	%eax, %cr0
	movl	$2f, %eax
	jmp	*%eax

	// 4. At the kernel's virtual address, with an empty stack.
2:	movl	$boot_stack_top, %esp
	call	x86_boot		// void x86_boot(void), never returns
	.cfi_endproc
	.size	_start, . - _start

no_ram:
	movl	$PC_LOW_STACK, %esp
	call	early_no_ram		// void early_no_ram(void), never returns

	.balign	4
gdt_pointer_pa:
	.word	GDT_SIZE - 1
	.long	PA(gdt)
	.balign	4
gdt_pointer_va:
	.word	GDT_SIZE - 1
	.long	gdt
	.balign	4
idt_pointer_pa:
	.word	NR_EXCEPTIONS * 8 - 1
	.long	PA(early_idt)
	.balign	4
idt_pointer_va:
	.word	NR_EXCEPTIONS * 8 - 1
	.long	early_idt

// Like trap_stubs in arch/x86/entry.S, but for early_exception(): works at either address.
	.globl	early_trap_stubs
	.balign	EARLY_STUB_SIZE
early_trap_stubs:
	.set	vector, 0
	.rept	NR_EXCEPTIONS
	.balign	EARLY_STUB_SIZE
	.if	(X86_TRAPS_WITH_ERROR_CODE >> vector) & 1
	.else
	pushl	$0
	.endif
	pushl	$vector
	jmp	early_trap_common
	.set	vector, vector + 1
	.endr

// The report runs with paging off, at the physical address: the page tables may be wrong for all of the
// image but this page. Only the stack must be mapped. Its physical address is unknown, so the frame is
// copied into this page first.
early_trap_common:
	cld
	pushal
	movl	%cr3, %eax
	pushl	%eax
	movl	%cr2, %eax
	pushl	%eax
	movl	%cr0, %eax
	pushl	%eax
	andl	$~X86_CR0_WP, %eax
	movl	%eax, %cr0
	movl	%esp, %esi
	call	1f
1:	popl	%edi			// the current address
	addl	$early_frame - 1b, %edi
	movl	$EARLY_FRAME_SIZE / 4, %ecx
	rep movsl
	movl	$PA(2f), %ecx
	jmp	*%ecx
2:	andl	$~X86_CR0_PG, %eax
	movl	%eax, %cr0
	lgdt	PA(gdt_pointer_pa)
	lidt	PA(idt_pointer_pa)
	movl	$PA(fault_stack_top), %esp
	xorl	%eax, %eax
	call	early_idt_fill		// the report may fault, too
	movl	$PA(early_frame), %eax
	call	early_exception		// void early_exception(const struct early_regs *regs)

// A struct early_regs.
	.balign	4
early_frame:
	.fill	EARLY_FRAME_SIZE

	.section .note.GNU-stack, "", @progbits
