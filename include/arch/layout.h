// SPDX-License-Identifier: MIT
// The address space, drawn once. C, assembly and the linker script include this file.
//
//   ffff0000 - ffff0fff  vectors   the exception vectors, on CPUs with high vectors (ARM)
//   ff800000 - fffeffff  fixmap    addresses fixed at compile time, frames chosen at run time
//   ff200000 - ff7fffff  (unused)
//   ff000000 - ff1fffff  pkmap     512 slots for kmap()
//   f8800000 - feffffff  vmalloc   vmalloc and ioremap, 104 MB, a guard page after each area
//   f8000000 - f87fffff  hole      catches overruns of lowmem's end (VMALLOC_OFFSET)
//   c0000000 - f7ffffff  lowmem    896 MB, physical PHYS_OFFSET.. mapped linearly
//   00001000 - bfffffff  user      TASK_SIZE 3 GB
//   00000000 - 00000fff  (never mapped, so that a NULL pointer faults)
//
// Built with SAN=kasan, the shadow (mm/kasan.h) uses the top of lowmem's addresses, one byte for each 8
// of the kernel's: f0000000 - f7ffffff. This leaves 768 MB of lowmem.
// Built with VMSPLIT=2G, user space ends and lowmem begins at 80000000: 1920 MB of lowmem.
// Boot finds PHYS_OFFSET, the physical address of PAGE_OFFSET: see mm/addr.h.
#pragma once

#ifdef __ASSEMBLER__
#define UL(x) x
#else
#define UL(x)  UL_(x)
#define UL_(x) x##UL
#endif

// Fixed by hardware: the smallest page of every format.
#define PAGE_SHIFT 12
#define PAGE_SIZE  (UL(1) << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

// Tunable: the start of the kernel's part, set by the Makefile's VMSPLIT: c0000000, or 80000000.
#define PAGE_OFFSET UL(CONFIG_PAGE_OFFSET)
#define TASK_SIZE   PAGE_OFFSET

// Think first: the notes' figures; the formats need 2 MB (lowmem, pkmap) and 4 MB (the rest).
#define KASAN_SHADOW_END   UL(0xf8000000)
#define KASAN_SHADOW_SIZE  (CONFIG_KASAN * ((UL(0xffffffff) - PAGE_OFFSET + 1) >> 3))
#define KASAN_SHADOW_START (KASAN_SHADOW_END - KASAN_SHADOW_SIZE)
#define LOWMEM_END         KASAN_SHADOW_START
#define LOWMEM_MAX_SIZE    (LOWMEM_END - PAGE_OFFSET)
#define VMALLOC_OFFSET     UL(0x00800000)
#define VMALLOC_START      (KASAN_SHADOW_END + VMALLOC_OFFSET)
#define VMALLOC_END        UL(0xff000000)
#define PKMAP_BASE         UL(0xff000000)
#define LAST_PKMAP         512
#define PKMAP_END          (PKMAP_BASE + LAST_PKMAP * PAGE_SIZE)
#define FIXADDR_START      UL(0xff800000)
#define FIXADDR_END        UL(0xffff0000)

// The shadow of an address is at (address >> 3) + this.
#define KASAN_SHADOW_OFFSET (KASAN_SHADOW_START - (PAGE_OFFSET >> 3))

// The device tree's window is at the bottom of the fixmap; single slots are allocated downwards from the
// top. All slots are in the last FIXADDR_SLOTS_SIZE bytes of the address space.
#define FIXADDR_FDT        FIXADDR_START
#define FIXADDR_FDT_SIZE   UL(0x00400000)
#define FIXADDR_SLOTS_SIZE UL(0x00200000)

// Zones, relative to PHYS_OFFSET.
#define ZONE_DMA_SIZE UL(0x01000000)

// Tunable: stacks, each with an unmapped guard page below it.
#define THREAD_SIZE      UL(8192)
#define IRQ_STACK_SIZE   UL(8192)
#define FAULT_STACK_SIZE UL(4096)

#include <asm/layout.h> // TEXT_OFFSET: where in RAM the kernel is loaded, from PHYS_OFFSET

#ifndef __ASSEMBLER__
_Static_assert(VMALLOC_START == 0xf8800000UL && VMALLOC_END - VMALLOC_START == 104UL << 20,
	       "vmalloc is f8800000-feffffff, 104 MB");
_Static_assert(PAGE_OFFSET == 0xc0000000UL || PAGE_OFFSET == 0x80000000UL,
	       "the kernel's part is 1 GB or 2 GB");
_Static_assert(PKMAP_END <= FIXADDR_START, "pkmap ends below the fixmap");
_Static_assert(FIXADDR_FDT + FIXADDR_FDT_SIZE <= 0 - FIXADDR_SLOTS_SIZE,
	       "the device tree's window and the slots do not meet");
_Static_assert(TEXT_OFFSET % PAGE_SIZE == 0, "the kernel starts on a page");
#endif
