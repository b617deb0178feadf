// SPDX-License-Identifier: MIT
// The few facts that the kernel needs from a PC's ACPI tables.
//
// Manual: ACPI Specification 6.4, 5.2 (tables); IA-PC HPET Specification 1.0a, 3.2.4 (table HPET).
#pragma once

#include <lib/compiler.h>
#include <lib/types.h>

// Root System Description Pointer (5.2.5.3). Revision 0 ends after the RSDT's address, or 0.
struct acpi_rsdp {
	char signature[8]; // "RSD PTR "
	u8 checksum;       // makes the first 20 bytes add up to 0
	char oem_id[6];
	u8 revision;
	u32 rsdt;
	// From revision 2 on.
	u32 length;
	u64 xsdt;
	u8 extended_checksum; // makes all bytes add up to 0
	u8 reserved[3];
} __packed;
#define ACPI_RSDP_SIZE_0 20
#define ACPI_RSDP_SIZE_2 36
_Static_assert(offsetof(struct acpi_rsdp, length) == ACPI_RSDP_SIZE_0 &&
		       sizeof(struct acpi_rsdp) == ACPI_RSDP_SIZE_2,
	       "an RSDP has 20 bytes in ACPI 1.0, then 36");
#define ACPI_RSDP_ALIGN 16

// The header of every table (5.2.6). In the RSDT (5.2.7), 32-bit addresses of tables follow; in the XSDT
// (5.2.8), 64-bit ones.
struct acpi_header {
	char signature[4];
	u32 length; // header included
	u8 revision, checksum;
	char oem_id[6], oem_table_id[8];
	u32 oem_revision, creator_id, creator_revision;
} __packed;
_Static_assert(sizeof(struct acpi_header) == 36, "a table's header has 36 bytes");

// Generic Address Structure (5.2.3.2).
struct acpi_address {
	u8 space, bit_width, bit_offset, access_size;
	u64 address;
} __packed;
#define ACPI_SPACE_MEMORY 0

struct acpi_hpet {
	struct acpi_header header; // "HPET"
	u32 block_id;
	struct acpi_address base;
	u8 number;
	u16 min_tick;
	u8 page_protection;
} __packed;
_Static_assert(sizeof(struct acpi_hpet) == 56, "the table HPET has 56 bytes");

// The Fixed ACPI Description Table (5.2.9), up to the last field that the kernel needs.
struct acpi_fadt {
	struct acpi_header header; // "FACP"
	u32 facs, dsdt;
	u8 fields[20];
	u32 pm1_control[2]; // ports of PM1a_CNT_BLK and PM1b_CNT_BLK; 0: none
	u8 more_fields[36];
	u8 century; // the CMOS register of the century, or 0
} __packed;
_Static_assert(offsetof(struct acpi_fadt, pm1_control) == 64, "PM1a_CNT_BLK stands at byte 64");
_Static_assert(sizeof(struct acpi_fadt) == 109, "CENTURY stands at byte 108");

// Longer tables are rejected. Real ones are shorter: the DSDT, which describes all devices, has hundreds
// of KB; the others have a few hundred bytes.
#define ACPI_TABLE_MAX 0x10000
#define ACPI_DSDT_MAX  0x400000

struct acpi_info {
	bool found;  // there is an RSDP with a valid RSDT or XSDT
	bool broken; // something was skipped: a table with a wrong length or checksum
	u32 hpet;    // physical address of the first HPET's registers, or 0
	u8 century;  // CMOS register, or 0
	bool has_s5; // to switch the machine off, write these values to these ports (0: no port)
	u16 s5_port[2], s5_value[2];
};

// PM1 control (4.8.3.2.1): the sleep type in bits 12:10, which is in the DSDT, and the start bit.
#define ACPI_SLP_TYP(type) ((u16)(((type)&7) << 10))
#define ACPI_SLP_EN        0x2000

// Filled by x86_early().
extern struct acpi_info pc_acpi;

// Looks for the RSDP in [start, start + size) and reads the tables that it leads to. Returns whether it
// was there. The tables are untrusted: checks every length, and skips tables with a wrong checksum. Call
// with paging off, or (in tests) with virtual addresses.
bool acpi_read(struct acpi_info *info, u32 start, u32 size);
