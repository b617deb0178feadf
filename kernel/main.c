// SPDX-License-Identifier: MIT
// Start-up, in order.

#include <abi/errno.h>
#include <arch/cpu.h>
#include <arch/trap.h>
#include <kernel/bench.h>
#include <kernel/bootinfo.h>
#include <kernel/cmdline.h>
#include <kernel/console.h>
#include <kernel/context.h>
#include <kernel/crash.h>
#include <kernel/ktest.h>
#include <kernel/machine.h>
#include <kernel/monitor.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/sections.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/balance.h>
#include <mm/bootlog.h>
#include <mm/fault_inject.h>
#include <mm/highmem.h>
#include <mm/kasan.h>
#include <mm/kernel_map.h>
#include <mm/layout.h>
#include <mm/memblock.h>
#include <mm/procinfo.h>
#include <mm/resource.h>
#include <mm/slab.h>
#include <mm/zone.h>

static void log_boot_line(const char *text, void *arg)
{
	pr_info("%s\n", text);
}

static void print_banner(void)
{
	char name[80], features[160];

	pr_notice("k896: a teaching microkernel (%s page tables, %s build, %s)\n", PT_FORMAT,
		  CONFIG_DEBUG ? "debug" : "release", COMPILER_VERSION);
	pr_info("machine: %s, booted by %s\n", bootinfo.machine, bootinfo.loader);
	cpu_describe(name, sizeof(name), features, sizeof(features));
	pr_info("CPU: %s\n", name);
	pr_info("CPU features: %s\n", features);
	if (!pt_has_noexec)
		pr_warn("Page tables: no way to forbid the execution of data (no NX)\n");
}

// In several lines, because printk() cuts a long one.
static void print_cmdline(void)
{
	enum { PIECE = 400 };
	const char *rest = bootinfo.cmdline;

	do {
		pr_info("Command line: %.*s\n", PIECE, rest);
		rest += strnlen(rest, PIECE);
	} while (*rest);
	if (bootinfo.cmdline_cut)
		pr_warn("Command line: longer than %d characters, the rest is lost\n",
			BOOT_CMDLINE_MAX - 1);
}

static void seed_pointer_hash(void)
{
	u32 key[4];

	cpu_entropy(key);
	format_set_ptr_key(key);
}

static bool ranges_overlap(const struct boot_range *a, const struct boot_range *b)
{
	return a->size && b->size && a->start < range_end(b->start, b->size) &&
	       b->start < range_end(a->start, a->size);
}

// Whether the firmware reserves part of the initrd for something else. A reservation that contains all of
// it is for the initrd itself: U-Boot makes one.
static bool initrd_is_reserved(const struct boot_range *initrd)
{
	const u64 end = range_end(initrd->start, initrd->size);

	for (int i = 0; i < bootinfo.reserved_count; i++) {
		const struct boot_range *r = &bootinfo.reserved[i];
		const bool contains =
			r->start <= initrd->start && range_end(r->start, r->size) >= end;

		if (ranges_overlap(r, initrd) && !contains)
			return true;
	}
	return ranges_overlap(&bootinfo.fdt_range, initrd);
}

// Why the boot loader's archive cannot be used, or NULL.
static const char *initrd_problem(const struct boot_range *initrd)
{
	const struct boot_range image = { __pa(_start), _end - _start };

	if (!memblock_is_ram(initrd->start, initrd->size))
		return "lies outside of RAM";
	if (ranges_overlap(&image, initrd))
		return "overlaps the kernel";
	return initrd_is_reserved(initrd) ? "overlaps reserved memory" : NULL;
}

static void reserve_initrd(void)
{
	struct boot_range *initrd = &bootinfo.initrd;
	const u64 last = initrd->start + initrd->size -
			 1; // unchecked: below start if the loader's size is wrong
	const char *why;

	if (initrd->size == 0)
		return;
	why = initrd_problem(initrd);
	if (why) {
		pr_err("initrd: [mem %#010llx-%#010llx] %s, going on without it\n", initrd->start,
		       last, why);
		initrd->size = 0;
		return;
	}
	pr_info("initrd: [mem %#010llx-%#010llx]\n", initrd->start, last);
	memblock_reserve(initrd->start, initrd->size, "initrd");
}

static void drop_highmem(void)
{
	const u64 bytes = memblock_drop_highmem();

	if (bytes)
		pr_warn("highmem=off: %llu kB of RAM have no address in lowmem and are not used\n",
			bytes / SZ_1K);
	else
		pr_info("highmem=off: all RAM is lowmem\n");
}

