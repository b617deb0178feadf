/* SPDX-License-Identifier: MIT
 *
 * ARM's own sections of the linker script: the vectors, which start on a page, and the unwind tables.
 * Also the detection of a truncated image: head.S looks for a mark at the image's end; the code that
 * reports the problem and ends the machine is in the first page.
 * Linker script, not C: the formatter would break it.
 */
/* clang-format off */

/* The loader chooses where the image is. The ELF file has addresses in the RAM of QEMU's virt, so that a
 * user who boots the ELF by mistake gets a message. */
#define LOAD_OFFSET (PAGE_OFFSET - 0x40000000)

#define IMAGE_END_MARK 0x21646e65 /* "end!": no byte is 0 */

#define ARCH_HEAD_SECTIONS                                                                 \
	*boot?arm?early.o(.text.early_phys .text.early_board .text.early_board_known)      \
	*boot?arm?early.o(.text.uart_answers .text.early_puts .text.early_stop)            \
	*boot?arm?early.o(.text.early_truncated .rodata.*truncated*)                       \
	*boot?arm?early_cpu.o(.text.early_board_at .rodata.boards)                         \
	*boot?arm?exit.o(.text .text.* .rodata .rodata.*)                                  \
	*boot?arm?semihosting.o(.text.semihosting_puts)                                    \
	*boot?arm?skip.o(.text .text.*)                                                    \
	*boot?arm?skip_vectors.o(.text .text.*)                                            \
	*drivers?uart?pl011.o(.text.pl011_early_puts .text.pl011_put_char .text.pl011_is_at)     \
	*drivers?uart?pl011.o(.rodata.id* .rodata.pl011_is_at* .rodata.cst*)               \
	*arch?arm?cpu.o(.text.cpu_halt)

#define ARCH_DATA_END                                                                              \
	LONG(0)                                                                                    \
	image_end_mark = .;                                                                        \
	LONG(IMAGE_END_MARK)

#define ARCH_TEXT_SECTIONS                                                                         \
	__vectors_start = .;                                                                       \
	KEEP(*(.vectors))                                                                          \
	__vectors_end = .;                                                                         \
	*(.glue_7 .glue_7t .vfp11_veneer .v4_bx) /* GNU ld adds these for older CPUs: empty */

#define ARCH_RODATA_OUTPUT_SECTIONS                                                                \
	.ARM.extab : AT(ADDR(.ARM.extab) - LOAD_OFFSET) { *(.ARM.extab .ARM.extab.*) } :rodata     \
	.ARM.exidx : AT(ADDR(.ARM.exidx) - LOAD_OFFSET) {                                          \
		__exidx_start = .;                                                                 \
		*(.ARM.exidx .ARM.exidx.*)                                                         \
		__exidx_end = .;                                                                   \
	} :rodata
