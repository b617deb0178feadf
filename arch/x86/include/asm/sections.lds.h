/* SPDX-License-Identifier: MIT
 *
 * x86 adds no section to the linker script.
 */
#define ARCH_TEXT_SECTIONS
#define ARCH_RODATA_OUTPUT_SECTIONS
