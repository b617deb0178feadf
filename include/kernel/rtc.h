// SPDX-License-Identifier: MIT
// The time of day: a clock that goes on while the machine is off.
#pragma once

#include <lib/calendar.h>

struct rtc_device {
	const char *name; // "rtc_cmos"
	// Reads the clock. Returns 0, -EIO (it does not hold still) or -EINVAL (what it says is no time).
	// Any context.
	int (*read_time)(const struct rtc_device *rtc, time64_t *seconds);
};

// The clock that rtc_read_time() asks; logs the time. The first one stays. Not in interrupts.
void rtc_register(const struct rtc_device *rtc);

// Takes back rtc_register() of this very clock; of another, does nothing.
void rtc_unregister(const struct rtc_device *rtc);

// The time now. Returns 0, -ENODEV (no clock) or what the clock's driver returns. Any context.
__must_check int rtc_read_time(time64_t *seconds);

// One line: the time, or why there is none.
void rtc_show(void (*line)(const char *text, void *arg), void *arg);
