// SPDX-License-Identifier: MIT
// The CMOS clock's registers, in all the ways that a BIOS may have left them.

#include <abi/errno.h>
#include <drivers/rtc/cmos.h>
#include <kernel/ktest.h>
#include <lib/util.h>

SUITE("arch_x86_cmos");

#define BINARY  0x04
#define HOURS24 0x02

static time64_t seconds_of(struct cmos_clock clock)
{
	struct rtc_time tm;

	return cmos_decode(&clock, &tm) == 0 ? rtc_tm_to_time64(&tm) : -1;
}

TEST("S254 BCD and binary, 12 and 24 hours say the same time")
{
	const time64_t want = mktime64(2026, 11, 21, 15, 4, 59);

	EXPECT_EQ(seconds_of((struct cmos_clock){ 0x59, 0x04, 0x15, 0x21, 0x11, 0x26, 0x20, true,
						  HOURS24 }),
		  want);
	EXPECT_EQ(seconds_of(
			  (struct cmos_clock){ 59, 4, 15, 21, 11, 26, 20, true, HOURS24 | BINARY }),
		  want);
	EXPECT_EQ(seconds_of(
			  (struct cmos_clock){ 0x59, 0x04, 0x83, 0x21, 0x11, 0x26, 0x20, true, 0 }),
		  want);
	EXPECT_EQ(seconds_of((struct cmos_clock){ 59, 4, 0x83, 21, 11, 26, 20, true, BINARY }),
		  want);
}

TEST("with 12 hours, 12 AM is midnight and 12 PM is noon; hours 0 and 13 do not exist")
{
	static const struct {
		u8 reg;
		int hour;
	} hours[] = { { 0x12, 0 },  { 0x01, 1 },  { 0x11, 11 }, { 0x92, 12 },
		      { 0x81, 13 }, { 0x91, 23 }, { 0x00, -1 }, { 0x13, -1 },
		      { 0x80, -1 }, { 0x93, -1 }, { 0x0a, -1 } };

	for (int i = 0; i < ARRAY_SIZE(hours); i++) {
		const struct cmos_clock clock = { .hour = hours[i].reg, .day = 1, .month = 1 };
		const time64_t want =
			hours[i].hour < 0 ? -1 : mktime64(2000, 1, 1, hours[i].hour, 0, 0);

		EXPECT_EQ(seconds_of(clock), want);
	}
}

TEST("without a century, years to 69 are 20xx; with one, it counts")
{
	struct cmos_clock clock = { .day = 1, .month = 1, .year = 0x69, .status_b = HOURS24 };

	EXPECT_EQ(seconds_of(clock), mktime64(2069, 1, 1, 0, 0, 0));
	clock.year = 0x70;
	EXPECT_EQ(seconds_of(clock), mktime64(1970, 1, 1, 0, 0, 0));
	clock.has_century = true;
	clock.century = 0x20;
	EXPECT_EQ(seconds_of(clock), mktime64(2070, 1, 1, 0, 0, 0));
	clock.century = 0x19;
	EXPECT_EQ(seconds_of(clock), mktime64(1970, 1, 1, 0, 0, 0));
	clock.century = 0x18;
	EXPECT_EQ(seconds_of(clock), -1);
}

TEST("registers that hold no number, or no date, are no time")
{
	static const struct cmos_clock good = { 0x59, 0x59, 0x23, 0x28,   0x02,
						0x26, 0x20, true, HOURS24 };
	struct cmos_clock wrong;

	EXPECT_EQ(seconds_of(good), mktime64(2026, 2, 28, 23, 59, 59));
	for (int i = 0; i < 7; i++) {
		wrong = good;
		(&wrong.second)[i] = 0x1a; // no BCD
		EXPECT_EQ(seconds_of(wrong), -1);
		wrong = good;
		wrong.status_b |= BINARY;
		(&wrong.second)[i] = 0xff; // beyond 99
		EXPECT_EQ(seconds_of(wrong), -1);
	}
	wrong = good;
	wrong.day = 0x29; // 2026 is no leap year
	EXPECT_EQ(seconds_of(wrong), -1);
	wrong = good;
	wrong.month = 0;
	EXPECT_EQ(seconds_of(wrong), -1);
	wrong = good;
	wrong.hour = 0x24;
	EXPECT_EQ(seconds_of(wrong), -1);
}
