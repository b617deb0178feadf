// SPDX-License-Identifier: MIT
// SipHash-2-4, from the paper "SipHash: a fast short-input PRF" (Aumasson and Bernstein 2012), 2.
//
// Linux: lib/siphash.c.

#include <lib/siphash.h>

struct sip {
	u64 v0, v1, v2, v3;
};

#define ROTL(x, n) ((x) << (n) | (x) >> (64 - (n)))

static void sip_rounds(struct sip *s, int n)
{
	while (n--) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = ROTL(s->v1, 13) ^ s->v0;
		s->v3 = ROTL(s->v3, 16) ^ s->v2;
		s->v0 = ROTL(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = ROTL(s->v1, 17) ^ s->v2;
		s->v3 = ROTL(s->v3, 21) ^ s->v0;
		s->v2 = ROTL(s->v2, 32);
	}
}

static void sip_word(struct sip *s, u64 word)
{
	s->v3 ^= word;
	sip_rounds(s, 2);
	s->v0 ^= word;
}

u64 siphash(const void *data, size_t n, const u32 key[4])
{
	const u64 k0 = (u64)key[1] << 32 | key[0], k1 = (u64)key[3] << 32 | key[2];
	// The constants are the paper's: "somepseudorandomlygeneratedbytes".
	struct sip s = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
			 k1 ^ 0x7465646279746573 };
	const u8 *p = data;
	u64 word = 0;

	// Each byte enters at the top and moves down: eight of them make a little-endian word. The last
	// word has the remaining bytes, then zeros, and the length in its top byte.
	for (size_t i = 1; i <= n; i++) {
		word = word >> 8 | (u64)*p++ << 56;
		if (i % 8 == 0) {
			sip_word(&s, word);
			word = 0;
		}
	}
	for (size_t i = n % 8; i < 7; i++)
		word >>= 8;
	word = word >> 8 | (u64)(u8)n << 56;
	sip_word(&s, word);
	s.v2 ^= 0xff;
	sip_rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