static void find_ram(void)
{
	if (!IS_ALIGNED(PHYS_OFFSET, (phys_addr_t)PAGE_SIZE << MAX_PAGE_ORDER))
		panic("RAM starts at %#llx, %lu KB below the kernel, which is not a multiple of 4 "
		      "MB",
		      (u64)PHYS_OFFSET, TEXT_OFFSET / SZ_1K);
	for (int i = 0; i < bootinfo.ram_count; i++)
		memblock_add(bootinfo.ram[i].start, bootinfo.ram[i].size);
	if (bootinfo.ranges_cut)
		pr_warn("memory: the firmware's map is damaged, or has more than %d ranges: "
			"the rest is ignored\n",
			BOOT_RANGES_MAX);
	if (bootinfo.memory_unsupported)
		pr_warn("memory: the device tree's %s is not supported, all of RAM is used\n",
			bootinfo.memory_unsupported);
	if (bootinfo.reserved_cut)
		panic("the firmware reserves more than %d ranges of memory", BOOT_RANGES_MAX);
	if (memblock_ram_size() == 0)
		panic("no RAM: the firmware's memory map has %d ranges, none usable",
		      bootinfo.ram_count);
	if (kernel_params.mem)
		memblock_limit(kernel_params.mem);
	if (kernel_params.highmem_off)
		drop_highmem();
}

static void memory_init(void)
{
	find_ram();
	if (!memblock_is_ram(__pa(_start), _end - _start))
		panic("the kernel [mem %#010llx-%#010llx] lies outside of RAM", (u64)__pa(_start),
		      (u64)__pa(_end) - 1);
	memblock_reserve(__pa(_start), _end - _start, "Kernel");
	memblock_reserve(bootinfo.fdt_range.start, bootinfo.fdt_range.size, "Reserved");
	for (int i = 0; i < bootinfo.reserved_count; i++)
		memblock_reserve(bootinfo.reserved[i].start, bootinfo.reserved[i].size, "Reserved");
	reserve_initrd();
	memblock_check_ram();
	bootlog_zones(log_boot_line, NULL);
}

static void timer_init(void)
{
	const char *wanted = kernel_params.timer;

	machine_init_timer();
	if (wanted && strcmp(wanted, clocksource_name()) != 0)
		pr_warn("timer=%s: this machine has none of that name, %s ticks\n", wanted,
			clocksource_name());
}

// After start-up: does what the command line asks for.
static __noreturn void run(void)
{
	boot_cycles = cpu_cycles() - bootinfo.entry_cycles;
	if (kernel_params.crash)
		crash(kernel_params.crash);
	if (kernel_params.ktest)
		machine_exit(ktest_run(kernel_params.ktest) == 0 ? EXIT_OK : EXIT_FAIL);
	if (kernel_params.bench)
		machine_exit(bench_run(kernel_params.bench) == 0 ? EXIT_OK : EXIT_FAIL);
	if (kernel_params.init)
		pr_warn("init=%s: there are no user programs yet, the monitor starts instead\n",
			kernel_params.init);
	monitor_run();
}

void kmain(void)
{
	static char words[BOOT_CMDLINE_MAX];

	format_symbol = symbol_lookup; // %pS prints names
	print_banner();
	print_cmdline();
	if (bootinfo.problem)
		panic("%s", bootinfo.problem);
	seed_pointer_hash(); // %p prints hashes
	strscpy(words, bootinfo.cmdline, sizeof(words));
	cmdline_parse(words);
	trap_init();            // final vectors: a fault is now an oops
	early_unmap_identity(); // an access to NULL now faults
	memory_init();          // finds RAM and what is reserved in it
	paging_init();          // maps all of lowmem
	kasan_init();           // SAN=kasan: invalid accesses are now reported
	layout_show(log_boot_line, NULL);
	zones_init(); // hands all free memory to the buddy allocator
	kasan_poison_free_memory();
	bootlog_memory(log_boot_line, NULL);
	kmap_init();     // highmem can be mapped
	slab_init();     // kmalloc works
	resource_init(); // the map of physical addresses, in which drivers claim their ranges
	iomem_show(log_boot_line, NULL);
	sched_init(); // this code becomes the first thread
	machine_init_irqchip();
	timer_init();
	machine_init_console();
	machine_init_rtc();
	local_irq_enable();
	timer_wait_first_tick();
	system_running = true; // code may sleep now
	machine_init_pci();
	ktest_balance = &memory_balance;
	fail_nth_boot_end(); // fail_nth= counts only allocations of start-up
	run();
}
