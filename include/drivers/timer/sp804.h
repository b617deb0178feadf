// SPDX-License-Identifier: MIT
// The SP804 dual timer (ARM DDI 0271): the tick and the clock of boards without the generic timer.
#pragma once

// Starts the tick and registers the clock; its probe fails with -EINVAL when the device tree does not say
// how fast it counts. For one device.
extern struct device_driver sp804_driver;
