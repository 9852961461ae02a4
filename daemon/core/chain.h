/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intrusive lists with typed links. An element takes itself out without knowing the list's head.
 *
 *	CHAIN_HEAD(guest_chain, guest) list;	struct guest_chain { struct guest *first; }
 *	CHAIN_ENTRY(guest) entry;		inside struct guest
 *
 * An element may be freed inside CHAIN_FOREACH only by code that takes its successor first.
 */
#ifndef DAEMON_CORE_CHAIN_H
#define DAEMON_CORE_CHAIN_H

#define CHAIN_HEAD(name, type)      \
	struct name {               \
		struct type *first; \
	}

/* link points at what points at this element. */
#define CHAIN_ENTRY(type)           \
	struct {                    \
		struct type *next;  \
		struct type **link; \
	}

#define CHAIN_INIT(head)	((head)->first = NULL)
#define CHAIN_FIRST(head)	((head)->first)
#define CHAIN_NEXT(elem, field) ((elem)->field.next)

#define CHAIN_FOREACH(var, head, field) \
	for ((var) = (head)->first; (var) != NULL; (var) = (var)->field.next)

/* Insert where position (&head->first, or &elem->field.next) points now. */
#define CHAIN_INSERT_AT(position, elem, field)                                \
	do {                                                                  \
		(elem)->field.next = *(position);                             \
		(elem)->field.link = (position);                              \
		if ((elem)->field.next)                                       \
			(elem)->field.next->field.link = &(elem)->field.next; \
		*(position) = (elem);                                         \
	} while (0)

#define CHAIN_INSERT_FIRST(head, elem, field) CHAIN_INSERT_AT(&(head)->first, elem, field)

#define CHAIN_REMOVE(elem, field)                                            \
	do {                                                                 \
		*(elem)->field.link = (elem)->field.next;                    \
		if ((elem)->field.next)                                      \
			(elem)->field.next->field.link = (elem)->field.link; \
	} while (0)

#endif
