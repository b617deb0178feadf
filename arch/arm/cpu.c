// SPDX-License-Identifier: MIT
// The CPU: its name, features, cycle counter and entropy.

#include <arch/cpu.h>
#include <kernel/bootinfo.h>
#include <lib/fdt.h>
#include <lib/format.h>
#include <lib/string.h>
#include <lib/util.h>

// MIDR (ARM ARM DDI 0406C, B4.1.105)
#define MIDR_IMPLEMENTER(midr) ((midr) >> 24)
#define MIDR_VARIANT(midr)     ((midr) >> 20 & 0xf)
#define MIDR_PART(midr)        ((midr) >> 4 & 0xfff)
#define MIDR_REVISION(midr)    ((midr)&0xf)
#define IMPLEMENTER_ARM        0x41

static struct {
	u32 cycles_low, cycles_high; // [i] PMCCNTR at the last read, and how often it has wrapped
} cpu;

void cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cpsid aif\n\twfi" ::: "memory");
}

u64 cpu_cycles(void)
{
	const unsigned long flags = local_irq_save();
	const u32 low = cp15_read(PMCCNTR);
	u64 cycles;

	if (low < cpu.cycles_low)
		cpu.cycles_high++;
	cpu.cycles_low = low;
	cycles = (u64)cpu.cycles_high << 32 | low;
	local_irq_restore(flags);
	return cycles;
}

static const struct {
	u16 part;
	const char *name;
} parts[] = {
	{ 0xc05, "Cortex-A5" },  { 0xc07, "Cortex-A7" },  { 0xc08, "Cortex-A8" },
	{ 0xc09, "Cortex-A9" },  { 0xc0d, "Cortex-A12" }, { 0xc0e, "Cortex-A17" },
	{ 0xc0f, "Cortex-A15" }, { 0xd03, "Cortex-A53" }, { 0xd07, "Cortex-A57" },
};

static void describe_name(char *name, size_t size)
{
	const u32 midr = cp15_read(MIDR);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (MIDR_IMPLEMENTER(midr) == IMPLEMENTER_ARM && parts[i].part == MIDR_PART(midr)) {
			snprintf(name, size, "ARM %s r%up%u", parts[i].name, MIDR_VARIANT(midr),
				 MIDR_REVISION(midr));
			return;
		}
	snprintf(name, size, "ARMv7-A CPU, MIDR %08x", midr);
}

static void add_feature(char *features, size_t size, const char *name, bool there)
{
	const size_t n = strlen(features);

	if (there)
		snprintf(features + n, size - n, "%s%s", n ? " " : "", name);
}

// A four-bit field of an ID register.
static u32 id_field(u32 reg, int shift)
{
	return reg >> shift & 0xf;
}

// Uses the names of Linux's /proc/cpuinfo where there is one (B4.1.87 to B4.1.93).
void cpu_describe(char *name, size_t name_size, char *features, size_t size)
{
	const u32 mmfr0 = cp15_read(ID_MMFR0), pfr1 = cp15_read(ID_PFR1);
	const u32 divide = id_field(cp15_read(ID_ISAR0), 24);
	const u32 pmu = id_field(cp15_read(ID_DFR0), 24); // 0, 0xf: no PMU (B4.1.82)

	describe_name(name, name_size);
	features[0] = '\0';
	add_feature(features, size, "idivt", divide >= 1);
	add_feature(features, size, "idiva", divide >= 2);
	add_feature(features, size, "pxn", id_field(mmfr0, 0) >= 4);
	add_feature(features, size, "lpae", id_field(mmfr0, 0) >= 5);
	add_feature(features, size, "security", id_field(pfr1, 4) != 0);
	add_feature(features, size, "virt", id_field(pfr1, 12) != 0);
	add_feature(features, size, "generic-timer", id_field(pfr1, 16) != 0);
	add_feature(features, size, "pmu", pmu != 0 && pmu != 0xf);
}

// Mixes in a seed that the loader has put into the device tree.
static void add_seed(u32 key[4], fdt_node chosen, const char *property)
{
	int len;
	const u8 *seed = fdt_prop(bootinfo.fdt, chosen, property, &len);

	for (int i = 0; seed && i < len; i++)
		key[i / 4 % 4] ^= (u32)seed[i] << (8 * (i % 4));
}

void cpu_entropy(u32 key[4])
{
	const u64 time = cp15_read(ID_PFR1) & PFR1_TIMER ? cp15_read64(CNTVCT) : 0;
	const fdt_node chosen = fdt_path(bootinfo.fdt, "/chosen");

	key[0] = (u32)time;
	key[1] = (u32)cpu_cycles();
	key[2] = key[3] = 0;
	add_seed(key, chosen, "rng-seed");
	add_seed(key, chosen, "kaslr-seed");
}
