// SPDX-License-Identifier: MIT
// Small arithmetic that every layer uses: bits, alignment, minimum, container_of.
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

#define BIT(n)        (1UL << (n))
#define BIT_ULL(n)    (1ULL << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

// a must be a power of two; the result has the type of x.
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define ALIGN(x, a)      ALIGN_DOWN((x) + ((__typeof__(x))(a)-1), a)
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a)-1)) == 0)

#define min(a, b)                              \
	({                                     \
		__typeof__(a) min_a = (a);     \
		__typeof__(b) min_b = (b);     \
		min_a < min_b ? min_a : min_b; \
	})
#define max(a, b)                              \
	({                                     \
		__typeof__(a) max_a = (a);     \
		__typeof__(b) max_b = (b);     \
		max_a > max_b ? max_a : max_b; \
	})

// The end of a range, exclusive; at most the largest 64-bit number. So an address plus a size from
// untrusted input never wraps around to a low address.
static inline u64 range_end(u64 start, u64 size)
{
	return start + size < start ? ~0ULL : start + size;
}

#define container_of(ptr, type, member) \
	((type *)((char *)(1 ? (ptr) : &((type *)0)->member) - offsetof(type, member)))

#define SZ_1K 0x00000400UL
#define SZ_4K 0x00001000UL
#define SZ_1M 0x00100000UL
#define SZ_2M 0x00200000UL
#define SZ_4M 0x00400000UL
