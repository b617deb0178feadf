// SPDX-License-Identifier: MIT
// ACPI's tables: what is read of sound ones, and that nothing else is believed.

#include <boot/x86/acpi.h>
#include <kernel/ktest.h>
#include <lib/string.h>
#include <lib/util.h>
#include <mm/vmalloc.h>

SUITE("arch_x86_acpi");

// The reader takes addresses of 32 bits: physical ones at boot, here those of these objects.
static struct {
	u8 area[8 * ACPI_RSDP_ALIGN] __aligned(ACPI_RSDP_ALIGN);
	struct {
		struct acpi_header header;
		u32 entries[4];
	} __packed rsdt;
	struct {
		struct acpi_header header;
		u64 entries[3];
	} __packed xsdt;
	struct acpi_hpet hpet;
	struct acpi_fadt fadt;
	struct acpi_header other;
	struct {
		struct acpi_header header;
		u8 aml[32];
	} __packed dsdt;
} acpi;

#define RSDP_AT (3 * ACPI_RSDP_ALIGN)
#define HPET_AT 0xfed00000u

static struct acpi_rsdp *rsdp(void)
{
	return (struct acpi_rsdp *)(acpi.area + RSDP_AT);
}

static u32 table_address(const void *p)
{
	return (u32)(uintptr_t)p;
}

// Makes all bytes add up to 0.
static void seal(void *data, u32 size, u8 *checksum)
{
	u8 sum = 0;

	*checksum = 0;
	for (u32 i = 0; i < size; i++)
		sum += ((u8 *)data)[i];
	*checksum = -sum;
}

static void seal_table(void *table)
{
	struct acpi_header *header = table;

	seal(table, header->length, &header->checksum);
}

static void make_table(struct acpi_header *header, const char *signature, u32 length)
{
	memcpy(header->signature, signature, sizeof(header->signature));
	header->length = length;
	seal_table(header);
}

static void seal_rsdp(void)
{
	seal(rsdp(), ACPI_RSDP_SIZE_0, &rsdp()->checksum);
}

static void make_tables(void)
{
	memset(&acpi, 0, sizeof(acpi));
	acpi.hpet.base.address = HPET_AT;
	acpi.fadt.century = 0x32;
	make_table(&acpi.other, "APIC", sizeof(acpi.other));
	make_table(&acpi.hpet.header, "HPET", sizeof(acpi.hpet));
	make_table(&acpi.fadt.header, "FACP", sizeof(acpi.fadt));
	acpi.rsdt.entries[0] = table_address(&acpi.fadt);
	acpi.rsdt.entries[1] = 0;
	acpi.rsdt.entries[2] = table_address(&acpi.other);
	acpi.rsdt.entries[3] = table_address(&acpi.hpet);
	make_table(&acpi.rsdt.header, "RSDT", sizeof(acpi.rsdt));
	memcpy(rsdp()->signature, "RSD PTR ", 8);
	rsdp()->rsdt = table_address(&acpi.rsdt);
	seal_rsdp();
}

// The tables of a machine that has no RSDT any more.
static void make_xsdt(void)
{
	make_tables();
	acpi.xsdt.entries[0] = table_address(&acpi.hpet);
	acpi.xsdt.entries[1] = table_address(&acpi.fadt);
	make_table(&acpi.xsdt.header, "XSDT", sizeof(acpi.xsdt));
	rsdp()->revision = 2;
	rsdp()->rsdt = 0;
	rsdp()->length = ACPI_RSDP_SIZE_2;
	rsdp()->xsdt = table_address(&acpi.xsdt);
	seal_rsdp();
	seal(rsdp(), ACPI_RSDP_SIZE_2, &rsdp()->extended_checksum);
}

static struct acpi_info info;

static bool read_area(u32 from, u32 size)
{
	info = (struct acpi_info){ .found = false };
	return acpi_read(&info, table_address(acpi.area) + from, size);
}

static bool read_all(void)
{
	return read_area(0, sizeof(acpi.area));
}

TEST("S254 the HPET's address and the century's register are found by RSDP, RSDT and tables")
{
	make_tables();
	EXPECT_TRUE(read_all());
	EXPECT_TRUE(info.found);
	EXPECT_FALSE(info.broken);
	EXPECT_EQ(info.hpet, HPET_AT);
	EXPECT_EQ(info.century, 0x32);
}

TEST("the RSDP is found on multiples of 16 only, and only when it lies in the area whole")
{
	make_tables();
	EXPECT_TRUE(read_area(1, sizeof(acpi.area) - 1));
	EXPECT_TRUE(read_area(RSDP_AT, ACPI_RSDP_SIZE_0));
	EXPECT_FALSE(read_area(RSDP_AT, ACPI_RSDP_SIZE_0 - 1));
	EXPECT_FALSE(read_area(RSDP_AT + 1, sizeof(acpi.area) - RSDP_AT - 1));
	EXPECT_FALSE(read_area(0, 0));
	EXPECT_FALSE(read_area(1, 3)); // shorter than the way to the first multiple
	memmove(acpi.area + RSDP_AT + 1, rsdp(), ACPI_RSDP_SIZE_0);
	memset(rsdp(), 0, 1);
	EXPECT_FALSE(read_all());
}

