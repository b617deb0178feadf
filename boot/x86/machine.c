// SPDX-License-Identifier: MIT
// The PC: its devices, and the ways to end it.
//
// Manual: ACPI Specification 6.4, 4.8.3.2 (PM1 control); Intel 82371SB (PIIX3), 2.3.9 (reset control); the
// 8042's command 0xfe.

#include <arch/cpu.h>
#include <asm/io.h>
#include <boot/x86/acpi.h>
#include <boot/x86/pc.h>
#include <drivers/device.h>
#include <drivers/irqchip/i8259.h>
#include <drivers/rtc/cmos.h>
#include <drivers/timer/hpet.h>
#include <drivers/timer/pit.h>
#include <drivers/uart/ns16550.h>
#include <kernel/cmdline.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <lib/string.h>

// ---- Devices ------------------------------------------------------------------------------------

// The devices that every PC has. Others (the HPET) are added with the address that the firmware reports.
static const struct pc_device {
	const char *name, *compatible;
	struct resource res[3];
	int count;
} devices[] = {
	{ "pic",
	  "intel,8259",
	  { DEFINE_RES_IO(PC_PIC_MASTER, PC_PIC_PORTS), DEFINE_RES_IO(PC_PIC_SLAVE, PC_PIC_PORTS),
	    DEFINE_RES_IO(PC_PIC_LEVELS, PC_PIC_PORTS) },
	  3 },
	{ "timer0",
	  "intel,8254",
	  { DEFINE_RES_IO(PC_PIT, PC_PIT_PORTS), DEFINE_RES_IRQ(PC_PIT_IRQ) },
	  2 },
	{ "rtc0", "motorola,mc146818", { DEFINE_RES_IO(PC_CMOS, PC_CMOS_PORTS) }, 1 },
	{ "serial0",
	  "ns16550a",
	  { DEFINE_RES_IO(PC_COM1, PC_COM_PORTS), DEFINE_RES_IRQ(PC_COM1_IRQ) },
	  2 },
};

// Areas in every PC's physical memory for which there is no driver.
static struct resource areas[] = {
	{ .start = PC_VIDEO_START, .end = PC_ROM_START - 1, .name = "Video RAM" },
	{ .start = PC_ROM_START, .end = PC_BIOS_START - 1, .name = "Expansion ROM" },
	{ .start = PC_BIOS_START, .end = PC_BIOS_END - 1, .name = "System ROM" },
	{ .start = PC_IOAPIC, .end = PC_IOAPIC + PC_IOAPIC_SIZE - 1, .name = "IOAPIC 0" },
	{ .start = PC_LOCAL_APIC,
	  .end = PC_LOCAL_APIC + PC_LOCAL_APIC_SIZE - 1,
	  .name = "Local APIC" },
};

static void add_areas(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(areas); i++) {
		areas[i].flags = IORESOURCE_MEM;
		if (insert_resource(&iomem_resource, &areas[i]) != 0)
			pr_warn("iomem: the firmware has something else in place of %s\n",
				areas[i].name);
	}
}

// Registers the driver, and a device for it. Returns whether it works.
static bool start_driver(struct device_driver *drv, const struct pc_device *pc,
			 const void *platform_data)
{
	struct device *dev = device_alloc(pc->name, pc->res, pc->count);

	driver_register(drv);
	if (!dev)
		return false;
	dev->compatible = pc->compatible;
	dev->compatible_size = strlen(pc->compatible) + 1;
	dev->platform_data = platform_data;
	if (device_register(dev) == 0)
		return dev->driver;
	device_free(dev);
	return false;
}

// The same with a device of the table.
static bool start_standard(struct device_driver *drv, const char *name, const void *platform_data)
{
	const struct pc_device *pc = devices;

	while (strcmp(pc->name, name) != 0)
		pc++;
	return start_driver(drv, pc, platform_data);
}

