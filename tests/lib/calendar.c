// SPDX-License-Identifier: MIT
// The calendar: leap years, borders, and what is no date.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/calendar.h>
#include <lib/string.h>
#include <lib/util.h>

SUITE("calendar");

static const char *text_of(time64_t seconds)
{
	static char text[RTC_TIME_TEXT];
	struct rtc_time tm;

	rtc_time64_to_tm(seconds, &tm);
	EXPECT_EQ(rtc_valid_tm(&tm), 0);
	rtc_time_format(&tm, text);
	return text;
}

TEST("known moments have the seconds and the texts that every other system gives them")
{
	static const struct {
		time64_t seconds;
		const char *text;
	} known[] = {
		{ 0, "1970-01-01T00:00:00" },
		{ 86399, "1970-01-01T23:59:59" },
		{ 68169599, "1972-02-28T23:59:59" },
		{ 951782400, "2000-02-29T00:00:00" }, // a leap year: 400 divides it
		{ 951868800, "2000-03-01T00:00:00" },
		{ 1000000000, "2001-09-09T01:46:40" },
		{ 2147483648, "2038-01-19T03:14:08" }, // one more than 31 bits
		{ 4107542399, "2100-02-28T23:59:59" },
		{ 4107542400, "2100-03-01T00:00:00" }, // no leap year: 100 divides it
		{ 4294967296, "2106-02-07T06:28:16" }, // one more than 32 bits
		{ 253402300799, "9999-12-31T23:59:59" },
	};

	for (int i = 0; i < ARRAY_SIZE(known); i++)
		EXPECT_STREQ(text_of(known[i].seconds), known[i].text);
	EXPECT_EQ(mktime64(2026, 11, 21, 15, 4, 5), 1795273445);
	EXPECT_EQ(mktime64(2000, 2, 29, 0, 0, 0), 951782400);
	EXPECT_EQ(mktime64(2100, 3, 1, 0, 0, 0), 4107542400);
	EXPECT_EQ(mktime64(1970, 1, 1, 0, 0, 0), 0);
}

TEST("each day from 1970 to 2401 follows the one before, by the rules of leap years alone")
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct rtc_time want = { .tm_hour = 12, .tm_mday = 1, .tm_year = 70 }, got;
	time64_t noon = 12 * 3600;

	for (; want.tm_year < 2401 - 1900; noon += 86400) {
		const int year = want.tm_year + 1900;
		const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		rtc_time64_to_tm(noon, &got);
		ASSERT_EQ(memcmp(&got, &want, sizeof(got)), 0);
		ASSERT_EQ(rtc_tm_to_time64(&got), noon);
		if (++want.tm_mday <= days[want.tm_mon] + (want.tm_mon == 1 && leap))
			continue;
		want.tm_mday = 1;
		if (++want.tm_mon == 12) {
			want.tm_mon = 0;
			want.tm_year++;
		}
	}
}

TEST("seconds before 1970 and after 9999 stop at the ends of the calendar")
{
	EXPECT_STREQ(text_of(-1), "1970-01-01T00:00:00");
	EXPECT_STREQ(text_of((time64_t)1 << 63), "1970-01-01T00:00:00");
	EXPECT_STREQ(text_of(253402300800), "9999-12-31T23:59:59");
	EXPECT_STREQ(text_of(~((time64_t)1 << 63)), "9999-12-31T23:59:59");
}

TEST("what is no date or no time of day is refused")
{
	static const struct rtc_time wrong[] = {
		{ .tm_mday = 0, .tm_year = 100 },
		{ .tm_mday = 32, .tm_year = 100 },
		{ .tm_mday = 29, .tm_mon = 1, .tm_year = 101 },
		{ .tm_mday = 29, .tm_mon = 1, .tm_year = 200 }, // 2100
		{ .tm_mday = 30, .tm_mon = 1, .tm_year = 100 },
		{ .tm_mday = 31, .tm_mon = 3, .tm_year = 100 },
		{ .tm_mday = 1, .tm_mon = -1, .tm_year = 100 },
		{ .tm_mday = 1, .tm_mon = 12, .tm_year = 100 },
		{ .tm_mday = 1, .tm_year = 69 },
		{ .tm_mday = 1, .tm_year = 8100 },
		{ .tm_mday = 1, .tm_year = 100, .tm_hour = 24 },
		{ .tm_mday = 1, .tm_year = 100, .tm_hour = -1 },
		{ .tm_mday = 1, .tm_year = 100, .tm_min = 60 },
		{ .tm_mday = 1, .tm_year = 100, .tm_min = -1 },
		{ .tm_mday = 1, .tm_year = 100, .tm_sec = 60 },
		{ .tm_mday = 1, .tm_year = 100, .tm_sec = -1 },
	};
	static const struct rtc_time leap = { .tm_mday = 29, .tm_mon = 1, .tm_year = 100 };

	for (int i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_EQ(rtc_valid_tm(&wrong[i]), -EINVAL);
	EXPECT_EQ(rtc_valid_tm(&leap), 0);
}
