/* SPDX-License-Identifier: MIT
 *
 * The layout of the kernel's image. Linked at its virtual address; loaded at TEXT_OFFSET in RAM.
 * Each part with different access rights starts on a page, so that page tables can enforce them
 * (mm/pgtable/kernel_map.c): code shares no page with writable data.
 */
#include <arch/layout.h>
#include <asm/sections.lds.h>

/* Code that only the user of the monitor and the tests run: its size is counted separately. */
#define TOOLS *obj?kernel?debug?* *obj?lib?lineedit*

ENTRY(_start)

PHDRS
{
	text PT_LOAD FLAGS(5);   /* R X */
	rodata PT_LOAD FLAGS(4); /* R */
	data PT_LOAD FLAGS(6);   /* R W */
}

SECTIONS
{
	. = PAGE_OFFSET + TEXT_OFFSET;

	/* AT: the ELF's physical addresses (asm/sections.lds.h); boot finds the real ones. */
	.text : AT(ADDR(.text) - LOAD_OFFSET) {
		_stext = .;
		_head_start = .;
		KEEP(*(.head.text))
		ARCH_HEAD_SECTIONS
		_head_end = .;
		*(EXCLUDE_FILE(TOOLS *obj?tests?*) .text EXCLUDE_FILE(TOOLS *obj?tests?*) .text.*)
		_etext_kernel = .; /* then kernel/debug/, to _etext_monitor, and tests, to _etext_tests */
		*(EXCLUDE_FILE(*obj?tests?*) .text EXCLUDE_FILE(*obj?tests?*) .text.*)
		_etext_monitor = .;
		*(.text .text.*)
		_etext_tests = .;
		. = ALIGN(PAGE_SIZE);
		ARCH_TEXT_SECTIONS
		. = ALIGN(PAGE_SIZE);
		_etext = .;
	} :text

	.rodata : AT(ADDR(.rodata) - LOAD_OFFSET) {
		__start_rodata = .;
		*(.rodata .rodata.* .data.rel.ro .data.rel.ro.*)
		. = ALIGN(4);
		__start_ktests = .;
		KEEP(*(.ktests))
		__stop_ktests = .;
		__start_ktest_suites = .;
		KEEP(*(.ktest_suites))
		__stop_ktest_suites = .;
		__start_benches = .;
		KEEP(*(.benches))
		__stop_benches = .;
		__ctors_start = .; /* SAN=kasan: constructors that register the global variables */
		KEEP(*(.init_array .init_array.*))
		__ctors_end = .;
		__start___ex_table = .;
		KEEP(*(__ex_table))
		__stop___ex_table = .;
	} :rodata

	ARCH_RODATA_OUTPUT_SECTIONS

	/* Last, so that the second link, with the symbols, moves no code and no constants. */
	.ksymbols : AT(ADDR(.ksymbols) - LOAD_OFFSET) {
		KEEP(*(.ksymbols))
		. = ALIGN(PAGE_SIZE);
		__end_rodata = .;
	} :rodata

	.data : AT(ADDR(.data) - LOAD_OFFSET) {
		_sdata = .;
		*(.data .data.*)
		/* Early code is position-independent, but must not use a GOT: checked below. */
		_got = .;
		*(.got .got.*)
		_got_end = .;
		. = ALIGN(8);
		ARCH_DATA_END
		_edata = .;
	} :data

	.bss : AT(ADDR(.bss) - LOAD_OFFSET) {
		__bss_start = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(PAGE_SIZE);
		__bss_stop = .;
	} :data

	/* Not cleared at boot, because boot_stack is in use. Below each stack, an unmapped guard page. */
	.stacks (NOLOAD) : AT(ADDR(.stacks) - LOAD_OFFSET) {
		. += PAGE_SIZE;
		boot_stack = .;
		. += THREAD_SIZE;
		boot_stack_top = .;
		. += PAGE_SIZE;
		irq_stack = .;
		. += IRQ_STACK_SIZE;
		irq_stack_top = .;
		. += PAGE_SIZE;
		fault_stack = .;
		. += FAULT_STACK_SIZE;
		fault_stack_top = .;
		_end = .;
	} :data

	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_addr 0 : { *(.debug_addr) }
	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_frame 0 : { *(.debug_frame) }
	.debug_info 0 : { *(.debug_info) }
	.debug_line 0 : { *(.debug_line) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_macro 0 : { *(.debug_macro) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_str 0 : { *(.debug_str) }
	.debug_str_offsets 0 : { *(.debug_str_offsets) }
	.ARM.attributes 0 : { *(.ARM.attributes) }
	.comment 0 : { *(.comment) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }

	/DISCARD/ : {
		*(.note .note.*) /* with notes, QEMU would look for a PVH entry */
		*(.eh_frame .eh_frame_hdr)
		*(.fini_array .fini_array.*)
		*(.rel.* .rel.dyn .iplt .igot.plt .plt .plt.*)
	}
}

ASSERT(_end - PAGE_OFFSET <= 0x400000, "the image fits into what boot maps: 4 MB")
ASSERT(_head_end - _head_start <= PAGE_SIZE, "the code that runs identity-mapped fits into a page")
ASSERT(_got_end - _got <= 12, "early code uses no table of addresses (x86 reserves three words)")
ASSERT(_etext % PAGE_SIZE + __end_rodata % PAGE_SIZE + _sdata % PAGE_SIZE + _end % PAGE_SIZE == 0, "parts start on pages")
