// SPDX-License-Identifier: MIT
// The system registers of a Versatile Express motherboard, which switch it off and restart it.
//
// Linux: drivers/bus/vexpress-config.c, drivers/power/reset/vexpress-poweroff.c.

#include <boot/arm/early.h>
#include <drivers/device.h>
#include <lib/err.h>

static void forget_sysreg(void *unused)
{
	exit_set_sysreg(NULL);
}

static int sysreg_probe(struct device *dev)
{
	void __iomem *regs =
		devm_ioremap_resource(dev, device_get_resource(dev, IORESOURCE_MEM, 0));
	int err;

	if (IS_ERR(regs))
		return PTR_ERR(regs);
	err = devm_add_action(dev, forget_sysreg, NULL);
	if (!err)
		exit_set_sysreg(regs);
	return err;
}

static const char *const names[] = { "arm,vexpress-sysreg", NULL };

struct device_driver sysreg_driver = {
	.name = "vexpress-sysreg", .compatible = names, .probe = sysreg_probe, .single = true
};
