// SPDX-License-Identifier: MIT
// The ARM Generic Interrupt Controller, version 2 (ARM IHI 0048B).
#pragma once

#include <lib/types.h>

// The first interrupt ID of each kind; a device tree's numbers are relative to it (binding arm,gic).
#define GIC_PPI_BASE 16
#define GIC_SPI_BASE 32

// Starts the distributor and this CPU's interface, all interrupts masked, and becomes the irq_chip. For
// one device.
extern struct device_driver gicv2_driver;

// Makes an interrupt pending, as if its device had signalled it. For tests.
void gicv2_set_pending(unsigned int irq);
