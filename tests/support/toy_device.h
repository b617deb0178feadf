// SPDX-License-Identifier: MIT
// For tests of devices and drivers: devices that do not exist, and what happened to them, in order.
#pragma once

#include <drivers/device.h>
#include <kernel/irq.h>

// What a device of these has; nobody else does.
#define REGS_SIZE 0x100
#define TEST_IRQ  7
#define TEST_PORT 0xe896 // the tests ask for it themselves

// Where the registers of device 0 are; those of the next 127 lie behind them.
phys_addr_t regs_at(void);

// A device with registers of its own and TEST_IRQ, by the names that a driver of toy_names drives. NULL:
// no memory. The second is registered, has no driver, and begins a new trace.
struct device *new_device(const char *name, unsigned int index);
struct device *lone_device(void);
void remove_device(struct device *dev);

extern const char *const toy_names[];

// What was noted since trace[0] was cleared: words with a blank in between. note_action() is for
// devm_add_action(): its data is the word.
extern char trace[128];
void note(const char *what);
void note_action(void *data);

irqreturn_t no_handler(int irq, void *dev);
