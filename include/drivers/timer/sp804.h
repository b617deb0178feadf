// SPDX-License-Identifier: MIT
// The SP804 dual timer (ARM DDI 0271): the tick and the clock of boards without the generic timer.
#pragma once

#include <drivers/device.h>

extern struct device_driver sp804_driver;
