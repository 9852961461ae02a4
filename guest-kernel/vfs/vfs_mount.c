// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mounts and the trees they form. A mount in a name space has one reference from it; children hold their parent. What is lazily unmounted leaves the tree at
 * once and goes when the last path into it is put.
 */
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "vfs/vfs_init.h"
#include "vfs/vfs_internal.h"

struct list_head mount_list = LIST_HEAD_INIT(mount_list);
static int next_mount_id = 1;

/* What a mount costs: the object, its source, a list of what is below, the name that it keeps in the cache. */
#define BYTES_PER_MOUNT	 256u
#define MOUNTS_MIN	 1024u
#define MOUNTS_MAX	 100000u
#define MOUNT_MAX_SPACES 4u

unsigned int vfs_max_mounts = MOUNTS_MIN;
static uint64_t n_mounts_all, max_mounts_all = MOUNTS_MIN * MOUNT_MAX_SPACES;

void mount_limits_init(uint64_t memory_bytes)
{
	uint64_t n = MAX(memory_bytes / 64 / BYTES_PER_MOUNT, (uint64_t)MOUNTS_MIN);

	vfs_max_mounts = (unsigned int)MIN(n, (uint64_t)MOUNTS_MAX);
	max_mounts_all = n * MOUNT_MAX_SPACES;
}

bool mount_may_make(uint64_t more)
{
	return more <= max_mounts_all && n_mounts_all <= max_mounts_all - more;
}

struct mount *mount_alloc(struct super_block *sb, struct dentry *root, const char *source,
			  uint32_t flags)
{
	struct mount *m = kzalloc(sizeof(*m));

	if (!m)
		return NULL;
	m->source = kstrdup(source ? source : "none");
	if (!m->source) {
		kfree(m);
		return NULL;
	}
	m->refs = 1;
	m->id = next_mount_id++;
	m->flags = flags;
	m->sb = sb;
	super_activate(sb);
	m->root = root;
	dentry_get(root);
	list_init(&m->ns_link);
	list_init(&m->children);
	list_init(&m->child_link);
	list_add_tail(&m->all_link, &mount_list);
	n_mounts_all++;
	return m;
}

void mount_get(struct mount *m)
{
	ASSERT_LOCKED();
	m->refs++;
}

void mount_put(struct mount *m)
{
	ASSERT_LOCKED();
	if (!m || --m->refs > 0)
		return;
	ASSERT(!m->parent && !m->ns && list_empty(&m->children));
	list_del(&m->all_link);
	n_mounts_all--;
	dentry_put(m->root);
	super_deactivate(m->sb);
	kfree(m->source);
	kfree(m);
}

struct mount *mount_at(const struct path *p)
{
	struct mount *m;

	list_for_each_entry(m, &p->mount->children, child_link)
		if (m->mountpoint == p->dentry)
			return m;
	return NULL;
}

void mount_hook(struct mount *m, const struct path *at)
{
	ASSERT(!m->parent);
	path_get(at);
	m->parent = at->mount;
	m->mountpoint = at->dentry;
	m->mountpoint->n_mounts++;
	list_add_tail(&m->child_link, &at->mount->children);
}

void mount_unhook(struct mount *m)
{
	struct path at = { m->parent, m->mountpoint };

	if (!m->parent)
		return;
	list_del(&m->child_link);
	m->mountpoint->n_mounts--;
	m->parent = NULL;
	m->mountpoint = NULL;
	path_put(&at);
}

struct mount *mount_next(const struct mount *m, const struct mount *top)
{
	if (!list_empty(&m->children))
		return list_first_entry(&m->children, struct mount, child_link);
	for (; m != top; m = m->parent) {
		if (m->child_link.next != &m->parent->children)
			return list_entry(m->child_link.next, struct mount, child_link);
	}
	return NULL;
}

void mount_ns_changed(struct mount_ns *ns)
{
	ns->event++;
	wait_queue_wake_all(&ns->queue);
}

/* Hook a tree up and enter all of it into the name space of the place. */
void mount_attach(struct mount *tree, const struct path *at)
{
	struct mount_ns *ns = at->mount->ns;

	mount_hook(tree, at);
	for (struct mount *m = tree; m; m = mount_next(m, tree)) {
		ASSERT(!m->ns);
		m->ns = ns;
		if (!ns)
			continue;
		list_add_tail(&m->ns_link, &ns->mounts);
		ns->n_mounts++;
	}
	if (ns)
		mount_ns_changed(ns);
}

void mount_detach(struct mount *m)
{
	struct mount_ns *ns = m->ns;

	mount_get(m);
	mount_unhook(m);
	m->ns = NULL;
	m->peer_group = m->master_group = 0;
	list_del(&m->ns_link);
	if (ns) {
		ns->n_mounts--;
		mount_ns_changed(ns);
	}
	mount_put(m); /* the name space's */
	mount_put(m);
}