void machine_init_irqchip(void)
{
	add_areas();
	if (!start_standard(&i8259_driver, "pic", NULL))
		panic("no interrupt controller: the driver i8259 cannot start");
}

// Starts the HPET, if ACPI lists one that works. Returns whether it does.
static bool find_hpet(void)
{
	const struct pc_device hpet = { "HPET 0",
					"intel,hpet",
					{ DEFINE_RES_MEM(pc_acpi.hpet, HPET_SIZE),
					  DEFINE_RES_IRQ(PC_PIT_IRQ) },
					2 };

	if (pc_acpi.broken)
		pr_warn("ACPI: a table is damaged, going on without it\n");
	if (pc_acpi.hpet == 0)
		return false;
	if (start_driver(&hpet_driver, &hpet, NULL))
		return true;
	pr_warn("hpet: what is at %#010x is no HPET that this kernel can use\n", pc_acpi.hpet);
	return false;
}

// Either timer can make the tick, on the same interrupt. Prefers the HPET: its counter is finer, and one
// access reads it.
void machine_init_timer(void)
{
	const bool have_pit = start_standard(&pit_driver, "timer0", NULL);
	const bool have_hpet = find_hpet();
	const bool pit_wanted = kernel_params.timer && strcmp(kernel_params.timer, "pit") == 0;

	if (have_hpet && !pit_wanted && hpet_start_tick() == 0)
		return;
	if (!have_pit || pit_start_tick() != 0)
		panic("no timer: this PC has neither a HPET nor a PIT that counts");
}

void machine_init_console(void)
{
	if (!start_standard(&ns16550_driver, "serial0", NULL))
		pr_err("console: no 16550 UART at COM1, so no input\n");
}

void machine_init_rtc(void)
{
	if (!start_standard(&cmos_rtc_driver, "rtc0", &pc_acpi.century))
		pr_warn("rtc: nothing answers at the CMOS clock's ports, so there is no time of "
			"day\n");
}

// ---- Power --------------------------------------------------------------------------------------

// Power-off or reset happens some time after the write that requests it. So wait: reading a port is slow
// on a PC, and slower in an emulator.
static void give_it_time(void)
{
	for (int i = 0; i < 1000000; i++)
		inb(PC_KEYBOARD_STATUS);
}

// Switches off as ACPI's tables say. Returns if they do not say how, or if it has no effect.
static void power_off_acpi(void)
{
	if (!pc_acpi.has_s5)
		return;
	for (int i = 0; i < 2; i++)
		if (pc_acpi.s5_port[i])
			outw(pc_acpi.s5_value[i], pc_acpi.s5_port[i]);
	give_it_time();
}

__noreturn void machine_power_off(void)
{
	local_irq_disable();
	power_off_acpi();
	pr_emerg("This machine has no power switch that the kernel knows; halted (Ctrl-A X leaves "
		 "QEMU)\n");
	cpu_halt();
}

__noreturn void machine_exit(int status)
{
	local_irq_disable();
	outl(PC_DEBUG_EXIT_VAL(status), PC_DEBUG_EXIT);
	machine_power_off();
}

// ---- Restart ------------------------------------------------------------------------------------

#define KBC_INPUT_FULL 0x02
#define KBC_RESET      0xfe
#define KBC_TRIES      100000
#define RESET_HARD     0x02
#define RESET_CPU      0x04 // on its rising edge

__noreturn void machine_restart(void)
{
	local_irq_disable();
	for (int i = 0; i < KBC_TRIES && (inb(PC_KEYBOARD_STATUS) & KBC_INPUT_FULL); i++)
		cpu_relax();
	outb(KBC_RESET, PC_KEYBOARD_STATUS);
	outb(RESET_HARD, PC_RESET_CONTROL);
	outb(RESET_HARD | RESET_CPU, PC_RESET_CONTROL);
	give_it_time();
	pr_emerg("This machine cannot be restarted by the kernel; halted (Ctrl-A X leaves QEMU)\n");
	cpu_halt();
}
