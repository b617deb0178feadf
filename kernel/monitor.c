// SPDX-License-Identifier: MIT
// The kernel monitor: looks at the kernel from inside, and breaks it on purpose.

#include <drivers/device.h>
#include <drivers/pci.h>
#include <kernel/console.h>
#include <kernel/crash.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/machine.h>
#include <kernel/monitor.h>
#include <kernel/printk.h>
#include <kernel/proc.h>
#include <kernel/rtc.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/bootlog.h>
#include <mm/layout.h>
#include <mm/page_show.h>
#include <mm/pgdump.h>
#include <mm/procinfo.h>

static void print_line(const char *text, void *arg)
{
	console_write(text, strlen(text));
	console_write("\n", 1);
}

// All numbers at the monitor are hexadecimal, with or without 0x: they are addresses, or parts of them.
// False, after a line that says so: arg is none.
static bool read_number(const char *command, const char *arg, const char *what,
			unsigned long *number)
{
	u64 value;

	if (parse_u64(arg, 16, &value) == 0 && value <= ~0UL) {
		*number = (unsigned long)value;
		return true;
	}
	cprintf("%s: \"%s\" is no %s (up to 8 hexadecimal digits)\n", command, arg, what);
	return false;
}

static void cmd_dmesg(const char *arg)
{
	dmesg(0, print_line, NULL);
}

static void cmd_layout(const char *arg)
{
	layout_show(print_line, NULL);
}

static void cmd_pt(const char *arg)
{
	unsigned long va;

	if (!*arg)
		pt_show_runs(kernel_root, print_line, NULL);
	else if (read_number("pt", arg, "address", &va))
		pt_show_walk(kernel_root, va, print_line, NULL);
}

static void cmd_mem(const char *arg)
{
	iomem_show(print_line, NULL);
	bootlog_zones(print_line, NULL);
}

static void cmd_cat(const char *arg)
{
	const struct proc_file *file = proc_find(arg);

	if (file) {
		file->show(print_line, NULL);
		return;
	}
	cprintf(*arg ? "cat: \"%s\" is no file; there are:" : "cat: which file? There are:", arg);
	for (file = proc_files; file->name; file++)
		cprintf(" %s", file->name);
	cprintf("\n");
}

static void cmd_page(const char *arg)
{
	unsigned long pfn;

	if (read_number("page", arg, "page frame number", &pfn))
		page_show(pfn, print_line, NULL);
}

static void cmd_owner(const char *arg)
{
	unsigned long va;

	if (read_number("owner", arg, "address", &va))
		owner_show(va, print_line, NULL);
}

static void cmd_explain(const char *arg)
{
	unsigned long va;

	if (read_number("explain", arg, "address", &va))
		address_explain(va, print_line, NULL);
}

static void cmd_irq(const char *arg)
{
	irq_show(print_line, NULL);
	cprintf("%lu ticks at %d Hz\n", READ_ONCE(jiffies), HZ);
	cprintf("%u characters of input lost\n", console_dropped());
}

static void cmd_date(const char *arg)
{
	rtc_show(print_line, NULL);
}

static void cmd_ps(const char *arg)
{
	threads_show(print_line, NULL);
}

static void cmd_devices(const char *arg)
{
	devices_show(print_line, NULL);
}

static void cmd_pci(const char *arg)
{
	pci_show(print_line, NULL);
}

static void cmd_test(const char *arg)
{
	ktest_run(*arg ? arg : "*");
}

static void cmd_crash(const char *arg)
{
	crash(arg);
}

static void cmd_reboot(const char *arg)
{
	machine_restart();
}

static void cmd_off(const char *arg)
{
	machine_power_off();
}

static void cmd_help(const char *arg);

static const struct command {
	const char *name, *usage, *what;
	void (*run)(const char *arg);
} commands[] = {
	{ "help", "", "this list", cmd_help },
	{ "dmesg", "", "the kernel log", cmd_dmesg },
	{ "layout", "", "the virtual kernel memory layout", cmd_layout },
	{ "pt", "[ADDR]", "walk the page tables to ADDR; or list all mappings", cmd_pt },
	{ "mem", "", "RAM, what is reserved of it, and zones", cmd_mem },
	{ "cat", "FILE", "a file as in /proc (without FILE: list them)", cmd_cat },
	{ "page", "PFN", "the struct page of a frame", cmd_page },
	{ "owner", "ADDR", "who took the memory at ADDR (debug builds)", cmd_owner },
	{ "explain", "ADDR", "what kind of address that is, and what is there", cmd_explain },
	{ "irq", "", "interrupts and ticks", cmd_irq },
	{ "devices", "", "devices, their drivers, registers and interrupts", cmd_devices },
	{ "date", "", "the time of day", cmd_date },
	{ "ps", "", "threads: state, priority, where each sleeps", cmd_ps },
	{ "pci", "", "the devices on the PCI bus", cmd_pci },
	{ "test", "[GLOB]", "run the tests whose name matches", cmd_test },
	{ "crash", "KIND", "crash on purpose (without KIND: list them)", cmd_crash },
	{ "reboot", "", "restart the machine", cmd_reboot },
	{ "off", "", "switch the machine off", cmd_off },
};

static void cmd_help(const char *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		cprintf("  %-7s %-7s %s\n", commands[i].name, commands[i].usage, commands[i].what);
	cprintf("ADDR and PFN are hexadecimal.\n");
}

// Splits "name argument" in place; blanks around both are dropped.
static char *split(char **line)
{
	char *name, *end;

	while (**line == ' ')
		++*line;
	name = *line;
	while (**line && **line != ' ')
		++*line;
	if (**line)
		*(*line)++ = '\0';
	while (**line == ' ')
		++*line;
	for (end = *line + strlen(*line); end > *line && end[-1] == ' ';)
		*--end = '\0';
	return name;
}

// NULL: there is none.
static const struct command *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void run_line(char *line)
{
	const char *name = split(&line);
	const struct command *command = find(name);

	if (!*name)
		return;
	if (!command)
		cprintf("%s: no such command; try help\n", name);
	else if (*line && !*command->usage)
		cprintf("%s: takes no argument\n", name);
	else
		command->run(line);
}

void monitor_run(void)
{
	char line[128];

	cprintf("\nk896 monitor: help lists the commands; off leaves (so does Ctrl-A X)\n");
	for (;;) {
		line_read("k896> ", line, sizeof(line), NULL);
		run_line(line);
	}
}
