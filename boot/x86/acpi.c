// SPDX-License-Identifier: MIT
// Reads ACPI's static tables, before paging is on: they lie anywhere in memory, and nothing has to be
// mapped then.
//
// Rules: compiled -fpie; runs with paging off, at the physical address.
// Linux: drivers/acpi/tables.c, arch/x86/kernel/acpi/boot.c.

#include <boot/x86/acpi.h>
#include <lib/string.h>
#include <lib/util.h>

struct acpi_info pc_acpi;

static const void *at(u32 address)
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

// A table that can be read whole: of a sane length, not beyond the end of memory, with the right sum.
static const struct acpi_header *sound_table(u32 address, u32 least)
{
	const struct acpi_header *table = at(address);

	if (address == 0 || address > 0 - ACPI_LENGTH_MAX)
		return NULL;
	if (table->length < least || table->length > ACPI_LENGTH_MAX)
		return NULL;
	return adds_up(table, table->length) ? table : NULL;
}

static bool has_signature(u32 address, const char *signature)
{
	return address != 0 && address <= 0 - ACPI_LENGTH_MAX &&
	       memcmp(at(address), signature, sizeof(((struct acpi_header *)NULL)->signature)) == 0;
}

static void read_hpet(struct acpi_info *info, u32 address)
{
	const struct acpi_hpet *hpet = (const void *)sound_table(address, sizeof(*hpet));

	if (!hpet || hpet->base.space != ACPI_SPACE_MEMORY || hpet->base.address == 0 ||
	    hpet->base.address >> 32 != 0) {
		info->broken = true;
		return;
	}
	if (info->hpet == 0)
		info->hpet = (u32)hpet->base.address;
}

static void read_fadt(struct acpi_info *info, u32 address)
{
	const struct acpi_fadt *fadt = (const void *)sound_table(address, sizeof(*fadt));

	if (fadt)
		info->century = fadt->century;
	else
		info->broken = true;
}

static bool read_rsdt(struct acpi_info *info, u32 address)
{
	const struct acpi_header *rsdt = sound_table(address, sizeof(*rsdt));
	const u8 *entries = (const u8 *)(rsdt + 1);

	if (!rsdt || memcmp(rsdt->signature, "RSDT", sizeof(rsdt->signature)) != 0)
		return false;
	for (u32 left = rsdt->length - sizeof(*rsdt); left >= sizeof(u32); left -= sizeof(u32)) {
		u32 table;

		memcpy(&table, entries, sizeof(table));
		entries += sizeof(table);
		if (has_signature(table, "HPET"))
			read_hpet(info, table);
		else if (has_signature(table, "FACP"))
			read_fadt(info, table);
	}
	return true;
}

bool acpi_read(struct acpi_info *info, u32 start, u32 size)
{
	const u32 first = ALIGN(start, (u32)ACPI_RSDP_ALIGN), skipped = first - start;

	for (u32 pos = skipped; pos <= size && size - pos >= sizeof(struct acpi_rsdp);
	     pos += ACPI_RSDP_ALIGN) {
		const struct acpi_rsdp *rsdp = at(start + pos);

		if (memcmp(rsdp->signature, "RSD PTR ", sizeof(rsdp->signature)) != 0 ||
		    !adds_up(rsdp, sizeof(*rsdp)))
			continue;
		info->found = read_rsdt(info, rsdp->rsdt);
		info->broken |= !info->found;
		return true;
	}
	return false;
}
