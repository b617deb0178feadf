// SPDX-License-Identifier: MIT
// Reads ACPI's static tables before paging is on: they may be anywhere in memory, and without paging
// nothing has to be mapped.
//
// Rules: compiled -fpie; runs with paging off, at the physical address.
// Linux: drivers/acpi/tables.c, arch/x86/kernel/acpi/boot.c.

#include <boot/x86/acpi.h>
#include <lib/string.h>
#include <lib/util.h>

struct acpi_info pc_acpi;

static const void *acpi_at(u32 address)
{
	return (const void *)(uintptr_t)address;
}

static bool adds_up(const void *data, u32 size)
{
	const u8 *byte = data;
	u8 sum = 0;

	for (u32 i = 0; i < size; i++)
		sum += byte[i];
	return sum == 0;
}

// Whether a table can be at this address: not 0, and its header ends below 4 GB.
static bool has_header(u32 address)
{
	return address != 0 && address <= 0 - (u32)sizeof(struct acpi_header);
}

// The table at this address if it is valid: `least` to `most` bytes, ends below 4 GB, correct checksum.
// Else NULL.
static const struct acpi_header *sound_table(u32 address, u32 least, u32 most)
{
	const struct acpi_header *table = acpi_at(address);

	if (!has_header(address) || table->length < least || table->length > min(most, 0 - address))
		return NULL;
	return adds_up(table, table->length) ? table : NULL;
}

static bool has_signature(u32 address, const char *signature)
{
	return has_header(address) && memcmp(acpi_at(address), signature,
					     sizeof(((struct acpi_header *)NULL)->signature)) == 0;
}

static void read_hpet(struct acpi_info *info, u32 address)
{
	const struct acpi_hpet *hpet =
		(const void *)sound_table(address, sizeof(*hpet), ACPI_TABLE_MAX);

	if (!hpet || hpet->base.space != ACPI_SPACE_MEMORY || hpet->base.address == 0 ||
	    hpet->base.address >> 32 != 0) {
		info->broken = true;
		return;
	}
	if (info->hpet == 0)
		info->hpet = (u32)hpet->base.address;
}

// ---- Switching off ------------------------------------------------------------------------------
//
// The values for the state S5 are in the package \_S5 of the DSDT, which is a program (AML). All firmware
// encodes the package in the same way, so no interpreter is needed (20.2.5.1, 20.2.5.4):
//
//   08 | 5c |  5f 53 35 5f | 12      | PkgLength | count | SLP_TYPa | SLP_TYPb | ...
//   Name '\'   "_S5_"        Package   1-4 bytes           each 00, 01, or 0a and a byte

#define AML_ZERO        0x00
#define AML_ONE         0x01
#define AML_NAME        0x08
#define AML_BYTE        0x0a
#define AML_PACKAGE     0x12
#define AML_ROOT        0x5c           // a backslash; may be missing
#define PKG_MORE(first) ((first) >> 6) // bytes of a PkgLength after its first

// Reads a small integer at *pos and advances *pos; -1: something else, or the end.
static int aml_byte(const u8 *aml, u32 end, u32 *pos)
{
	const u8 op = *pos < end ? aml[(*pos)++] : 0xff;

	if (op == AML_ZERO || op == AML_ONE)
		return op;
	return op == AML_BYTE && *pos < end ? aml[(*pos)++] : -1;
}

// Reads the two sleep types if the package whose name starts at `pos` is \_S5. Returns whether it is.
static bool read_s5(const u8 *aml, u32 end, u32 pos, int type[2])
{
	const bool named = (pos >= 1 && aml[pos - 1] == AML_NAME) ||
			   (pos >= 2 && aml[pos - 1] == AML_ROOT && aml[pos - 2] == AML_NAME);
	u32 count;

	if (!named || end - pos < 7 || memcmp(aml + pos, "_S5_", 4) != 0 ||
	    aml[pos + 4] != AML_PACKAGE)
		return false;
	pos += 5;
	pos += 1U + PKG_MORE(aml[pos]);
	count = pos < end ? aml[pos++] : 0;
	type[0] = count >= 1 ? aml_byte(aml, end, &pos) : -1;
	type[1] = count >= 2 ? aml_byte(aml, end, &pos) : type[0];
	return type[0] >= 0 && type[1] >= 0;
}

