// SPDX-License-Identifier: MIT
// The PL031 real-time clock: a counter of seconds since 1970.
#pragma once

// Registers the clock, and starts it where it stands.
extern struct device_driver pl031_driver;
