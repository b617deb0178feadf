// SPDX-License-Identifier: MIT
// The time of day: a clock that keeps running while the machine is off.
#pragma once

#include <lib/calendar.h>

struct rtc_device {
	const char *name; // "rtc_cmos"
	// Reads the clock. Returns 0, -EIO (no stable reading) or -EINVAL (not a valid time). Any
	// context.
	int (*read_time)(const struct rtc_device *rtc, time64_t *seconds);
};

// Sets the clock for rtc_read_time(), and logs the time. A second clock is ignored. Not in interrupts.
void rtc_register(const struct rtc_device *rtc);

// Undoes rtc_register(); does nothing if another clock is registered.
void rtc_unregister(const struct rtc_device *rtc);

// Reads the current time. Returns 0, -ENODEV (no clock) or the driver's error. Any context.
__must_check int rtc_read_time(time64_t *seconds);

// One line: the time, or the error.
void rtc_show(void (*line)(const char *text, void *arg), void *arg);
