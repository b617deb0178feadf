// SPDX-License-Identifier: MIT
// The PC's real-time clock. The kernel reads it and never sets it. Once a second its registers change,
// one after the other. They are in BCD or binary, with 12 or 24 hours, as the BIOS has set it up.
//
// Locks: cmos.lock, for each pair of accesses to the index port and the data port.
// Manual: Motorola MC146818A: address map, registers A, B and D, update cycle. ACPI's FADT says which
// register holds the century.
// Linux: drivers/rtc/rtc-mc146818-lib.c.

#include <abi/errno.h>
#include <asm/io.h>
#include <drivers/device.h>
#include <drivers/rtc/cmos.h>
#include <kernel/rtc.h>
#include <kernel/spinlock.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <lib/util.h>

// Ports, from the base.
#define CMOS_INDEX 0 // bit 7 would mask the NMI
#define CMOS_DATA  1

#define RTC_SECONDS 0x00
#define RTC_MINUTES 0x02
#define RTC_HOURS   0x04
#define RTC_DAY     0x07
#define RTC_MONTH   0x08
#define RTC_YEAR    0x09
#define RTC_REG_A   0x0a
#define RTC_REG_B   0x0b
#define RTC_REG_D   0x0d

#define REG_A_UIP 0x80 // update in progress, or it starts within 244 us
#define REG_B_24H 0x02
#define REG_B_DM  0x04 // binary
#define REG_D_VRT 0x80 // the battery is good; the other bits are 0
#define HOURS_PM  0x80

// UIP is set for 1984 + 244 us at most.
#define TRY_US 20
#define TRIES  (2 * 2228 / TRY_US)

static struct {
	struct spinlock lock;
	u16 base;
	u8 century; // the register's number, or 0: none
} cmos;

static u8 cmos_read(u8 reg)
{
	outb(reg, cmos.base + CMOS_INDEX);
	return inb(cmos.base + CMOS_DATA);
}

// False: the registers are changing.
static bool read_clock(struct cmos_clock *clock)
{
	if (cmos_read(RTC_REG_A) & REG_A_UIP)
		return false;
	*clock = (struct cmos_clock){
		.second = cmos_read(RTC_SECONDS),
		.minute = cmos_read(RTC_MINUTES),
		.hour = cmos_read(RTC_HOURS),
		.day = cmos_read(RTC_DAY),
		.month = cmos_read(RTC_MONTH),
		.year = cmos_read(RTC_YEAR),
		.century = cmos.century ? cmos_read(cmos.century) : 0,
		.has_century = cmos.century != 0,
		.status_b = cmos_read(RTC_REG_B),
	};
	// Checks again: the machine may have been stopped for longer than UIP's 244 us.
	return !(cmos_read(RTC_REG_A) & REG_A_UIP) && cmos_read(RTC_SECONDS) == clock->second;
}

// A number from 0 to 99, or -1.
static int cmos_number(u8 reg, u8 status_b)
{
	if (status_b & REG_B_DM)
		return reg <= 99 ? reg : -1;
	return (reg & 0xf) <= 9 && reg >> 4 <= 9 ? (reg >> 4) * 10 + (reg & 0xf) : -1;
}

// 12 AM is midnight and 12 PM is noon.
static int hour_of_day(u8 reg, u8 status_b)
{
	int hour;

	if (status_b & REG_B_24H)
		return cmos_number(reg, status_b);
	hour = cmos_number(reg & (u8)~HOURS_PM, status_b);
	return hour < 1 || hour > 12 ? -1 : hour % 12 + (reg & HOURS_PM ? 12 : 0);
}

int cmos_decode(const struct cmos_clock *c, struct rtc_time *tm)
{
	const int year = cmos_number(c->year, c->status_b),
		  century = cmos_number(c->century, c->status_b);

	if (year < 0 || (c->has_century && century < 0))
		return -EINVAL;
	*tm = (struct rtc_time){
		.tm_sec = cmos_number(c->second, c->status_b),
		.tm_min = cmos_number(c->minute, c->status_b),
		.tm_hour = hour_of_day(c->hour, c->status_b),
		.tm_mday = cmos_number(c->day, c->status_b),
		.tm_mon = cmos_number(c->month, c->status_b) - 1,
		.tm_year =
			c->has_century ? century * 100 + year - 1900 : year + (year < 70 ? 100 : 0),
	};
	return rtc_valid_tm(tm);
}

static int cmos_read_time(const struct rtc_device *rtc, time64_t *seconds)
{
	struct cmos_clock clock;
	struct rtc_time tm;

	for (int i = 0; i < TRIES; i++) {
		unsigned long flags = spin_lock_irqsave(&cmos.lock);
		const bool whole = read_clock(&clock);

		spin_unlock_irqrestore(&cmos.lock, flags);
		if (whole) {
			int err = cmos_decode(&clock, &tm);

			if (!err)
				*seconds = rtc_tm_to_time64(&tm);
			return err;
		}
		udelay(TRY_US);
	}
	return -EIO;
}

static const struct rtc_device rtc = { "rtc_cmos", cmos_read_time };

static int cmos_probe(struct device *dev)
{
	const struct resource *res = device_get_resource(dev, IORESOURCE_IO, 0);
	const u8 *century = dev->platform_data;

	if (!res)
		return -EINVAL;
	if (!devm_request_region(dev, res->start, resource_size(res), dev->driver->name))
		return -EBUSY;
	cmos.base = (u16)res->start;
	// A port without a device reads as all ones; in the real register these bits are 0.
	if (cmos_read(RTC_REG_D) & (u8)~REG_D_VRT)
		return -ENODEV;
	cmos.century = century ? *century : 0;
	rtc_register(&rtc);
	return 0;
}

static void cmos_remove(struct device *dev)
{
	rtc_unregister(&rtc);
}

static const char *const names[] = { "motorola,mc146818", NULL };

struct device_driver cmos_rtc_driver = { .name = "rtc_cmos",
					 .compatible = names,
					 .probe = cmos_probe,
					 .remove = cmos_remove,
					 .single = true };
