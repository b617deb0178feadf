// SPDX-License-Identifier: MIT
// What is done with whole pages, wherever they lie.
//
// Linux: include/linux/highmem.h.

#include <mm/highmem.h>

void clear_highpage(struct page *page)
{
	void *va = kmap_local_page(page);

	memset(va, 0, PAGE_SIZE);
	kunmap_local(va);
}

void copy_highpage(struct page *to, struct page *from)
{
	const void *src = kmap_local_page(from);
	void *dst = kmap_local_page(to);

	memcpy(dst, src, PAGE_SIZE);
	kunmap_local(dst);
	kunmap_local(src);
}
