// SPDX-License-Identifier: MIT
// The PL031 real-time clock (PrimeCell Real Time Clock PL031 TRM, ARM DDI 0224): read only, never set.
//
// Linux: drivers/rtc/rtc-pl031.c.

#include <arch/io.h>
#include <drivers/device.h>
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

static const struct rtc_device rtc = { "rtc-pl031", pl031_read_time };

static int pl031_probe(struct device *dev)
{
	pl031.regs = devm_ioremap_resource(dev, device_get_resource(dev, IORESOURCE_MEM, 0));
	if (IS_ERR(pl031.regs))
		return PTR_ERR(pl031.regs);
	if (!(readl(pl031.regs + RTCCR) & RTCCR_START))
		writel(RTCCR_START, pl031.regs + RTCCR);
	rtc_register(&rtc);
	return 0;
}

static void pl031_remove(struct device *dev)
{
	rtc_unregister(&rtc);
}

static const char *const names[] = { "arm,pl031", NULL };

struct device_driver pl031_driver = {
	.name = "rtc-pl031", .compatible = names, .probe = pl031_probe, .remove = pl031_remove
};
