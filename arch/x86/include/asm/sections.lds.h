/* SPDX-License-Identifier: MIT
 *
 * x86 adds no sections to the linker script. A multiboot loader loads the ELF file at its physical addresses.
 */
#define LOAD_OFFSET PAGE_OFFSET
#define ARCH_HEAD_SECTIONS
#define ARCH_TEXT_SECTIONS
#define ARCH_RODATA_OUTPUT_SECTIONS
#define ARCH_DATA_END
