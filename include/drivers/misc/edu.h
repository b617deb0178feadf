// SPDX-License-Identifier: MIT
// QEMU's educational PCI device (-device edu): inverts numbers, computes factorials, raises interrupts,
// and copies between memory and its own buffer, by DMA with few address bits.
//
// All functions that access the device may sleep; one caller at a time uses it. Not in interrupts.
#pragma once

#include <drivers/dma.h>
#include <drivers/pci.h>

#define EDU_VENDOR_ID 0x1234
#define EDU_DEVICE_ID 0x11e8

// The size of the device's buffer, without its last byte: QEMU 7.2 treats a transfer that ends there as
// out of bounds, and stops the machine.
#define EDU_BUFFER_SIZE 4095

struct edu;

// The device's address bits: must be the same as QEMU's dma_mask=, which the device does not report
// (edu.dma_mask= on the command line). Set it before the driver is registered.
extern u64 edu_dma_mask;

extern struct pci_driver edu_driver;

// The driver's first device, or NULL.
struct edu *edu_first(void);
struct device *edu_device(struct edu *edu);
// Whether it can do DMA here: its address bits reach ZONE_DMA.
bool edu_has_dma(const struct edu *edu);

// The liveness check: the device returns the inverse of value.
u32 edu_invert(struct edu *edu, u32 value);

// The device computes n! modulo 2^32 and interrupts when it is done. Returns 0 or -ETIMEDOUT.
__must_check int edu_factorial(struct edu *edu, u32 n, u32 *result);

// Makes the device raise an interrupt with these bits, and waits for it. Returns 0; -EINVAL: no bits;
// -ETIMEDOUT.
__must_check int edu_raise(struct edu *edu, u32 bits);

// Copies size bytes between the bus address and the device's buffer at offset; waits for the interrupt.
// dir: DMA_TO_DEVICE or DMA_FROM_DEVICE. Returns 0; -EINVAL: outside the buffer, or a bad dir; -ENODEV:
// no DMA here; -ETIMEDOUT. addr must be correct: the device does not check it.
__must_check int edu_transfer(struct edu *edu, dma_addr_t addr, size_t offset, size_t size,
			      enum dma_data_direction dir);

// Interrupts handled so far.
unsigned long edu_interrupts(const struct edu *edu);
