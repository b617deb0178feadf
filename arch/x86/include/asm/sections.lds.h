/* SPDX-License-Identifier: MIT
 *
 * x86 adds no section to the linker script. The ELF is what a multiboot loader loads, where it says.
 */
#define LOAD_OFFSET PAGE_OFFSET
#define ARCH_HEAD_SECTIONS
#define ARCH_TEXT_SECTIONS
#define ARCH_RODATA_OUTPUT_SECTIONS
#define ARCH_DATA_END
