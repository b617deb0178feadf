// SPDX-License-Identifier: MIT
// Commands that show the kernel's state, run tests, crash on purpose, and end the machine.

#include <drivers/device.h>
#include <drivers/pci.h>
#include <kernel/console.h>
#include <kernel/crash.h>
#include <kernel/irq.h>
#include <kernel/ktest.h>
#include <kernel/machine.h>
#include <kernel/proc.h>
#include <kernel/rtc.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <lib/seq_buf.h>
#include <mm/bootlog.h>
#include <mm/layout.h>
#include <mm/page_debug.h>
#include <mm/pgtable.h>
#include <mm/procinfo.h>

#include "monitor.h"

static void cmd_dmesg(char *arg)
{
	dmesg(0, monitor_line, NULL);
}

static void cmd_layout(char *arg)
{
	layout_show(monitor_line, NULL);
}

static const char rights_legend[] =
	"rights: r read, w write, x execute, u user mode too, g global (the same in every address "
	"space);\n"
	"then the kind of memory: - cached, w not cached, writes gathered, d device registers";

static void cmd_pt(char *arg)
{
	unsigned long va;

	if (!*arg) {
		pt_show_runs(kernel_root, monitor_line, NULL);
		say("%s", rights_legend);
	} else if (read_number("pt", arg, "an address", &va))
		pt_show_walk(kernel_root, va, monitor_line, NULL);
}

static void cmd_mem(char *arg)
{
	iomem_show(monitor_line, NULL);
	bootlog_zones(monitor_line, NULL);
}

static void list_files(const char *before)
{
	char text[200];
	struct seq_buf s;

	seq_buf_init(&s, text, sizeof(text));
	seq_buf_printf(&s, "%s", before);
	for (const struct proc_file *file = proc_files; file->name; file++)
		seq_buf_printf(&s, " %s", file->name);
	say("%s", text);
}

static void cmd_cat(char *arg)
{
	const struct proc_file *file = proc_find(arg);

	if (file) {
		file->show(monitor_line, NULL);
		return;
	}
	if (*arg)
		say("cat: there is no file \"%s\"", arg);
	list_files(*arg ? "there are:" : "cat: which file? There are:");
}

static const char *file_name(unsigned int n)
{
	return proc_files[n].name;
}

static void cmd_page(char *arg)
{
	unsigned long pfn;

	if (read_number("page", arg, "a page frame number", &pfn))
		page_show(pfn, monitor_line, NULL);
}

static void cmd_owner(char *arg)
{
	unsigned long va;

	if (read_number("owner", arg, "an address", &va))
		owner_show(va, monitor_line, NULL);
}

static void cmd_explain(char *arg)
{
	unsigned long va;

	if (read_number("explain", arg, "an address", &va))
		address_explain(va, monitor_line, NULL);
}

static void cmd_irq(char *arg)
{
	irq_show(monitor_line, NULL);
	say("%lu ticks at %d Hz", READ_ONCE(jiffies), HZ);
	say("%u characters of input lost", console_dropped());
}

static void cmd_date(char *arg)
{
	rtc_show(monitor_line, NULL);
}

static void cmd_ps(char *arg)
{
	threads_show(monitor_line, NULL);
}

static void cmd_devices(char *arg)
{
	devices_show(monitor_line, NULL);
}

static void cmd_pci(char *arg)
{
	pci_show(monitor_line, NULL);
}

static const char test_more[] =
	"GLOB matches the name of a suite, a sentence, or \"suite: sentence\": * stands for any "
	"text. What\n"
	"commands hold is not taken for a leak. Ctrl-C stops between two tests.";

static void cmd_test(char *arg)
{
	if (held_count())
		say("# %u things are held by commands: they do not count as leaked", held_count());
	ktest_run(*arg ? arg : "*");
}

static void cmd_crash(char *arg)
{
	crash(arg);
}

static void cmd_reboot(char *arg)
{
	machine_restart();
}

static void cmd_off(char *arg)
{
	machine_power_off();
}

const struct command monitor_look_commands[] = {
	{ "dmesg", "", "the kernel log", cmd_dmesg, NULL, NULL },
	{ "layout", "", "the virtual kernel memory layout", cmd_layout, NULL, NULL },
	{ "pt", "[ADDR]", "walk the page tables to ADDR; or list all mappings", cmd_pt,
	  rights_legend, NULL },
	{ "mem", "", "RAM, what is reserved of it, and zones", cmd_mem, NULL, NULL },
	{ "cat", "FILE", "a file as in /proc (without FILE: list them)", cmd_cat, NULL, file_name },
	{ "page", "PFN", "the struct page of a frame", cmd_page, NULL, NULL },
	{ "owner", "ADDR", "who took the memory at ADDR (debug builds)", cmd_owner, NULL, NULL },
	{ "explain", "ADDR", "what kind of address that is, and what is there", cmd_explain, NULL,
	  NULL },
	{ "irq", "", "interrupts and ticks", cmd_irq, NULL, NULL },
	{ "devices", "", "devices, their drivers, registers and interrupts", cmd_devices, NULL,
	  NULL },
	{ "date", "", "the time of day", cmd_date, NULL, NULL },
	{ "ps", "", "threads: state, priority, where each sleeps", cmd_ps, NULL, NULL },
	{ "pci", "", "the devices on the PCI bus", cmd_pci, NULL, NULL },
	{ "test", "[GLOB]", "run the tests whose name matches", cmd_test, test_more,
	  ktest_suite_name },
	{ "crash", "KIND", "crash on purpose (without KIND: list them)", cmd_crash, NULL,
	  crash_kind_name },
	{ "reboot", "", "restart the machine", cmd_reboot, NULL, NULL },
	{ "off", "", "switch the machine off", cmd_off, NULL, NULL },
	{ NULL, NULL, NULL, NULL, NULL, NULL },
};
