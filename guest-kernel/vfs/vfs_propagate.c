// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shared subtrees. Mounts of one peer group see what is mounted and unmounted in each other; slaves see it from their master group only. A group is a
 * number; a mount may be a slave of one group and a peer of another.
 */
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "host/host_memory.h"
#include "vfs/vfs_internal.h"

static int next_group = 1;
static uint64_t this_round; /* of collecting, which does not sleep */

struct collector {
	struct dentry *dentry;
	const struct mount *origin;
	struct propagation *places;
	unsigned int n, size;
	int *groups; /* to be looked at, in this order */
	unsigned int n_groups, groups_size;
	int error;
};

static void collect_one(struct collector *c, struct mount *m, bool slave)
{
	struct propagation *p;

	if (m == c->origin || m->collected == this_round || !m->ns ||
	    !dentry_is_under(c->dentry, m->root))
		return;
	m->collected = this_round;
	if (c->n == c->size) {
		p = krealloc(c->places, (c->size + 16) * sizeof(*p));
		if (!p) {
			c->error = -ENOMEM;
			return;
		}
		c->places = p;
		c->size += 16;
	}
	p = &c->places[c->n++];
	p->at = (struct path){ m, c->dentry };
	p->slave = slave;
	path_get(&p->at);
}

/* A group whose peers are to be looked at, once. */
static void add_group(struct collector *c, int group)
{
	int *p;

	for (unsigned int i = 0; i < c->n_groups; i++)
		if (c->groups[i] == group)
			return;
	if (c->n_groups == c->groups_size) {
		p = krealloc(c->groups, (c->groups_size + 16) * sizeof(*p));
		if (!p) {
			c->error = -ENOMEM;
			return;
		}
		c->groups = p;
		c->groups_size += 16;
	}
	c->groups[c->n_groups++] = group;
}

/* Peers of a group and its slaves; what is slave of those comes later. */
static void collect_group(struct collector *c, int group, bool slave)
{
	struct mount *m;

	list_for_each_entry(m, &mount_list, all_link)
		if (m->peer_group == group)
			collect_one(c, m, slave);
	list_for_each_entry(m, &mount_list, all_link) {
		if (m->master_group != group)
			continue;
		collect_one(c, m, true);
		if (m->peer_group)
			add_group(c, m->peer_group);
	}
}

int propagate_collect(const struct path *at, struct propagation **ret, unsigned int *ret_n)
{
	struct collector c = { .dentry = at->dentry, .origin = at->mount };

	this_round++;
	if (at->mount->peer_group)
		add_group(&c, at->mount->peer_group);
	for (unsigned int i = 0; i < c.n_groups && c.error == 0; i++)
		collect_group(&c, c.groups[i], i > 0);
	kfree(c.groups);
	if (c.error < 0) {
		for (unsigned int i = 0; i < c.n; i++)
			path_put(&c.places[i].at);
		kfree(c.places);
		return c.error;
	}
	*ret = c.places;
	*ret_n = c.n;
	return 0;
}

void mount_tree_share(struct mount *top)
{
	for (struct mount *m = top; m; m = mount_next(m, top))
		if (!m->peer_group)
			m->peer_group = next_group++;
}

void mount_tree_unshare(struct mount *top)
{
	for (struct mount *m = top; m; m = mount_next(m, top))
		m->peer_group = 0;
}

void mount_tree_enslave(struct mount *top)
{
	for (struct mount *m = top; m; m = mount_next(m, top)) {
		if (m->peer_group)
			m->master_group = m->peer_group;
		m->peer_group = 0;
	}
}

/* --- unmounting --------------------------------------------------------------------------------- */

static struct mount *same_mount_at(const struct propagation *p, const struct mount *m)
{
	struct mount *c = mount_at(&p->at);

	return c && c->sb == m->sb ? c : NULL;
}

bool propagate_busy(struct mount *m)
{
	struct path at = { m->parent, m->mountpoint };
	struct propagation *places;
	unsigned int n;
	bool busy = false;

	if (!m->parent || propagate_collect(&at, &places, &n) < 0)
		return false;
	for (unsigned int i = 0; i < n; i++) {
		struct mount *c = same_mount_at(&places[i], m);

		busy |= c && list_empty(&c->children) && c->refs > 1;
		path_put(&places[i].at);
	}
	kfree(places);
	return busy;
}

void propagate_umount(struct mount *m)
{
	struct path at = { m->parent, m->mountpoint };
	struct propagation *places;
	unsigned int n;

	if (!m->parent || propagate_collect(&at, &places, &n) < 0)
		return;
	for (unsigned int i = 0; i < n; i++) {
		struct mount *c = same_mount_at(&places[i], m);

		if (c && list_empty(&c->children))
			mount_detach(c);
		path_put(&places[i].at);
	}
	kfree(places);
}

/* --- changing the type -------------------------------------------------------------------------- */

static bool group_has_others(int group, const struct mount *but)
{
	struct mount *m;

	list_for_each_entry(m, &mount_list, all_link)
		if (m != but && m->peer_group == group)
			return true;
	return false;
}

/* Who was a slave of a group that ends belongs to that group's master now. */
static void group_end(int group, int master)
{
	struct mount *m;

	list_for_each_entry(m, &mount_list, all_link)
		if (m->master_group == group)
			m->master_group = master;
}

static void change_one(struct mount *m, uint32_t type)
{
	int group = m->peer_group;
	bool others = group && group_has_others(group, m);

	m->unbindable = type == MS_UNBINDABLE;
	if (type == MS_SHARED) {
		if (!group)
			m->peer_group = next_group++;
		return;
	}
	m->peer_group = 0;
	if (type == MS_SLAVE && group && others)
		m->master_group = group;
	else if (type != MS_SLAVE) {
		int master = m->master_group;

		m->master_group = 0;
		if (group && !others)
			group_end(group, master);
		return;
	}
	if (group && !others)
		group_end(group, m->master_group);
}

int mount_change_type(struct mount *top, uint32_t type, bool recursive)
{
	for (struct mount *m = top; m; m = recursive ? mount_next(m, top) : NULL)
		change_one(m, type);
	return 0;
}
