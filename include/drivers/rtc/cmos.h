// SPDX-License-Identifier: MIT
// The PC's real-time clock, an MC146818 with a battery, behind two ports.
#pragma once

#include <lib/calendar.h>

// The registers' contents, not decoded: BCD or binary, 12 or 24 hours.
struct cmos_clock {
	u8 second, minute, hour, day, month, year;
	u8 century; // valid if has_century
	bool has_century;
	u8 status_b; // says which modes
};

// Decodes the registers. Without a century, years up to 69 are 20xx. Returns 0, or -EINVAL: invalid.
__must_check int cmos_decode(const struct cmos_clock *clock, struct rtc_time *tm);

// Registers the clock; its probe returns -ENODEV if no clock answers. platform_data: a u8, the register
// that holds the century (from ACPI), or 0. For one device.
extern struct device_driver cmos_rtc_driver;
