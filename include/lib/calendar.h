// SPDX-License-Identifier: MIT
// Converts between seconds since 1970 and dates (Gregorian, UTC, no leap seconds). Names are Linux's.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Seconds since 1970-01-01T00:00:00 UTC.
typedef s64 time64_t;

struct rtc_time {
	int tm_sec, tm_min, tm_hour; // 0-59, 0-59, 0-23
	int tm_mday;                 // 1-31
	int tm_mon;                  // 0-11
	int tm_year;                 // since 1900
};

// Later years have more than four digits.
#define RTC_YEAR_FIRST 1970
#define RTC_YEAR_LAST  9999

// Date to seconds since 1970. The date must be valid; the month counts from 1.
time64_t mktime64(int year, int mon, int day, int hour, int min, int sec);

// Returns 0, or -EINVAL: not a valid date and time between 1970 and 9999.
__must_check int rtc_valid_tm(const struct rtc_time *tm);

// tm must be valid.
time64_t rtc_tm_to_time64(const struct rtc_time *tm);

// Seconds to a date. A time before 1970 becomes the start of 1970; after 9999, the end of 9999.
void rtc_time64_to_tm(time64_t time, struct rtc_time *tm);

// Writes "2026-11-21T15:04:05" (ISO 8601, Linux's %ptR).
#define RTC_TIME_TEXT 20
void rtc_time_format(const struct rtc_time *tm, char buf[RTC_TIME_TEXT]);
