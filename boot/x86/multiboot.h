// SPDX-License-Identifier: MIT
// The multiboot 1 protocol: what the kernel requests, and what the loader passes to it.
//
// Manual: Multiboot Specification version 0.6.96, 3.1 (header), 3.3 (information).
#pragma once

#define MULTIBOOT_HEADER_MAGIC     0x1badb002
#define MULTIBOOT_HEADER_PAGE      0x00000001 // modules begin on pages
#define MULTIBOOT_HEADER_MEMORY    0x00000002 // report RAM
#define MULTIBOOT_BOOTLOADER_MAGIC 0x2badb002 // in eax at the entry

#ifndef __ASSEMBLER__
#include <kernel/bootinfo.h>
#include <lib/compiler.h>

// Flags: which fields are valid.
#define MULTIBOOT_INFO_MEMORY  0x00000001
#define MULTIBOOT_INFO_CMDLINE 0x00000004
#define MULTIBOOT_INFO_MODS    0x00000008
#define MULTIBOOT_INFO_MMAP    0x00000040
#define MULTIBOOT_INFO_LOADER  0x00000200

struct multiboot_info {
	u32 flags;
	u32 mem_lower, mem_upper; // KB from 0, and from 1 MB
	u32 boot_device;
	u32 cmdline;
	u32 mods_count, mods_addr;
	u32 syms[4];
	u32 mmap_length, mmap_addr; // bytes
	u32 drives_length, drives_addr;
	u32 config_table;
	u32 boot_loader_name;
};

struct multiboot_module {
	u32 mod_start, mod_end; // end exclusive
	u32 cmdline, pad;
};

struct multiboot_mmap_entry {
	u32 size; // of the rest: the next entry starts `size` bytes after this field
	u64 addr, len;
	u32 type;
} __packed;

#define MULTIBOOT_MEMORY_AVAILABLE 1

enum multiboot_result { MULTIBOOT_OK, MULTIBOOT_BAD_MAGIC, MULTIBOOT_NO_MEMORY };

// Copies all useful information into bi, and checks every length. Call with paging off, or (in tests)
// with virtual addresses. Reads nothing if magic is wrong.
enum multiboot_result multiboot_parse(struct bootinfo *bi, u32 magic,
				      const struct multiboot_info *info);

// Why the kernel cannot go on after this result, or NULL.
const char *multiboot_problem(enum multiboot_result result);
#endif
