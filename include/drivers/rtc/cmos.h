// SPDX-License-Identifier: MIT
// The PC's real-time clock, an MC146818 with a battery, behind two ports.
#pragma once

#include <lib/calendar.h>

// What the registers say, as they are: BCD or binary, 12 or 24 hours.
struct cmos_clock {
	u8 second, minute, hour, day, month, year;
	u8 century; // valid if has_century
	bool has_century;
	u8 status_b; // says in which of the modes
};

// Makes a time of it. Without a century, years up to 69 are 20xx. Returns 0, or -EINVAL when it is none.
__must_check int cmos_decode(const struct cmos_clock *clock, struct rtc_time *tm);

// Registers the clock; its probe says -ENODEV when nothing answers. platform_data: a u8, the register
// that holds the century (ACPI knows), or 0. For one device.
extern struct device_driver cmos_rtc_driver;
