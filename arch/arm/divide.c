// SPDX-License-Identifier: MIT
// The division functions that the compiler calls, because a CPU may lack the divide instruction
// (Run-time ABI for the Arm Architecture, IHI 0043, 4.3.1). Linked only if they are called.
//
// Linux: arch/arm/lib/lib1funcs.S.

#include <lib/div32.h>

// The quotient is in r0, the remainder in r1: the two halves of a 64-bit number.
u64 __aeabi_uidivmod(u32 n, u32 d);
u64 __aeabi_idivmod(s32 n, s32 d);
u32 __aeabi_uidiv(u32 n, u32 d);
s32 __aeabi_idiv(s32 n, s32 d);

u64 __aeabi_uidivmod(u32 n, u32 d)
{
	u32 rem;
	const u32 q = div_u32_rem(n, d, &rem);

	return (u64)rem << 32 | q;
}

u64 __aeabi_idivmod(s32 n, s32 d)
{
	s32 rem;
	const s32 q = div_s32_rem(n, d, &rem);

	return (u64)(u32)rem << 32 | (u32)q;
}

u32 __aeabi_uidiv(u32 n, u32 d)
{
	u32 rem;

	return div_u32_rem(n, d, &rem);
}

s32 __aeabi_idiv(s32 n, s32 d)
{
	s32 rem;

	return div_s32_rem(n, d, &rem);
}
