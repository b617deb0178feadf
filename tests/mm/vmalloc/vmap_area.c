// SPDX-License-Identifier: MIT
// The tree of areas and gaps by itself, on a small range, against a row of cells.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <mm/vmap_area.h>

#include "random.h"

SUITE("vmap_area");

// A range of 200 cells of a page each; the model knows which cell belongs to which area.
#define CELLS 200
#define FIRST 0x40000000UL
#define CELL  4096UL

static struct {
	struct vmap_space space;
	struct vmap_area area[CELLS];
	unsigned int size[CELLS]; // in cells; 0: not in the tree
	u8 owner[CELLS];          // of each cell: index of the area + 1; 0: free
	u32 random;
} model;

static void space_clear(void)
{
	memset(&model, 0, sizeof(model));
	model.space = (struct vmap_space)VMAP_SPACE_INIT(model.space, FIRST, FIRST + CELLS * CELL);
	model.random = 0x896;
}

static u32 vmap_random_below(u32 n)
{
	return random_below(&model.random, n);
}

static int area_insert(unsigned int i, unsigned int cells)
{
	unsigned long flags = spin_lock_irqsave(&model.space.lock);
	int err = vmap_area_insert(&model.space, &model.area[i], cells * CELL);

	spin_unlock_irqrestore(&model.space.lock, flags);
	return err;
}

static void area_remove(unsigned int i)
{
	unsigned long flags = spin_lock_irqsave(&model.space.lock);

	vmap_area_remove(&model.space, &model.area[i]);
	spin_unlock_irqrestore(&model.space.lock, flags);
}

// The first cell of the lowest row of free cells that is long enough; CELLS: none. And the longest row.
static unsigned int lowest_row(unsigned int cells, unsigned int *longest)
{
	unsigned int row = 0, found = CELLS;

	*longest = 0;
	for (unsigned int i = 0; i < CELLS; i++) {
		row = model.owner[i] ? 0 : row + 1;
		*longest = max(*longest, row);
		if (row == cells && found == CELLS)
			found = i + 1 - cells;
	}
	return found;
}

// Inserts, and returns whether tree and model agree on where.
static bool insert_agrees(unsigned int i, unsigned int cells)
{
	unsigned int longest;
	const unsigned int at = lowest_row(cells, &longest);
	const int err = area_insert(i, cells);

	if (at == CELLS)
		return err == -ENOMEM && longest < cells;
	if (err || model.area[i].start != FIRST + at * CELL ||
	    model.area[i].end != model.area[i].start + cells * CELL)
		return false;
	memset(&model.owner[at], (int)i + 1, cells);
	model.size[i] = cells;
	return true;
}

static void free_cells(unsigned int i)
{
	const unsigned long at = (model.area[i].start - FIRST) / CELL;

	area_remove(i);
	memset(&model.owner[at], 0, model.size[i]);
	model.size[i] = 0;
}

// What vmap_area_from() says of every cell, and the largest gap.
static bool finds_all(void)
{
	unsigned int longest, next = 0; // the owner of the cell, or of the next one that has one

	lowest_row(1, &longest);
	if (vmap_largest_gap(&model.space) != longest * CELL)
		return false;
	for (int i = CELLS - 1; i >= 0; i--) {
		const struct vmap_area *a = vmap_area_from(&model.space, FIRST + i * CELL + 5);

		if (model.owner[i])
			next = model.owner[i];
		if (a != (next ? &model.area[next - 1] : NULL))
			return false;
	}
	return true;
}

TEST("an empty range is one gap, and a full one has none")
{
	space_clear();
	EXPECT_EQ(vmap_largest_gap(&model.space), CELLS * CELL);
	EXPECT_EQ(vmap_area_from(&model.space, FIRST), NULL);
	EXPECT_EQ(area_insert(0, CELLS + 1), -ENOMEM);
	EXPECT_EQ(area_insert(0, CELLS), 0);
	EXPECT_EQ(vmap_largest_gap(&model.space), 0);
	EXPECT_EQ(area_insert(1, 1), -ENOMEM);
	EXPECT_EQ(model.space.used, CELLS * CELL);
	vmap_space_check(&model.space, FIRST);
	area_remove(0);
	EXPECT_EQ(vmap_largest_gap(&model.space), CELLS * CELL);
	EXPECT_EQ(model.space.used, 0);
	EXPECT_EQ(model.space.count, 0);
	vmap_space_check(&model.space, FIRST);
}

TEST("200 areas of a page fill the range in order; each second one leaves a gap of one page")
{
	unsigned int wrong = 0;

	space_clear();
	for (unsigned int i = 0; i < CELLS; i++)
		wrong += !insert_agrees(i, 1);
	EXPECT_EQ(area_insert(0, 1), -ENOMEM);
	for (unsigned int i = 0; i < CELLS; i += 2)
		free_cells(i);
	EXPECT_EQ(vmap_largest_gap(&model.space), CELL);
	wrong += !insert_agrees(0, 2); // there is none of two
	wrong += !insert_agrees(0, 1);
	wrong += !finds_all();
	EXPECT_EQ(wrong, 0);
	vmap_space_check(&model.space, FIRST);
}

TEST("the lowest gap that fits is taken, exact or not, and freed neighbours become one gap")
{
	space_clear();
	for (unsigned int i = 0; i < 20; i++)
		EXPECT_TRUE(insert_agrees(i, 1 + i % 5));
	free_cells(3);  // of 4
	free_cells(7);  // of 3
	free_cells(12); // of 3
	free_cells(14); // of 5
	EXPECT_TRUE(insert_agrees(30, 5));
	EXPECT_EQ(model.area[30].start, FIRST + 40 * CELL); // where 14 was
	EXPECT_TRUE(insert_agrees(31, 3));
	EXPECT_EQ(model.area[31].start, FIRST + 6 * CELL); // in what 3 left
	free_cells(13);
	EXPECT_TRUE(insert_agrees(32, 7)); // 12 and 13
	vmap_space_check(&model.space, FIRST);
	EXPECT_TRUE(finds_all());
}

TEST("20,000 random insertions and removals go where a search of all cells would put them")
{
	unsigned int wrong = 0;

	space_clear();
	for (int n = 0; n < 20000; n++) {
		const unsigned int i = vmap_random_below(CELLS);

		if (model.size[i])
			free_cells(i);
		else
			wrong += !insert_agrees(i, 1 + vmap_random_below(n & 4096 ? 4 : 12));
		if (n % 100 == 0) {
			wrong += !finds_all();
			vmap_space_check(&model.space, FIRST);
		}
	}
	for (unsigned int i = 0; i < CELLS; i++)
		if (model.size[i])
			free_cells(i);
	EXPECT_EQ(wrong, 0);
	EXPECT_EQ(vmap_largest_gap(&model.space), CELLS * CELL);
	vmap_space_check(&model.space, FIRST);
}
