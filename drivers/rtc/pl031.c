// SPDX-License-Identifier: MIT
// The PL031 real-time clock (PrimeCell Real Time Clock PL031 TRM, ARM DDI 0224): read only, never set.
//
// Linux: drivers/rtc/rtc-pl031.c.

#include <arch/io.h>
#include <drivers/rtc/pl031.h>
#include <kernel/rtc.h>
#include <lib/util.h>

// Registers (3.2).
#define RTCDR 0x000 // seconds
#define RTCCR 0x00c

#define RTCCR_START BIT(0)

static struct {
	void __iomem *regs;
} pl031;

static int pl031_read_time(time64_t *seconds)
{
	*seconds = readl(pl031.regs + RTCDR); // one register: no update can come in between
	return 0;
}

void pl031_init(void __iomem *regs)
{
	static const struct rtc_device rtc = { "rtc-pl031", pl031_read_time };

	pl031.regs = regs;
	if (!(readl(regs + RTCCR) & RTCCR_START))
		writel(RTCCR_START, regs + RTCCR);
	rtc_register(&rtc);
}
