// SPDX-License-Identifier: MIT
// The PL031 real-time clock: a counter of seconds since 1970.
#pragma once

// Registers the clock, and starts it if it is stopped.
extern struct device_driver pl031_driver;
