// SPDX-License-Identifier: MIT
// What is known of a block: the pattern that it carries over all it may use, and that its pages have no other owner.

#include "model.h"

// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled".
u32 random_u32(void)
{
	model.state ^= model.state >> 12;
	model.state ^= model.state << 25;
	model.state ^= model.state >> 27;
	return (u32)(model.state * 2685821657736338717ULL >> 32);
}

u32 below(u32 n)
{
	return (u32)((u64)random_u32() * n >> 32);
}

// ---- Patterns -------------------------------------------------------------------------------------

// Words from both ends of large blocks, every byte of small ones.
#define PATTERN_WORDS 64

static u32 word_of(const struct block *b, u32 i)
{
	return b->pattern + i * 0x9e3779b9u;
}

static bool word_has_pattern(const struct block *b, u32 i)
{
	const u32 words = b->size / 4;

	return words <= 2 * PATTERN_WORDS || i < PATTERN_WORDS || i >= words - PATTERN_WORDS;
}

static u32 next_word(const struct block *b, u32 i)
{
	return word_has_pattern(b, i + 1) ? i + 1 : b->size / 4 - PATTERN_WORDS;
}

void block_fill(struct block *b)
{
	u32 *words = b->p;
	u8 *bytes = b->p;

	b->pattern = random_u32();
	for (u32 i = 0; i < b->size / 4; i = next_word(b, i))
		words[i] = word_of(b, i);
	for (u32 i = b->size & ~3u; i < b->size; i++)
		bytes[i] = (u8)(b->pattern + i);
}

void block_check(const struct block *b, u32 size)
{
	const u32 *words = b->p;
	const u8 *bytes = b->p;

	for (u32 i = 0; i < b->size / 4 && i * 4 + 4 <= size; i = next_word(b, i))
		EXPECT(words[i] == word_of(b, i));
	for (u32 i = b->size & ~3u; i < b->size && i < size; i++)
		EXPECT(bytes[i] == (u8)(b->pattern + i));
}

void block_expect_zero(const struct block *b)
{
	const u8 *bytes = b->p;

	for (u32 i = 0; i < b->size; i++)
		EXPECT(bytes[i] == 0);
}

// ---- Owners of pages ------------------------------------------------------------------------------

void own(const struct page *page, unsigned int order, enum kind kind)
{
	u8 *owner = &model.owner[page - mem_map];

	for (unsigned long i = 0; i < 1UL << order; i++) {
		EXPECT(owner[i] == NOTHING);
		owner[i] = kind;
	}
}

void disown(const struct page *page, unsigned int order, enum kind kind)
{
	u8 *owner = &model.owner[page - mem_map];

	for (unsigned long i = 0; i < 1UL << order; i++) {
		EXPECT(owner[i] == kind);
		owner[i] = NOTHING;
	}
}
