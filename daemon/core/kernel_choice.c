/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's kernel against what its definition asks for; see kernel_choice.h. Nothing here knows a kernel by name: rows of
 * kernel_table and the programs' own --help say what each can do.
 */
#include "daemon/core/kernel_choice.h"

#include <pthread.h>
#include <string.h>

#include "daemon/core/guest_config.h"
#include "daemon/core/thread_identity.h"

/* The answers are cached in a table without a lock of its own. */
static pthread_mutex_t probe_lock = PTHREAD_MUTEX_INITIALIZER;

static int program_find(const struct guest_kernel *k, const char *path, uid_t uid, gid_t gid,
			char **ret_program, struct kernel_features *ret, struct error *err)
{
	struct thread_identity id = { 0 };
	char user[USER_NAME_BYTES];
	int r;

	(void)pthread_mutex_lock(&probe_lock);
	r = thread_identity_enter(&id, uid, gid, true);
	if (r < 0)
		(void)error_set_errno(err, r, "act as uid %u", uid);
	if (r == 0)
		r = guest_kernel_locate(k, path, ret_program, err);
	if (r == 0)
		r = guest_kernel_probe(k, *ret_program, ret, err);
	thread_identity_leave(&id);
	(void)pthread_mutex_unlock(&probe_lock);
	if (r == -ENOENT && err && !err->hint) {
		user_name_format(uid, user);
		error_hint(err, "it must be where %s, whom the guest runs as, can reach it", user);
	}
	return r;
}

int kernel_program_find(const struct guest_config *c, uid_t uid, gid_t gid, char **ret_program,
			struct kernel_features *ret, struct error *err)
{
	const struct guest_kernel *k = guest_kernel_find(c->kernel);
	cleanup_free char *program = NULL;
	int r;

	if (!k)
		return error_set(err, ERROR_FAILED, "kernel-not-found", "kernel '%s' is not known",
				 c->kernel);
	r = program_find(k, c->kernel_path, uid, gid, &program, ret, err);
	if (r == 0)
		*ret_program = TAKE_PTR(program);
	return r;
}

/* Why k cannot be this guest's kernel, or NULL; also if nobody can tell. */
static const char *kernel_lacks(const struct guest_kernel *k, const struct guest_config *c,
				const struct kernel_wish *w)
{
	const char *path = strcmp(k->name, c->kernel) == 0 ? c->kernel_path : NULL;
	cleanup_free char *program = NULL;
	struct kernel_features f = { 0 };

	if (w->needs_systemd && !w->named && !k->runs_systemd)
		return "cannot run systemd yet";
	if (c->net.mode != GUEST_NET_TAP ||
	    program_find(k, path, w->uid, w->gid, &program, &f, NULL) < 0)
		return NULL;
	return f.net_eth_tuntap || f.net_vec_tap ? NULL : "has no network yet";
}

static const struct guest_kernel *kernel_that_can(const struct guest_config *c,
						  const struct kernel_wish *w)
{
	for (const struct guest_kernel *k = kernel_table; k->name; k++)
		if (!kernel_lacks(k, c, w))
			return k;
	return NULL;
}

int kernel_choose(struct guest_config *c, const struct kernel_wish *w, char **ret_why,
		  struct error *err)
{
	const struct guest_kernel *k = guest_kernel_find(c->kernel), *other;
	struct kernel_wish any = *w;
	const char *lack;

	*ret_why = NULL;
	if (!k)
		return 0;
	if (c->kernel_path) {
		cleanup_free char *program = NULL;
		struct kernel_features f = { 0 };
		int r = kernel_program_find(c, w->uid, w->gid, &program, &f, err);

		if (r < 0)
			return r;
	}
	lack = kernel_lacks(k, c, w);
	if (!lack)
		return 0;
	any.named = false;
	other = kernel_that_can(c, &any);
	if (w->named || !other) {
		(void)error_set(err, ERROR_USAGE, "kernel-lacks-network", "the kernel '%s' %s",
				c->kernel, lack);
		if (other)
			error_hint(err, "give the guest the kernel '%s', or no network",
				   other->name);
		return -EINVAL;
	}
	if (asprintf(ret_why, "'%s', the default, %s", c->kernel, lack) < 0)
		*ret_why = NULL;
	(void)snprintf(c->kernel, sizeof(c->kernel), "%s", other->name);
	return 0;
}
