// SPDX-License-Identifier: MIT
// The SP804 dual timer (ARM DDI 0271): the tick and the clock of boards without the generic timer.
#pragma once

// Starts the tick and registers the clock; its probe returns -EINVAL if the device tree has no
// frequency. For one device.
extern struct device_driver sp804_driver;
