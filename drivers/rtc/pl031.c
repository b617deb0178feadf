// SPDX-License-Identifier: MIT
// The PL031 real-time clock (PrimeCell Real Time Clock PL031 TRM, ARM DDI 0224). Read, never set.
//
// Linux: drivers/rtc/rtc-pl031.c.

#include <abi/errno.h>
#include <arch/io.h>
#include <drivers/device.h>
#include <drivers/rtc/pl031.h>
#include <kernel/rtc.h>
#include <lib/util.h>

// Registers (3.2).
#define RTCDR 0x000 // seconds
#define RTCCR 0x00c

#define RTCCR_START BIT(0)

struct pl031 {
	struct rtc_device rtc;
	void __iomem *regs;
};

static int pl031_read_time(const struct rtc_device *rtc, time64_t *seconds)
{
	// One read gives the whole time, so no update can come in between.
	*seconds = readl(container_of(rtc, struct pl031, rtc)->regs + RTCDR);
	return 0;
}

static int pl031_probe(struct device *dev)
{
	struct pl031 *pl031 = devm_kzalloc(dev, sizeof(*pl031), GFP_KERNEL);

	if (!pl031)
		return -ENOMEM;
	pl031->regs = devm_ioremap_resource(dev, device_get_resource(dev, IORESOURCE_MEM, 0));
	if (IS_ERR(pl031->regs))
		return PTR_ERR(pl031->regs);
	if (!(readl(pl031->regs + RTCCR) & RTCCR_START))
		writel(RTCCR_START, pl031->regs + RTCCR);
	pl031->rtc = (struct rtc_device){ "rtc-pl031", pl031_read_time };
	dev_set_drvdata(dev, pl031);
	rtc_register(&pl031->rtc);
	return 0;
}

static void pl031_remove(struct device *dev)
{
	const struct pl031 *pl031 = dev_get_drvdata(dev);

	rtc_unregister(&pl031->rtc);
}

static const char *const names[] = { "arm,pl031", NULL };

struct device_driver pl031_driver = {
	.name = "rtc-pl031", .compatible = names, .probe = pl031_probe, .remove = pl031_remove
};