// Changes each byte of a table in turn; none of it may be believed then.
static void expect_all_bytes_count(void *table, u32 size)
{
	u8 *byte = table;

	for (u32 i = 0; i < size; i++) {
		byte[i] ^= 0x20;
		read_all();
		EXPECT_TRUE(info.hpet == 0 || info.century == 0);
		byte[i] ^= 0x20;
	}
	read_all();
	EXPECT_EQ(info.hpet, HPET_AT);
	EXPECT_EQ(info.century, 0x32);
}

TEST("one wrong byte anywhere in a table, and that table is not believed")
{
	make_tables();
	expect_all_bytes_count(rsdp(), ACPI_RSDP_SIZE_0);
	expect_all_bytes_count(&acpi.rsdt, sizeof(acpi.rsdt));
	expect_all_bytes_count(&acpi.hpet, sizeof(acpi.hpet));
	expect_all_bytes_count(&acpi.fadt, sizeof(acpi.fadt));
}

TEST("an RSDT that is damaged, or none, is told as broken")
{
	make_tables();
	acpi.rsdt.header.oem_revision++;
	EXPECT_TRUE(read_all());
	EXPECT_FALSE(info.found);
	EXPECT_TRUE(info.broken);
	make_tables();
	acpi.rsdt.header.signature[3] = 'X';
	seal_table(&acpi.rsdt);
	read_all();
	EXPECT_TRUE(info.broken);
	make_tables();
	rsdp()->rsdt = 0;
	seal_rsdp();
	read_all();
	EXPECT_TRUE(info.broken);
	rsdp()->rsdt = 0xfffffff0; // would run over the end of memory
	seal_rsdp();
	read_all();
	EXPECT_TRUE(info.broken);
}

TEST("without an RSDT, the XSDT of an RSDP of revision 2 names the tables; with one, the RSDT does")
{
	make_xsdt();
	EXPECT_TRUE(read_all());
	EXPECT_TRUE(info.found);
	EXPECT_FALSE(info.broken);
	EXPECT_EQ(info.hpet, HPET_AT);
	EXPECT_EQ(info.century, 0x32);
	acpi.xsdt.header.signature[0] = '?';
	rsdp()->rsdt = table_address(&acpi.rsdt);
	seal_rsdp();
	read_all();
	EXPECT_FALSE(info.broken);
	EXPECT_EQ(info.hpet, HPET_AT);
}

TEST("an XSDT is not believed in a revision without one, with a wrong sum, or beyond 4 GB")
{
	make_xsdt();
	rsdp()->revision = 0;
	seal_rsdp();
	read_all();
	EXPECT_FALSE(info.found);
	make_xsdt();
	rsdp()->extended_checksum++;
	read_all();
	EXPECT_FALSE(info.found);
	make_xsdt();
	EXPECT_FALSE(read_area(RSDP_AT, ACPI_RSDP_SIZE_0) &&
		     info.found); // it ends outside of the area
	rsdp()->xsdt |= 1ULL << 32;
	seal(rsdp(), ACPI_RSDP_SIZE_2, &rsdp()->extended_checksum);
	read_all();
	EXPECT_FALSE(info.found);
	make_xsdt();
	acpi.xsdt.entries[0] |= 1ULL << 32; // that table alone is out of reach
	seal_table(&acpi.xsdt);
	read_all();
	EXPECT_TRUE(info.found);
	EXPECT_TRUE(info.broken);
	EXPECT_EQ(info.hpet, 0);
	EXPECT_EQ(info.century, 0x32);
}

TEST("lengths that cannot be are not followed")
{
	static const u32 lengths[] = { 0, 1, 35, 55, ACPI_TABLE_MAX + 1, 0x7fffffff, 0xffffffff };

	for (int i = 0; i < ARRAY_SIZE(lengths); i++) {
		make_tables();
		acpi.hpet.header.length = lengths[i];
		read_all();
		EXPECT_EQ(info.hpet, 0);
		EXPECT_TRUE(info.broken);
		EXPECT_EQ(info.century, 0x32); // the others count
		make_tables();
		acpi.fadt.header.length = lengths[i];
		read_all();
		EXPECT_EQ(info.century, 0);
		EXPECT_EQ(info.hpet, HPET_AT);
		make_tables();
		acpi.rsdt.header.length = lengths[i] == 55 ? 34 : lengths[i];
		read_all();
		EXPECT_FALSE(info.found);
	}
}

TEST("an RSDT whose length ends inside an entry has the entries before it")
{
	make_tables();
	acpi.rsdt.header.length -= 1;
	seal_table(&acpi.rsdt);
	read_all();
	EXPECT_EQ(info.century, 0x32);
	EXPECT_EQ(info.hpet, 0);
	EXPECT_FALSE(info.broken);
}

