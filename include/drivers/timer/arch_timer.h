// SPDX-License-Identifier: MIT
// The Generic Timer of ARMv7-A CPUs (ARM ARM DDI 0406C, chapter B8).
#pragma once

#include <lib/types.h>

// Starts the tick with the virtual timer, which signals irq, and registers its counter as the clock.
// hz: how fast it counts, or 0 to ask the CPU. Returns 0, -EINVAL when nobody knows the frequency, or
// request_irq()'s error.
int arch_timer_init(unsigned int irq, u32 hz);
