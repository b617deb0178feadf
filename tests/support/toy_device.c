// SPDX-License-Identifier: MIT
// Devices at addresses that nobody has, and that nothing touches.

#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/string.h>

#include "hole.h"
#include "toy_device.h"

const char *const toy_names[] = { "test,other", "test,device", NULL };

char trace[128];

// Looked for once: what has addresses here has them for good.
phys_addr_t regs_at(void)
{
	static phys_addr_t pa;

	if (pa == 0)
		pa = hole(REGS_SIZE * 128);
	return pa;
}

struct device *new_device(const char *name, unsigned int index)
{
	const phys_addr_t at = regs_at() + index * REGS_SIZE;
	const struct resource res[] = { DEFINE_RES_MEM(at, REGS_SIZE), DEFINE_RES_IRQ(TEST_IRQ) };
	struct device *dev = device_alloc(name, res, ARRAY_SIZE(res));

	if (dev) {
		dev->compatible = "test,first\0test,device";
		dev->compatible_size = sizeof("test,first\0test,device");
	}
	return dev;
}

struct device *lone_device(void)
{
	struct device *dev = new_device("devres.0", 0);

	if (dev && device_register(dev) != 0) {
		device_free(dev);
		dev = NULL;
	}
	trace[0] = '\0';
	return dev;
}

void remove_device(struct device *dev)
{
	device_unregister(dev);
	device_free(dev);
}

void note(const char *what)
{
	const size_t n = strlen(trace);

	snprintf(trace + n, sizeof(trace) - n, "%s%s", n ? " " : "", what);
}

void note_action(void *data)
{
	note(data);
}

irqreturn_t no_handler(int irq, void *dev)
{
	return IRQ_NONE;
}
