// SPDX-License-Identifier: MIT
// QEMU's educational PCI device (-device edu): inverts numbers, computes factorials, interrupts, and
// copies between memory and a buffer of its own, by DMA with few address bits.
//
// All functions that ask the device may sleep, one user at a time; not in interrupts.
#pragma once

#include <drivers/dma.h>
#include <drivers/pci.h>

#define EDU_VENDOR_ID 0x1234
#define EDU_DEVICE_ID 0x11e8

// The buffer on the device. Its last byte is left out: QEMU 7.2 takes a transfer that ends there for one
// that leaves the buffer, and stops the machine.
#define EDU_BUFFER_SIZE 4095

struct edu;

// Address bits of the device: as QEMU's dma_mask=, which the device does not tell (edu.dma_mask= on the
// command line). Before the driver is registered.
extern u64 edu_dma_mask;

extern struct pci_driver edu_driver;

// The first device that the driver has, or NULL.
struct edu *edu_first(void);
struct device *edu_device(struct edu *edu);
// Whether it can do DMA here: its address bits reach ZONE_DMA.
bool edu_has_dma(const struct edu *edu);

// The liveness check: the inverse of value, by the device.
u32 edu_invert(struct edu *edu, u32 value);

// n! modulo 2^32, computed by the device, which interrupts when it is done. 0 or -ETIMEDOUT.
__must_check int edu_factorial(struct edu *edu, u32 n, u32 *result);

// Lets the device interrupt with these bits, and waits for that. 0; -EINVAL: no bits; -ETIMEDOUT.
__must_check int edu_raise(struct edu *edu, u32 bits);

// Copies size bytes between the bus address and the device's buffer at offset; waits for the interrupt.
// dir: DMA_TO_DEVICE or DMA_FROM_DEVICE. 0; -EINVAL: leaves the buffer, or no direction; -ENODEV: no DMA
// here; -ETIMEDOUT. The address is the caller's word: the device takes any for good.
__must_check int edu_transfer(struct edu *edu, dma_addr_t addr, size_t offset, size_t size,
			      enum dma_data_direction dir);

// Interrupts handled so far.
unsigned long edu_interrupts(const struct edu *edu);
