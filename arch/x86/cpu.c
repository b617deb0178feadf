// SPDX-License-Identifier: MIT
// The CPU: its name and features for the boot log, its protections, entropy, and stopping.
//
// Manual: Intel SDM vol 2A CPUID and RDRAND, vol 3A 2.5 (control registers), 11.12 (PAT).
// Linux: arch/x86/kernel/cpu/common.c.

#include <arch/cpu.h>
#include <arch/pt.h>
#include <asm/cpuid.h>
#include <lib/format.h>
#include <lib/string.h>

// The page attribute table: byte n is the memory type of a page with PCD:PWT = n. Entry 2 is write
// combining; its reset value is uncached, unless an MTRR says otherwise.
#define PAT_ENTRY(n, type) ((u64)(type) << 8 * (n))
#define PAT_UC             0
#define PAT_WC             1
#define PAT_WT             4
#define PAT_WB             6
#define PAT_LOW_KERNEL \
	(PAT_ENTRY(0, PAT_WB) | PAT_ENTRY(1, PAT_WT) | PAT_ENTRY(2, PAT_WC) | PAT_ENTRY(3, PAT_UC))

// pt_enable_format() has already enabled what the page tables need.
void cpu_init(void)
{
	unsigned long cr4 = read_cr4();

	if (cpu_has(X86_FEATURE_PGE))
		cr4 |= X86_CR4_PGE;
	if (cpu_has(X86_FEATURE_SMEP))
		cr4 |= X86_CR4_SMEP;
	if (cpu_has(X86_FEATURE_SMAP))
		cr4 |= X86_CR4_SMAP;
	if (cpu_has(X86_FEATURE_PAT))
		wrmsr(MSR_IA32_CR_PAT, PAT_LOW_KERNEL | PAT_LOW_KERNEL << 32);
	write_cr4(cr4);
	tlb_flush_all();
}

// 48 characters from three leaves; some CPUs pad with blanks on the left.
static void brand_string(char *name, size_t size)
{
	u32 words[3 * 4 + 1] = { 0 };
	const char *text = (const char *)words;

	for (u32 i = 0; i <= CPUID_BRAND_LAST - CPUID_BRAND_FIRST; i++) {
		struct cpuid id = cpuid(CPUID_BRAND_FIRST + i);

		memcpy(&words[4 * i], &id, sizeof(id));
	}
	while (*text == ' ')
		text++;
	strscpy(name, text, size);
}

static void vendor_and_version(char *name, size_t size)
{
	struct cpuid id = cpuid(CPUID_VENDOR);
	const u32 vendor[] = { id.ebx, id.edx, id.ecx }; // in this order they spell the name

	snprintf(name, size, "%.12s, version %08x", (const char *)vendor, cpuid(CPUID_VERSION).eax);
}

static const struct {
	unsigned int feature;
	const char *name; // as in Linux's /proc/cpuinfo
} features_shown[] = {
	{ X86_FEATURE_PAE, "pae" },       { X86_FEATURE_NX, "nx" },
	{ X86_FEATURE_PSE, "pse" },       { X86_FEATURE_PGE, "pge" },
	{ X86_FEATURE_PAT, "pat" },       { X86_FEATURE_SMEP, "smep" },
	{ X86_FEATURE_SMAP, "smap" },     { X86_FEATURE_TSC, "tsc" },
	{ X86_FEATURE_RDRAND, "rdrand" }, { X86_FEATURE_HYPERVISOR, "hypervisor" },
};

void cpu_describe(char *name, size_t name_size, char *features, size_t features_size)
{
	size_t n = 0;

	if (cpuid_has_leaf(CPUID_BRAND_LAST))
		brand_string(name, name_size);
	else
		vendor_and_version(name, name_size);
	for (int i = 0; i < ARRAY_SIZE(features_shown); i++) {
		if (cpu_has(features_shown[i].feature))
			n += scnprintf(features + n, features_size - n, "%s%s", n ? " " : "",
				       features_shown[i].name);
	}
}

// The manual's recommendation (SDM vol 1, 7.3.17.1).
#define RDRAND_TRIES 10

static bool rdrand(u32 *val)
{
	for (int i = 0; i < RDRAND_TRIES; i++) {
		bool ok;

		__asm__ volatile("rdrand %0" : "=r"(*val), "=@ccc"(ok));
		if (ok)
			return true;
	}
	return false;
}

void cpu_entropy(u32 key[4])
{
	const bool have_rdrand = cpu_has(X86_FEATURE_RDRAND);
	u32 mix = 0;

	for (int i = 0; i < 4; i++) {
		u64 tsc = cpu_cycles();

		// Knuth's multiplier spreads the few bits of a time stamp that vary.
		mix = (mix ^ (u32)tsc ^ (u32)(tsc >> 32)) * 2654435761U + i;
		if (!have_rdrand || !rdrand(&key[i]))
			key[i] = mix;
	}
}

__noreturn void cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" : : : "memory");
}