TEST("an HPET that is not in memory, or beyond 4 GB, is left out; of two, the first counts")
{
	static struct acpi_hpet second;

	make_tables();
	acpi.hpet.base.space = 1; // ports
	seal_table(&acpi.hpet);
	read_all();
	EXPECT_EQ(info.hpet, 0);
	EXPECT_TRUE(info.broken);
	make_tables();
	acpi.hpet.base.address = 0x1fed00000ULL;
	seal_table(&acpi.hpet);
	read_all();
	EXPECT_EQ(info.hpet, 0);
	make_tables();
	second = acpi.hpet;
	second.base.address = 0xfed80000;
	seal_table(&second);
	acpi.rsdt.entries[1] = table_address(&second);
	seal_table(&acpi.rsdt);
	read_all();
	EXPECT_EQ(info.hpet, 0xfed80000);
	EXPECT_FALSE(info.broken);
}

// ---- Switching off ------------------------------------------------------------------------------

// A DSDT with this program. The FADT names it, and ports for PM1 control.
static void make_dsdt(const char *aml, size_t size)
{
	make_tables();
	memcpy(acpi.dsdt.aml, aml, size);
	make_table(&acpi.dsdt.header, "DSDT", (u32)(sizeof(acpi.dsdt.header) + size));
	acpi.fadt.dsdt = table_address(&acpi.dsdt);
	acpi.fadt.pm1_control[0] = 0x604;
	acpi.fadt.pm1_control[1] = 0x704;
	seal_table(&acpi.fadt);
}

#define MAKE_DSDT(aml) make_dsdt(aml, sizeof(aml) - 1)

static struct acpi_info found(void)
{
	struct acpi_info info = { 0 };

	EXPECT_TRUE(acpi_read(&info, table_address(acpi.area), sizeof(acpi.area)));
	return info;
}

TEST("the values for S5 are read from the DSDT's package, with and without a backslash, with any "
     "length of it")
{
	struct acpi_info info;

	MAKE_DSDT("\x08_S4_\x12\x04\x02\x01\x01\x08_S5_\x12\x06\x04\x0a\x05\x0a\x07\x00\x00");
	info = found();
	EXPECT_TRUE(info.has_s5);
	EXPECT_EQ(info.s5_port[0], 0x604);
	EXPECT_EQ(info.s5_port[1], 0x704);
	EXPECT_EQ(info.s5_value[0], 0x2000 | 5 << 10);
	EXPECT_EQ(info.s5_value[1], 0x2000 | 7 << 10);
	MAKE_DSDT("\x08\\_S5_\x12\x46\x00\x01\x01\x00");
	info = found();
	EXPECT_TRUE(info.has_s5);
	EXPECT_EQ(info.s5_value[0], 0x2000 | 1 << 10);
	EXPECT_EQ(info.s5_value[1], 0x2000 | 1 << 10); // one value is for both
}

// Whether the values for S5 are found at the end of a DSDT of this size.
static bool found_in_dsdt(struct acpi_header *dsdt, u32 size)
{
	static const char s5[] = "\x08_S5_\x12\x06\x02\x01\x01";

	MAKE_DSDT("");
	memset(dsdt, 0, size);
	memcpy((char *)dsdt + size - sizeof(s5), s5, sizeof(s5));
	make_table(dsdt, "DSDT", size);
	acpi.fadt.dsdt = table_address(dsdt);
	seal_table(&acpi.fadt);
	return found().has_s5;
}

TEST("a DSDT may be much larger than the other tables, but not of any size")
{
	struct acpi_header *dsdt = vmalloc(ACPI_DSDT_MAX + 1);

	ASSERT_TRUE(dsdt);
	EXPECT_TRUE(found_in_dsdt(dsdt, ACPI_TABLE_MAX));
	EXPECT_TRUE(found_in_dsdt(dsdt, 300 * SZ_1K));
	EXPECT_TRUE(found_in_dsdt(dsdt, ACPI_DSDT_MAX));
	EXPECT_FALSE(found_in_dsdt(dsdt, ACPI_DSDT_MAX + 1));
	vfree(dsdt);
}

TEST("a DSDT that is cut, damaged, or has \"_S5_\" elsewhere gives no values for S5")
{
	struct acpi_info info;

	MAKE_DSDT("\x0d_S5_\x12\x06\x04\x01\x01\x00\x00"); // a text
	EXPECT_FALSE(found().has_s5);
	MAKE_DSDT("\x08_S5_\x14\x06\x04\x01\x01\x00\x00"); // a method
	EXPECT_FALSE(found().has_s5);
	MAKE_DSDT("\x08_S5_\x12\x06\x04\x0b\x01\x00\x00"); // a word
	EXPECT_FALSE(found().has_s5);
	for (size_t size = 0; size <= 11; size++) {
		make_dsdt("\x08_S5_\x12\x06\x02\x01\x0a\x05", size);
		EXPECT_EQ(found().has_s5, size == 11);
		EXPECT_FALSE(found().broken);
	}
	MAKE_DSDT("\x08_S5_\x12\xc6\x04\x01"); // a length that goes beyond the end
	EXPECT_FALSE(found().has_s5);
	MAKE_DSDT("\x08_S5_\x12\x04\x02\x01\x01");
	acpi.dsdt.aml[9]++;
	info = found();
	EXPECT_FALSE(info.has_s5);
	EXPECT_TRUE(info.broken);
}
