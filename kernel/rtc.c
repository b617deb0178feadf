// SPDX-License-Identifier: MIT
// The time of day. Each call reads the machine's clock: the resolution is a second.
//
// Linux: drivers/rtc/interface.c, and hctosys.c, which sets the system's clock by it.

#include <abi/errno.h>
#include <kernel/printk.h>
#include <kernel/rtc.h>
#include <lib/format.h>

static struct {
	const struct rtc_device *device; // NULL: none
} rtc;

static void log_rtc_line(const char *text, void *arg)
{
	pr_info("rtc: %s\n", text);
}

void rtc_register(const struct rtc_device *device)
{
	if (rtc.device)
		return;
	rtc.device = device;
	rtc_show(log_rtc_line, NULL);
}

void rtc_unregister(const struct rtc_device *device)
{
	if (rtc.device == device)
		rtc.device = NULL;
}

int rtc_read_time(time64_t *seconds)
{
	const struct rtc_device *device = rtc.device;

	return device ? device->read_time(device, seconds) : -ENODEV;
}

void rtc_show(void (*line)(const char *text, void *arg), void *arg)
{
	char when[RTC_TIME_TEXT], text[64];
	struct rtc_time tm;
	time64_t seconds;
	const int err = rtc_read_time(&seconds);

	if (err) {
		snprintf(text, sizeof(text), "no time, %s: error %d",
			 rtc.device ? rtc.device->name : "no clock", err);
	} else {
		rtc_time64_to_tm(seconds, &tm);
		rtc_time_format(&tm, when);
		snprintf(text, sizeof(text), "%s UTC (%s)", when, rtc.device->name);
	}
	line(text, arg);
}
