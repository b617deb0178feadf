// SPDX-License-Identifier: MIT
// Linux's doubly linked circular list: a list_head in each element, and one as the head.
#pragma once

#include <lib/util.h>

struct list_head {
	struct list_head *next, *prev;
};

// clang-format off
#define LIST_HEAD_INIT(name) { &(name), &(name) }
// clang-format on
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head->prev = head;
}

static inline void list_insert_between(struct list_head *item, struct list_head *prev,
				       struct list_head *next)
{
	next->prev = item;
	item->next = next;
	item->prev = prev;
	prev->next = item;
}

static inline void list_add(struct list_head *item, struct list_head *head)
{
	list_insert_between(item, head, head->next);
}

static inline void list_add_tail(struct list_head *item, struct list_head *head)
{
	list_insert_between(item, head->prev, head);
}

static inline void list_del(struct list_head *item)
{
	item->next->prev = item->prev;
	item->prev->next = item->next;
	item->next = item->prev = NULL;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

#define list_entry(ptr, type, member)        container_of(ptr, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)

// Whether pos->member would be the head. Computed in bytes, because pos is then not a valid object and
// even &pos->member would be undefined.
#define list_entry_is_head(pos, head, member) \
	((char *)(pos) + offsetof(__typeof__(*pos), member) == (char *)(head))

#define list_for_each_entry(pos, head, member)                         \
	for (pos = list_entry((head)->next, __typeof__(*pos), member); \
	     !list_entry_is_head(pos, head, member);                   \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))
