// SPDX-License-Identifier: MIT
// The Gregorian calendar: a leap year every 4 years, but not every 100, but every 400.
//
// Linux: kernel/time/time.c (mktime64), drivers/rtc/lib.c.

#include <abi/errno.h>
#include <lib/calendar.h>
#include <lib/div64.h>
#include <lib/format.h>
#include <lib/util.h>

#define SECONDS_PER_DAY 86400

// Days of the year before each month, in a year without a leap day.
static const short days_before_month[] = { 0,   31,  59,  90,  120, 151, 181,
					   212, 243, 273, 304, 334, 365 };

static bool is_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// Days of the year before month mon: 0-12; 12 gives the length of the year.
static int day_of_year(int year, int mon)
{
	return days_before_month[mon] + (mon > 1 && is_leap_year(year));
}

// Days from 1970-01-01 to the first day of a year.
static int days_before_year(int year)
{
	const int past = year - 1, past_1970 = 1969;

	return 365 * (year - 1970) + (past / 4 - past_1970 / 4) - (past / 100 - past_1970 / 100) +
	       (past / 400 - past_1970 / 400);
}

time64_t mktime64(int year, int mon, int day, int hour, int min, int sec)
{
	const int days = days_before_year(year) + day_of_year(year, mon - 1) + day - 1;

	return (time64_t)days * SECONDS_PER_DAY + (hour * 60 + min) * 60 + sec;
}

int rtc_valid_tm(const struct rtc_time *tm)
{
	const int year = tm->tm_year + 1900;

	if (year < RTC_YEAR_FIRST || year > RTC_YEAR_LAST || tm->tm_mon < 0 || tm->tm_mon > 11)
		return -EINVAL;
	if (tm->tm_mday < 1 ||
	    tm->tm_mday > day_of_year(year, tm->tm_mon + 1) - day_of_year(year, tm->tm_mon))
		return -EINVAL;
	if (tm->tm_hour < 0 || tm->tm_hour > 23 || tm->tm_min < 0 || tm->tm_min > 59 ||
	    tm->tm_sec < 0 || tm->tm_sec > 59)
		return -EINVAL;
	return 0;
}

time64_t rtc_tm_to_time64(const struct rtc_time *tm)
{
	return mktime64(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min,
			tm->tm_sec);
}

void rtc_time64_to_tm(time64_t time, struct rtc_time *tm)
{
	const time64_t last = mktime64(RTC_YEAR_LAST, 12, 31, 23, 59, 59);
	u32 second;
	int day, year, mon = 0;

	time = min(max(time, (time64_t)0), last);
	day = (int)div_u64_rem(time, SECONDS_PER_DAY, &second);
	// A first guess that is never too late, because no year has more than 366 days.
	year = 1970 + day / 366;
	while (days_before_year(year + 1) <= day)
		year++;
	day -= days_before_year(year);
	while (day_of_year(year, mon + 1) <= day)
		mon++;
	*tm = (struct rtc_time){ .tm_sec = second % 60,
				 .tm_min = second / 60 % 60,
				 .tm_hour = second / 3600,
				 .tm_mday = day - day_of_year(year, mon) + 1,
				 .tm_mon = mon,
				 .tm_year = year - 1900 };
}

void rtc_time_format(const struct rtc_time *tm, char buf[RTC_TIME_TEXT])
{
	snprintf(buf, RTC_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", tm->tm_year + 1900,
		 tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec);
}
