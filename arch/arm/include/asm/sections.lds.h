/* SPDX-License-Identifier: MIT
 *
 * The linker script's sections that only ARM has: the page of vectors, which starts on a page, and the
 * unwind tables.
 * Linker script, not C: the formatter would break it.
 */
/* clang-format off */

/* The image is put where the loader likes. The ELF says RAM of QEMU's virt, so that one started by mistake
 * can say what is wrong with that. */
#define LOAD_OFFSET (PAGE_OFFSET - 0x40000000)

#define ARCH_TEXT_SECTIONS                                                                         \
	__vectors_start = .;                                                                       \
	KEEP(*(.vectors))                                                                          \
	__vectors_end = .;                                                                         \
	*(.glue_7 .glue_7t .vfp11_veneer .v4_bx) /* what GNU ld adds for older CPUs: empty */

#define ARCH_RODATA_OUTPUT_SECTIONS                                                                \
	.ARM.extab : AT(ADDR(.ARM.extab) - LOAD_OFFSET) { *(.ARM.extab .ARM.extab.*) } :rodata     \
	.ARM.exidx : AT(ADDR(.ARM.exidx) - LOAD_OFFSET) {                                          \
		__exidx_start = .;                                                                 \
		*(.ARM.exidx .ARM.exidx.*)                                                         \
		__exidx_end = .;                                                                   \
	} :rodata
