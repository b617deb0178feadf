// SPDX-License-Identifier: MIT
// The CPU's features. Nothing is cached: each call executes CPUID, so it also works with paging off.
//
// Manual: Intel SDM vol 2A, CPUID.
#pragma once

#include <asm/cpu.h>

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

enum {
	CPUID_VENDOR = 0,
	CPUID_VERSION = 1,
	CPUID_STRUCTURED = 7,
	CPUID_EXT_MAX = 0x80000000,
	CPUID_EXT_VERSION = 0x80000001,
	CPUID_BRAND_FIRST = 0x80000002,
	CPUID_BRAND_LAST = 0x80000004,
};

// A feature is a bit of one of these registers.
enum cpuid_word { CPUID_1_EDX, CPUID_1_ECX, CPUID_7_EBX, CPUID_EXT_1_EDX };
#define X86_FEATURE(word, bit) ((word)*32 + (bit))

#define X86_FEATURE_PSE        X86_FEATURE(CPUID_1_EDX, 3)
#define X86_FEATURE_TSC        X86_FEATURE(CPUID_1_EDX, 4)
#define X86_FEATURE_PAE        X86_FEATURE(CPUID_1_EDX, 6)
#define X86_FEATURE_CX8        X86_FEATURE(CPUID_1_EDX, 8)
#define X86_FEATURE_PGE        X86_FEATURE(CPUID_1_EDX, 13)
#define X86_FEATURE_CMOV       X86_FEATURE(CPUID_1_EDX, 15)
#define X86_FEATURE_PAT        X86_FEATURE(CPUID_1_EDX, 16)
#define X86_FEATURE_RDRAND     X86_FEATURE(CPUID_1_ECX, 30)
#define X86_FEATURE_HYPERVISOR X86_FEATURE(CPUID_1_ECX, 31)
#define X86_FEATURE_SMEP       X86_FEATURE(CPUID_7_EBX, 7)
#define X86_FEATURE_SMAP       X86_FEATURE(CPUID_7_EBX, 20)
#define X86_FEATURE_NX         X86_FEATURE(CPUID_EXT_1_EDX, 20)

static inline struct cpuid cpuid(u32 leaf)
{
	struct cpuid id;

	__asm__ volatile("cpuid"
			 : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
			 : "a"(leaf), "c"(0));
	return id;
}

// On a CPU without CPUID, EFLAGS.ID cannot be changed (SDM vol 1, 19.1).
static inline bool cpu_has_cpuid(void)
{
	unsigned long flags = eflags_read(), seen;

	eflags_write(flags ^ X86_EFLAGS_ID);
	seen = eflags_read();
	eflags_write(flags);
	return ((seen ^ flags) & X86_EFLAGS_ID) != 0;
}

// Whether the CPU has this leaf.
static inline bool cpuid_has_leaf(u32 leaf)
{
	u32 last = cpuid(leaf & CPUID_EXT_MAX).eax;

	return last >= leaf && ((last ^ leaf) & CPUID_EXT_MAX) == 0;
}

static inline u32 cpuid_word(enum cpuid_word word)
{
	if (word == CPUID_1_EDX)
		return cpuid(CPUID_VERSION).edx;
	if (word == CPUID_1_ECX)
		return cpuid(CPUID_VERSION).ecx;
	if (word == CPUID_7_EBX)
		return cpuid_has_leaf(CPUID_STRUCTURED) ? cpuid(CPUID_STRUCTURED).ebx : 0;
	return cpuid_has_leaf(CPUID_EXT_VERSION) ? cpuid(CPUID_EXT_VERSION).edx : 0;
}

static inline bool cpu_has(unsigned int feature)
{
	return cpu_has_cpuid() && (cpuid_word(feature / 32) >> feature % 32 & 1);
}
