// SPDX-License-Identifier: MIT
// The PC: which devices it has, and the ways to end.
//
// Manual: Intel 82371AB (PIIX4), 7.1.2 (PMBASE), 7.1.25 (PMREGMISC), 7.2.3 (PMCNTRL); 82371SB
// (PIIX3), 2.3.9 (reset control); the 8042's command 0xfe.

#include <arch/cpu.h>
#include <asm/io.h>
#include <asm/processor.h>
#include <boot/x86/acpi.h>
#include <boot/x86/pc.h>
#include <drivers/irqchip/i8259.h>
#include <drivers/rtc/cmos.h>
#include <drivers/timer/hpet.h>
#include <drivers/timer/pit.h>
#include <drivers/uart/ns16550.h>
#include <kernel/cmdline.h>
#include <kernel/machine.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/fixmap.h>

void machine_init_irqchip(void)
{
	i8259_init(IRQ_BASE);
}

// The HPET, where ACPI names one that works.
static bool find_hpet(void)
{
	if (pc_acpi.broken)
		pr_warn("ACPI: a table is damaged, going on without it\n");
	if (pc_acpi.hpet == 0)
		return false;
	if (hpet_init(early_ioremap(pc_acpi.hpet, HPET_SIZE)) == 0)
		return true;
	pr_warn("hpet: what is at %#010x is no HPET that this kernel can use\n", pc_acpi.hpet);
	return false;
}

// Either makes the tick, on the same interrupt; the HPET where there is a choice: its counter is finer,
// and one access reads it.
void machine_init_timer(void)
{
	const bool have_hpet = find_hpet();
	const char *wanted = kernel_params.timer;
	bool hpet = have_hpet;

	if (wanted && strcmp(wanted, "pit") == 0)
		hpet = false;
	else if (wanted && (strcmp(wanted, "hpet") != 0 || !have_hpet))
		pr_warn("timer=%s: there is none; there are: pit%s\n", wanted,
			have_hpet ? " hpet" : "");
	if (hpet && hpet_start_tick(PC_PIT_IRQ) == 0)
		return;
	pit_init(PC_PIT_IRQ);
}

void machine_init_console(void)
{
	if (ns16550_enable_input(PC_COM1_IRQ) != 0)
		pr_err("console: no 16550 UART at COM1, so no input\n");
}

void machine_init_rtc(void)
{
	if (cmos_rtc_init(pc_acpi.century) != 0)
		pr_warn("rtc: nothing answers at the CMOS clock's ports, so there is no time of "
			"day\n");
}

// ---- PCI configuration, as far as the power switch needs it ---------------------------------------

#define PCI_CONFIG_ADDRESS 0xcf8
#define PCI_CONFIG_DATA    0xcfc
#define PCI_CONFIG_ENABLE  0x80000000U
#define PCI_ID             0x00

static u32 pci_config_read(u32 device, u32 function, u32 reg)
{
	outl(PCI_CONFIG_ENABLE | device << 11 | function << 8 | reg, PCI_CONFIG_ADDRESS);
	return inl(PCI_CONFIG_DATA);
}

// ---- Power --------------------------------------------------------------------------------------

// Function 3 of the PIIX4, on QEMU's pc always device 1.
#define PIIX4_DEVICE       1
#define PIIX4_PM_FUNCTION  3
#define PIIX4_PM_ID        0x71138086U
#define PIIX4_PMBASE       0x40
#define PIIX4_PMBASE_MASK  0xffc0
#define PIIX4_PMREGMISC    0x80
#define PIIX4_PMIOSE       0x01 // the registers at PMBASE answer
#define PIIX4_PMCNTRL      0x04 // from PMBASE: 0x604 on QEMU
#define PIIX4_SUS_EN       0x2000
#define PIIX4_SUS_SOFT_OFF 0 // SUS_TYP, bits 12:10

// Returns if there is no such chip.
static void power_off_piix4(void)
{
	u32 base;

	if (pci_config_read(PIIX4_DEVICE, PIIX4_PM_FUNCTION, PCI_ID) != PIIX4_PM_ID)
		return;
	if (!(pci_config_read(PIIX4_DEVICE, PIIX4_PM_FUNCTION, PIIX4_PMREGMISC) & PIIX4_PMIOSE))
		return;
	base = pci_config_read(PIIX4_DEVICE, PIIX4_PM_FUNCTION, PIIX4_PMBASE) & PIIX4_PMBASE_MASK;
	outw(PIIX4_SUS_EN | PIIX4_SUS_SOFT_OFF, base + PIIX4_PMCNTRL);
}

__noreturn void machine_power_off(void)
{
	local_irq_disable();
	power_off_piix4();
	cpu_halt();
}

__noreturn void machine_exit(int status)
{
	local_irq_disable();
	outl(PC_DEBUG_EXIT_VAL(status), PC_DEBUG_EXIT);
	machine_power_off();
}

// ---- Restart ------------------------------------------------------------------------------------

#define KBC_STATUS     0x64
#define KBC_COMMAND    0x64
#define KBC_INPUT_FULL 0x02
#define KBC_RESET      0xfe
#define KBC_TRIES      100000
#define RESET_CONTROL  0xcf9
#define RESET_HARD     0x02
#define RESET_CPU      0x04 // on its rising edge

__noreturn void machine_restart(void)
{
	local_irq_disable();
	for (int i = 0; i < KBC_TRIES && (inb(KBC_STATUS) & KBC_INPUT_FULL); i++)
		cpu_relax();
	outb(KBC_RESET, KBC_COMMAND);
	outb(RESET_HARD, RESET_CONTROL);
	outb(RESET_HARD | RESET_CPU, RESET_CONTROL);
	cpu_halt();
}
