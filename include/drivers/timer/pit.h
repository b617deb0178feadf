// SPDX-License-Identifier: MIT
// The 8254 programmable interval timer: the tick, and a clock out of its counter.
#pragma once

#include <lib/types.h>

// The frequency of the PC's 8254: a third of NTSC's colour carrier.
#define PIT_HZ 1193182

// Starts the tick of HZ on this interrupt and registers the clocksource. Panics when the interrupt
// is taken.
void pit_init(unsigned int irq);

// The clock in PIT_HZ: never goes back, also when ticks come late or are lost. Loses time only while
// interrupts are masked and nobody reads it for a whole tick. Any context.
u64 pit_read(void);
