// SPDX-License-Identifier: MIT
// Reads the multiboot loader's information in memory, before that memory is reused.
//
// Rules: compiled -fpie; runs with paging off, at the physical address.
// The loader's data is untrusted: lengths are checked, strings are cut, invalid entries are skipped.

#include <boot/x86/multiboot.h>
#include <lib/string.h>
#include <lib/util.h>

#define ENTRY_SIZE_MIN (sizeof(struct multiboot_mmap_entry) - sizeof(u32))

static const void *mbi_at(u32 address)
{
	return (const void *)(uintptr_t)address;
}

// ---- Memory -------------------------------------------------------------------------------------

static void add_mmap_entry(struct bootinfo *bi, const struct multiboot_mmap_entry *entry)
{
	if (entry->type == MULTIBOOT_MEMORY_AVAILABLE)
		bootinfo_add_ram(bi, entry->addr, entry->len);
	else
		bootinfo_add_reserved(bi, entry->addr, entry->len);
}

// Stops at the first invalid entry: the start of the next one is unknown.
static void parse_mmap(struct bootinfo *bi, u32 addr, u32 length)
{
	u32 pos = 0;

	if (addr != 0 && length > 0 - addr)
		length = 0 - addr;
	while (length - pos >= sizeof(struct multiboot_mmap_entry)) {
		const struct multiboot_mmap_entry *entry = mbi_at(addr + pos);

		if (entry->size < ENTRY_SIZE_MIN || entry->size > length - pos - sizeof(u32)) {
			bi->ranges_cut = true;
			return;
		}
		add_mmap_entry(bi, entry);
		pos += entry->size + sizeof(u32);
	}
}

static void parse_mem_lower_upper(struct bootinfo *bi, const struct multiboot_info *info)
{
	bootinfo_add_ram(bi, 0, (u64)info->mem_lower * SZ_1K);
	bootinfo_add_ram(bi, SZ_1M, (u64)info->mem_upper * SZ_1K);
}

static void parse_memory(struct bootinfo *bi, const struct multiboot_info *info)
{
	if (info->flags & MULTIBOOT_INFO_MMAP)
		parse_mmap(bi, info->mmap_addr, info->mmap_length);
	if (bi->ram_count == 0 && (info->flags & MULTIBOOT_INFO_MEMORY))
		parse_mem_lower_upper(bi, info);
}

// ---- Strings ------------------------------------------------------------------------------------

// The first word is the image's path with QEMU; with GRUB it is the word from its command (tools/mkiso:
// the file's name). An option has no '.' or '/' before its '='.
static const char *skip_image_name(const char *line)
{
	const char *p = line;
	bool is_file = false;

	for (; *p && *p != ' ' && *p != '='; p++)
		is_file |= *p == '/' || *p == '.';
	if (!is_file || *p == '=')
		return line;
	while (*p == ' ')
		p++;
	return p;
}

// GRUB 2 puts a backslash before each quote and backslash of a word (grub_create_loader_cmdline).
static bool escaped_by_grub(const struct bootinfo *bi, const char *s)
{
	return s[0] == '\\' && (s[1] == '\\' || s[1] == '\'' || s[1] == '"') &&
	       strncmp(bi->loader, "multiboot: GRUB ", sizeof("multiboot: GRUB ") - 1) == 0;
}

static void parse_cmdline(struct bootinfo *bi, const char *line)
{
	size_t len = 0;

	while (*line == ' ')
		line++;
	line = skip_image_name(line);
	for (; *line && len < sizeof(bi->cmdline) - 1; line++) {
		if (escaped_by_grub(bi, line))
			line++;
		bi->cmdline[len++] = *line;
	}
	bi->cmdline[len] = '\0';
	bi->cmdline_cut = *line;
}

static void parse_loader(struct bootinfo *bi, const struct multiboot_info *info)
{
	int len = strscpy(bi->loader, "multiboot", sizeof(bi->loader));

	if (!(info->flags & MULTIBOOT_INFO_LOADER) || info->boot_loader_name == 0)
		return;
	len += strscpy(bi->loader + len, ": ", sizeof(bi->loader) - len);
	// A long name is cut: its end is not needed.
	if (strscpy(bi->loader + len, mbi_at(info->boot_loader_name), sizeof(bi->loader) - len) < 0)
		return;
}

// ---- All of it ----------------------------------------------------------------------------------

// The first module is the initrd. If its end is before its start, the size wraps to a huge number, which
// is later rejected because it is not inside RAM.
static void parse_modules(struct bootinfo *bi, const struct multiboot_info *info)
{
	const struct multiboot_module *mod = mbi_at(info->mods_addr);

	if (info->mods_count == 0 || info->mods_addr == 0)
		return;
	bi->initrd.start = mod->mod_start;
	bi->initrd.size = (u64)mod->mod_end - mod->mod_start;
}

enum multiboot_result multiboot_parse(struct bootinfo *bi, u32 magic,
				      const struct multiboot_info *info)
{
	if (magic != MULTIBOOT_BOOTLOADER_MAGIC)
		return MULTIBOOT_BAD_MAGIC;
	parse_loader(bi, info);
	if ((info->flags & MULTIBOOT_INFO_CMDLINE) && info->cmdline != 0)
		parse_cmdline(bi, mbi_at(info->cmdline));
	if (info->flags & MULTIBOOT_INFO_MODS)
		parse_modules(bi, info);
	parse_memory(bi, info);
	return bi->ram_count > 0 ? MULTIBOOT_OK : MULTIBOOT_NO_MEMORY;
}

const char *multiboot_problem(enum multiboot_result result)
{
	if (result == MULTIBOOT_BAD_MAGIC)
		return "not started by a multiboot loader: the magic number in EAX is wrong";
	if (result == MULTIBOOT_NO_MEMORY)
		return "the multiboot loader told neither a memory map nor the size of memory";
	return NULL;
}
