// SPDX-License-Identifier: MIT
// The small libraries: number parsing, hashing, lists.

#include <abi/errno.h>
#include <kernel/ktest.h>
#include <lib/format.h>
#include <lib/list.h>
#include <lib/seq_buf.h>
#include <lib/siphash.h>

SUITE("lib");

static u64 parsed_number(const char *s, int base)
{
	u64 val = 0;

	EXPECT_EQ(parse_u64(s, base, &val), 0);
	return val;
}

TEST("parse_u64 reads decimal, hex and octal, and the prefix decides for base 0")
{
	EXPECT_EQ(parsed_number("0", 0), 0);
	EXPECT_EQ(parsed_number("896", 0), 896);
	EXPECT_EQ(parsed_number("0xC0000000", 0), 0xc0000000);
	EXPECT_EQ(parsed_number("0777", 0), 0777);
	EXPECT_EQ(parsed_number("0777", 10), 777);
	EXPECT_EQ(parsed_number("c0de", 16), 0xc0de);
	EXPECT_EQ(parsed_number("0Xc0de", 16), 0xc0de);
	EXPECT_EQ(parsed_number("18446744073709551615", 0), ~0ULL);
	EXPECT_EQ(parsed_number("0xffffffffffffffff", 0), ~0ULL);
}

TEST("parse_u64 multiplies by the suffixes K, M and G")
{
	EXPECT_EQ(parsed_number("4K", 0), 4096);
	EXPECT_EQ(parsed_number("32m", 0), 32 << 20);
	EXPECT_EQ(parsed_number("0x4G", 0), 4ULL << 30);
	EXPECT_EQ(parsed_number("17179869183G", 0), 17179869183ULL << 30);
}

TEST("range_end is the end of a range, and the last number where that has none")
{
	EXPECT_EQ(range_end(0, 0), 0);
	EXPECT_EQ(range_end(4096, 4096), 8192);
	EXPECT_EQ(range_end(0xfffff000, 0x1000), 1ULL << 32);
	EXPECT_EQ(range_end(~0ULL, 0), ~0ULL);
	EXPECT_EQ(range_end(~0ULL - 4096, 4096), ~0ULL);
	EXPECT_EQ(range_end(~0ULL - 4095, 4096), ~0ULL);
	EXPECT_EQ(range_end(SZ_1M, ~0ULL), ~0ULL);
	EXPECT_EQ(range_end(~0ULL, ~0ULL), ~0ULL);
}

TEST("parse_u64 refuses what is no number, and leaves the value alone")
{
	static const char *const bad[] = { "",   " 1",  "-1", "+1",  "0x", "0xg",
					   "08", "12a", "K",  "1KB", "1 ", "1T" };
	u64 val = 896;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(parse_u64(bad[i], 0, &val), -EINVAL);
	EXPECT_EQ(parse_u64("18446744073709551616", 0, &val), -ERANGE);
	EXPECT_EQ(parse_u64("99999999999999999999999", 0, &val), -ERANGE);
	EXPECT_EQ(parse_u64("17179869184G", 0, &val), -ERANGE);
	EXPECT_EQ(parse_u64("0x10000000000000000", 0, &val), -ERANGE);
	EXPECT_EQ(val, 896);
}

TEST("siphash gives the values of its paper")
{
	static const u32 key[4] = { 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c };
	u8 message[15];

	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (u8)i;
	EXPECT_EQ(siphash(message, 0, key), 0x726fdb47dd0e0e31);
	EXPECT_EQ(siphash(message, 1, key), 0x74f839c593dc67fd);
	EXPECT_EQ(siphash(message, 4, key), 0xcf2794e0277187b7);
	EXPECT_EQ(siphash(message, 8, key), 0x93f5f5799a932462);
	EXPECT_EQ(siphash(message, 15, key), 0xa129ca6149be45e5);
}

struct item {
	int value;
	struct list_head link;
};

// The values of a list as the digits of a number.
static int digits_of(struct list_head *head)
{
	struct item *item;
	int n = 0;

	list_for_each_entry (item, head, link)
		n = n * 10 + item->value;
	return n;
}

TEST("a list keeps its order, whether items come in front, at the end or go")
{
	struct item items[4] = { { .value = 1 }, { .value = 2 }, { .value = 3 }, { .value = 4 } };
	LIST_HEAD(head);

	EXPECT_TRUE(list_empty(&head));
	list_add_tail(&items[1].link, &head);
	list_add_tail(&items[2].link, &head);
	list_add(&items[0].link, &head);
	list_add_tail(&items[3].link, &head);
	EXPECT_EQ(digits_of(&head), 1234);
	EXPECT_EQ(list_first_entry(&head, struct item, link), &items[0]);
	list_del(&items[1].link);
	EXPECT_EQ(items[1].link.next, NULL);
	EXPECT_EQ(digits_of(&head), 134);
	list_del(&items[3].link);
	list_del(&items[0].link);
	list_del(&items[2].link);
	EXPECT_TRUE(list_empty(&head));
	EXPECT_EQ(head.prev, &head);
}

TEST("seq_buf: pieces stand one behind the other; what does not fit is cut off, and nothing is "
     "written beyond")
{
	char text[8] = "xxxxxxx";
	struct seq_buf s;

	seq_buf_init(&s, text, 6);
	EXPECT_STREQ(text, "");
	seq_buf_printf(&s, "%d", 12);
	seq_buf_printf(&s, "%s", "");
	EXPECT_STREQ(text, "12");
	EXPECT_EQ(s.len, 2);
	seq_buf_printf(&s, "%s", "345678");
	EXPECT_STREQ(text, "12345");
	seq_buf_printf(&s, "9");
	EXPECT_STREQ(text, "12345");
	EXPECT_EQ(s.len, 5);
	EXPECT_EQ(text[6], 'x');
	seq_buf_init(&s, text, 1);
	seq_buf_printf(&s, "%s", "nothing");
	EXPECT_STREQ(text, "");
	EXPECT_EQ(s.len, 0);
	EXPECT_EQ(text[1], '2');
}
