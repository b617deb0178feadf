// SPDX-License-Identifier: MIT
// The Generic Timer of ARMv7-A CPUs (ARM ARM DDI 0406C, chapter B8).
#pragma once

// Starts the tick with the virtual timer and registers its counter as the clock. No registers in memory.
// Its probe returns -EINVAL if the frequency is unknown. For one device.
extern struct device_driver arch_timer_driver;
