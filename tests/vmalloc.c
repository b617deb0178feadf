// SPDX-License-Identifier: MIT
// vmalloc and its kin: what is given, what it consists of, and that it goes.

#include <kernel/ktest.h>
#include <mm/pgtable.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

SUITE("vmalloc");

TEST("S205 S206 vmalloc gives memory that can be written to its last byte, and vfree(NULL) is fine")
{
	u8 *p = vmalloc(10000);

	vfree(NULL);
	ASSERT_NE(p, NULL);
	memset(p, 0x89, 3 * PAGE_SIZE);
	EXPECT_EQ(p[0], 0x89);
	EXPECT_EQ(p[3 * PAGE_SIZE - 1], 0x89);
	vfree(p);
}