static void find_s5(struct acpi_info *info, const struct acpi_fadt *fadt)
{
	const struct acpi_header *dsdt = sound_table(fadt->dsdt, sizeof(*dsdt), ACPI_DSDT_MAX);
	int type[2];

	if (!dsdt || memcmp(dsdt->signature, "DSDT", sizeof(dsdt->signature)) != 0) {
		info->broken |= fadt->dsdt != 0;
		return;
	}
	for (u32 pos = sizeof(*dsdt); pos < dsdt->length && !info->has_s5; pos++)
		info->has_s5 = read_s5((const u8 *)dsdt, dsdt->length, pos, type);
	for (int i = 0; info->has_s5 && i < 2; i++) {
		info->s5_port[i] = (u16)fadt->pm1_control[i];
		info->s5_value[i] = ACPI_SLP_TYP(type[i]) | ACPI_SLP_EN;
	}
}

static void read_fadt(struct acpi_info *info, u32 address)
{
	const struct acpi_fadt *fadt =
		(const void *)sound_table(address, sizeof(*fadt), ACPI_TABLE_MAX);

	if (!fadt) {
		info->broken = true;
		return;
	}
	info->century = fadt->century;
	find_s5(info, fadt);
}

// Reads the tables that the root table lists, by addresses of `width` bytes. False: no valid root table.
static bool read_root(struct acpi_info *info, u32 address, const char *signature, u32 width)
{
	const struct acpi_header *root = sound_table(address, sizeof(*root), ACPI_TABLE_MAX);
	const u8 *entries = (const u8 *)(root + 1);

	if (!root || memcmp(root->signature, signature, sizeof(root->signature)) != 0)
		return false;
	for (u32 left = root->length - sizeof(*root); left >= width; left -= width) {
		u64 table = 0;

		memcpy(&table, entries, width);
		entries += width;
		if (table >> 32 != 0)
			info->broken = true; // above 4 GB: not reachable with paging off
		else if (has_signature((u32)table, "HPET"))
			read_hpet(info, (u32)table);
		else if (has_signature((u32)table, "FACP"))
			read_fadt(info, (u32)table);
	}
	return true;
}

// Reads the RSDT, which all revisions may have, or else the XSDT. size: bytes that may be read at rsdp.
static bool read_rsdp(struct acpi_info *info, const struct acpi_rsdp *rsdp, u32 size)
{
	if (read_root(info, rsdp->rsdt, "RSDT", sizeof(u32)))
		return true;
	return rsdp->revision >= 2 && size >= ACPI_RSDP_SIZE_2 && adds_up(rsdp, ACPI_RSDP_SIZE_2) &&
	       rsdp->xsdt >> 32 == 0 && read_root(info, (u32)rsdp->xsdt, "XSDT", sizeof(u64));
}

bool acpi_read(struct acpi_info *info, u32 start, u32 size)
{
	const u32 first = ALIGN(start, (u32)ACPI_RSDP_ALIGN), skipped = first - start;

	for (u32 pos = skipped; pos <= size && size - pos >= ACPI_RSDP_SIZE_0;
	     pos += ACPI_RSDP_ALIGN) {
		const struct acpi_rsdp *rsdp = acpi_at(start + pos);

		if (memcmp(rsdp->signature, "RSD PTR ", sizeof(rsdp->signature)) != 0 ||
		    !adds_up(rsdp, ACPI_RSDP_SIZE_0))
			continue;
		info->found = read_rsdp(info, rsdp, size - pos);
		info->broken |= !info->found;
		return true;
	}
	return false;
}
