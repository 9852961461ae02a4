// SPDX-License-Identifier: GPL-2.0-or-later
/* Control messages: descriptors and credentials, on their way in and out. The buffers come from untrusted guests. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "net/socket.h"
#include "task/process.h"

static int add_files(struct socket_scm *scm, const uint8_t *data, size_t len)
{
	unsigned int n = (unsigned int)(len / sizeof(int32_t));

	if (n == 0)
		return 0;
	if (len / sizeof(int32_t) > SCM_MAX_FD || scm->n_files + n > SCM_MAX_FD)
		return -EINVAL;
	if (!scm->files) {
		scm->files = kzalloc(SCM_MAX_FD * sizeof(*scm->files));
		if (!scm->files)
			return -ENOMEM;
	}
	for (unsigned int i = 0; i < n; i++) {
		struct file *f;
		int32_t fd;

		memcpy(&fd, data + i * sizeof(fd), sizeof(fd));
		f = fd >= 0 ? fd_get_raw(fd) : NULL;
		if (!f)
			return -EBADF;
		scm->files[scm->n_files++] = f;
	}
	return 0;
}

static int set_creds(struct socket_scm *scm, const uint8_t *data, size_t len)
{
	const struct task *t = current_task();
	const struct cred *c = t->cred;
	struct abi_ucred u;

	if (len != sizeof(u))
		return -EINVAL;
	memcpy(&u, data, sizeof(u));
	if (u.pid != t->group->tgid && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (u.uid != c->uid && u.uid != c->euid && u.uid != c->suid && !capable(CAP_SETUID))
		return -EPERM;
	if (u.gid != c->gid && u.gid != c->egid && u.gid != c->sgid && !capable(CAP_SETGID))
		return -EPERM;
	if (u.uid == UINT32_MAX || u.gid == UINT32_MAX)
		return -EINVAL;
	if (!task_find(u.pid))
		return -ESRCH;
	scm->creds = u;
	return 0;
}

int scm_parse(const struct socket_message *m, struct socket_scm *ret)
{
	const struct task *t = current_task();
	const uint8_t *p = m->control;
	size_t left = m->control_len;
	int r = 0;

	*ret = (struct socket_scm){ .creds = { t->group ? t->group->tgid : 0,
					       t->cred ? t->cred->uid : 0,
					       t->cred ? t->cred->gid : 0 } };
	while (r == 0 && left >= sizeof(struct abi_cmsghdr)) {
		struct abi_cmsghdr h;
		size_t step;

		memcpy(&h, p, sizeof(h));
		r = -EINVAL;
		if (h.len < sizeof(h) || h.len > left)
			break;
		r = 0;
		if (h.level == SOL_SOCKET) {
			const uint8_t *data = p + sizeof(h);
			size_t len = h.len - sizeof(h);

			if (h.type == SCM_RIGHTS)
				r = add_files(ret, data, len);
			else if (h.type == SCM_CREDENTIALS)
				r = set_creds(ret, data, len);
			else
				r = -EINVAL;
		}
		step = MIN(CMSG_ALIGN(h.len), left);
		p += step;
		left -= step;
	}
	if (r < 0)
		scm_done(ret);
	return r;
}

void scm_done(struct socket_scm *scm)
{
	struct file **files = scm->files;
	unsigned int n = scm->n_files;

	scm->files = NULL;
	scm->n_files = 0;
	for (unsigned int i = 0; i < n; i++)
		file_put(files[i]);
	kfree(files);
}

/* --- out ---------------------------------------------------------------------------------------- */

struct control_out {
	uaddr_t at;
	size_t left, done;
};

/* One message, cut if there is not room for all of it. */
static void put_control(struct control_out *o, int type, const void *data, size_t len,
			uint32_t *flags)
{
	struct abi_cmsghdr h = { sizeof(h) + len, SOL_SOCKET, type };
	size_t space;

	if (o->left < sizeof(h)) {
		*flags |= MSG_CTRUNC;
		return;
	}
	if (o->left < h.len) {
		*flags |= MSG_CTRUNC;
		h.len = o->left;
	}
	if (copy_to_user(o->at, &h, sizeof(h)) < 0 ||
	    copy_to_user(UADDR(o->at.a + sizeof(h)), data, h.len - sizeof(h)) < 0)
		return;
	space = MIN(CMSG_ALIGN(h.len), o->left);
	o->at.a += space;
	o->left -= space;
	o->done += space;
}

static void put_files(struct control_out *o, struct socket_scm *scm, bool cloexec, uint32_t *flags)
{
	size_t head = sizeof(struct abi_cmsghdr);
	unsigned int room = o->left > head ? (unsigned int)((o->left - head) / 4) : 0, n;
	int32_t *fds = kmalloc(SCM_MAX_FD * sizeof(*fds));
	size_t before = o->done;

	if (!fds) {
		*flags |= MSG_CTRUNC;
		return;
	}
	for (n = 0; n < scm->n_files && n < room; n++) {
		fds[n] = fd_install(scm->files[n], 0, cloexec);
		if (fds[n] < 0)
			break;
		scm->files[n] = NULL; /* file_put takes it */
	}
	if (n < scm->n_files)
		*flags |= MSG_CTRUNC;
	if (n > 0) {
		put_control(o, SCM_RIGHTS, fds, n * sizeof(*fds), flags);
		/* The guest does not know of them: a bad pointer. */
		for (unsigned int i = 0; i < n && o->done == before; i++)
			(void)fd_close(fds[i]);
	}
	kfree(fds);
}

size_t scm_receive(struct socket_scm *scm, bool with_creds, uaddr_t control, size_t len,
		   uint32_t call_flags, uint32_t *flags)
{
	struct control_out o = { .at = control, .left = control.a ? len : 0 };

	if (with_creds)
		put_control(&o, SCM_CREDENTIALS, &scm->creds, sizeof(scm->creds), flags);
	if (scm->n_files > 0)
		put_files(&o, scm, (call_flags & MSG_CMSG_CLOEXEC) != 0, flags);
	scm_done(scm);
	return o.done;
}