/* The youngest without children goes, then on from where it was, until the top is gone too. Detaching may sleep: others may take part of it meanwhile. */
void mount_drop_tree(struct mount *top)
{
	bool hooked = top->parent || top->ns;
	struct mount *m = top, *parent;

	mount_get(top);
	mount_get(m);
	for (;;) {
		while (!list_empty(&m->children)) {
			parent = m;
			m = list_last_entry(&m->children, struct mount, child_link);
			mount_get(m);
			mount_put(parent);
		}
		if (m == top)
			break;
		parent = m->parent;
		mount_get(parent);
		mount_detach(m);
		mount_put(m);
		m = parent;
		if (m != top && !m->parent) {
			mount_get(top);
			mount_put(m);
			m = top;
		}
	}
	if (!hooked || top->parent || top->ns)
		mount_detach(top);
	mount_put(m);
	mount_put(top);
}

struct mount *mount_clone(struct mount *m, struct dentry *root)
{
	struct mount *n = mount_alloc(m->sb, root, m->source, m->flags);

	if (!n)
		return NULL;
	n->peer_group = m->peer_group;
	n->master_group = m->master_group;
	return n;
}

struct mount *mount_clone_tree(struct mount *m, struct dentry *root, bool recursive, bool all)
{
	struct mount *top = mount_clone(m, root), *n;

	if (!top)
		return NULL;
	m->copy = top;
	if (all)
		top->unbindable = m->unbindable;
	for (n = mount_next(m, m); recursive && n; n = mount_next(n, m)) {
		struct mount *c;
		struct path at;

		n->copy = NULL;
		/* Outside of the part that is copied, below something left out, or not to be bound. */
		if ((n->parent == m && !dentry_is_under(n->mountpoint, root)) || !n->parent->copy ||
		    (n->unbindable && !all))
			continue;
		c = mount_clone(n, n->root);
		if (!c) {
			mount_drop_tree(top);
			return NULL;
		}
		c->unbindable = n->unbindable;
		at = (struct path){ n->parent->copy, n->mountpoint };
		mount_hook(c, &at);
		n->copy = c;
	}
	return top;
}

/* Is there room for size mounts at `at` and as many at each of the places? Nothing has been made yet. */
static int count_mounts(const struct path *at, const struct propagation *places, unsigned int n,
			unsigned int size)
{
	struct mount_ns *ns = at->mount->ns;

	if (ns)
		ns->n_planned = size;
	for (unsigned int i = 0; i < n; i++)
		if (places[i].at.mount->ns != ns)
			places[i].at.mount->ns->n_planned = 0;
	for (unsigned int i = 0; i < n; i++)
		places[i].at.mount->ns->n_planned += size;
	for (unsigned int i = 0; i < n; i++) {
		const struct mount_ns *there = places[i].at.mount->ns;

		if (there->n_mounts + there->n_planned > vfs_max_mounts)
			return -ENOSPC;
	}
	if (ns && ns->n_mounts + ns->n_planned > vfs_max_mounts)
		return -ENOSPC;
	return mount_may_make((uint64_t)n * size) ? 0 : -ENOSPC;
}

int mount_graft(struct mount *tree, const struct path *at)
{
	struct propagation *places;
	struct mount **copies = NULL;
	unsigned int n, made = 0, size = 0;
	int r;

	for (struct mount *m = tree; m; m = mount_next(m, tree))
		size++;
	r = propagate_collect(at, &places, &n);
	if (r < 0)
		return r;
	r = count_mounts(at, places, n, size);
	if (r == 0 && n > 0) {
		copies = kmalloc(n * sizeof(struct mount *));
		r = copies ? 0 : -ENOMEM;
	}
	if (r == 0 && at->mount->peer_group)
		mount_tree_share(tree);
	for (; r == 0 && made < n; made++) {
		copies[made] = mount_clone_tree(tree, tree->root, true, true);
		if (!copies[made]) {
			r = -ENOMEM;
			break;
		}
		if (places[made].slave)
			mount_tree_enslave(copies[made]);
		if (!places[made].at.mount->peer_group)
			mount_tree_unshare(copies[made]);
		else if (places[made].slave)
			mount_tree_share(copies[made]);
	}
	for (unsigned int i = 0; i < made; i++) {
		struct mount *under = r == 0 ? mount_at(&places[i].at) : NULL;

		if (r < 0 || under)
			mount_drop_tree(copies[i]);
		else
			mount_attach(copies[i], &places[i].at);
	}
	for (unsigned int i = 0; i < n; i++)
		path_put(&places[i].at);
	kfree(copies);
	kfree(places);
	if (r == 0)
		mount_attach(tree, at);
	return r;
}
