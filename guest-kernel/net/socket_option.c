// SPDX-License-Identifier: GPL-2.0-or-later
/* setsockopt and getsockopt of the level SOL_SOCKET; a few options are the family's. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "lib/string.h"
#include "net/socket.h"
#include "task/process.h"

#define BUFFER_MAX  212992u /* net.core.wmem_max, rmem_max */
#define SNDBUF_MIN  4608u
#define RCVBUF_MIN  2304u
#define TIMEOUT_MAX ((uint64_t)INT64_MAX / 4)

static int set_buffer(uint32_t *field, int value, uint32_t min, bool force)
{
	uint32_t v = (uint32_t)value;

	if (force && !capable(CAP_NET_ADMIN))
		return -EPERM;
	if (value < 0)
		v = force ? 0 : BUFFER_MAX;
	if (!force)
		v = MIN(v, BUFFER_MAX);
	v = MIN(v, (uint32_t)INT_MAX / 2);
	/* Doubled for bookkeeping, as socket(7) says; the doubled value is shown. */
	*field = MAX(v * 2, min);
	return 0;
}

static int set_timeout(uint64_t *field, const void *value, unsigned int len)
{
	struct abi_timeval tv;

	if (len < sizeof(tv))
		return -EINVAL;
	memcpy(&tv, value, sizeof(tv));
	if (tv.usec < 0 || tv.usec >= 1000000)
		return -EDOM;
	if (tv.sec < 0) {
		*field = 1; /* Linux: no waiting at all */
		return 0;
	}
	if ((uint64_t)tv.sec >= TIMEOUT_MAX / NSEC_PER_SEC)
		*field = 0;
	else
		*field = (uint64_t)tv.sec * NSEC_PER_SEC + (uint64_t)tv.usec * NSEC_PER_USEC;
	return 0;
}

static bool *flag_of(struct socket *s, int option)
{
	switch (option) {
	case SO_DEBUG:
		return &s->debug;
	case SO_REUSEADDR:
		return &s->reuseaddr;
	case SO_REUSEPORT:
		return &s->reuseport;
	case SO_KEEPALIVE:
		return &s->keepalive;
	case SO_BROADCAST:
		return &s->broadcast;
	case SO_OOBINLINE:
		return &s->oobinline;
	case SO_DONTROUTE:
		return &s->dontroute;
	case SO_TIMESTAMP:
		return &s->timestamp;
	case SO_PASSCRED:
		return &s->passcred;
	case SO_PASSSEC:
		return &s->passsec;
	default:
		return NULL;
	}
}

static int set_number(struct socket *s, int option, int v)
{
	switch (option) {
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		return set_buffer(&s->sndbuf, v, SNDBUF_MIN, option == SO_SNDBUFFORCE);
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
		return set_buffer(&s->rcvbuf, v, RCVBUF_MIN, option == SO_RCVBUFFORCE);
	case SO_RCVLOWAT:
		s->rcvlowat = v < 0 ? INT_MAX : v == 0 ? 1 : (uint32_t)v;
		return 0;
	case SO_PRIORITY:
		if ((v < 0 || v > 6) && !capable(CAP_NET_ADMIN))
			return -EPERM;
		s->priority = v;
		return 0;
	case SO_TYPE:
	case SO_PROTOCOL:
	case SO_DOMAIN:
	case SO_ERROR:
	default:
		return -ENOPROTOOPT;
	}
}

int socket_set_base(struct socket *s, int level, int option, const void *value, unsigned int len)
{
	int32_t v;
	bool *flag;
	int r;

	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (len < sizeof(v))
		return -EINVAL;
	memcpy(&v, value, sizeof(v));
	flag = flag_of(s, option);
	if (flag) {
		if (option == SO_DEBUG && v && !capable(CAP_NET_ADMIN))
			return -EACCES;
		*flag = v != 0;
		r = 0;
	} else if (option == SO_RCVTIMEO || option == SO_RCVTIMEO_NEW) {
		r = set_timeout(&s->rcvtimeo_ns, value, len);
	} else if (option == SO_SNDTIMEO || option == SO_SNDTIMEO_NEW) {
		r = set_timeout(&s->sndtimeo_ns, value, len);
	} else if (option == SO_LINGER) {
		if (len < sizeof(s->linger))
			return -EINVAL;
		memcpy(&s->linger, value, sizeof(s->linger));
		r = 0;
	} else {
		r = set_number(s, option, v);
	}
	if (r == 0 && s->ops->option_changed)
		s->ops->option_changed(s);
	return r;
}

static int give(void *buf, unsigned int len, const void *value, unsigned int size)
{
	size = MIN(size, len);
	memcpy(buf, value, size);
	return (int)size;
}

static int get_timeout(uint64_t ns, void *buf, unsigned int len)
{
	struct abi_timeval tv = { .sec = (int64_t)(ns / NSEC_PER_SEC),
				  .usec = (int64_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC) };

	return give(buf, len, &tv, sizeof(tv));
}

static int get_number(struct socket *s, int option, int32_t *ret)
{
	switch (option) {
	case SO_TYPE:
		*ret = s->type;
		return 0;
	case SO_PROTOCOL:
		*ret = s->protocol;
		return 0;
	case SO_DOMAIN:
		*ret = s->family;
		return 0;
	case SO_ERROR:
		*ret = s->ops->error ? s->ops->error(s) : 0;
		return 0;
	case SO_SNDBUF:
		*ret = (int32_t)s->sndbuf;
		return 0;
	case SO_RCVBUF:
		*ret = (int32_t)s->rcvbuf;
		return 0;
	case SO_RCVLOWAT:
		*ret = (int32_t)s->rcvlowat;
		return 0;
	case SO_SNDLOWAT:
		*ret = 1;
		return 0;
	case SO_PRIORITY:
		*ret = s->priority;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int socket_get_base(struct socket *s, int level, int option, void *buf, unsigned int len)
{
	bool *flag = flag_of(s, option);
	int32_t v;

	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (flag) {
		v = *flag;
		return give(buf, len, &v, sizeof(v));
	}
	switch (option) {
	case SO_RCVTIMEO:
	case SO_RCVTIMEO_NEW:
		return get_timeout(s->rcvtimeo_ns, buf, len);
	case SO_SNDTIMEO:
	case SO_SNDTIMEO_NEW:
		return get_timeout(s->sndtimeo_ns, buf, len);
	case SO_LINGER:
		return give(buf, len, &s->linger, sizeof(s->linger));
	default:
		break;
	}
	if (get_number(s, option, &v) == 0)
		return give(buf, len, &v, sizeof(v));
	return s->ops->get_option ? s->ops->get_option(s, option, buf, len) : -ENOPROTOOPT;
}

int socket_set_option(struct socket *s, int level, int option, const void *value, unsigned int len)
{
	return s->ops->set_any ? s->ops->set_any(s, level, option, value, len)
			       : socket_set_base(s, level, option, value, len);
}

int socket_get_option(struct socket *s, int level, int option, void *buf, unsigned int len)
{
	return s->ops->get_any ? s->ops->get_any(s, level, option, buf, len)
			       : socket_get_base(s, level, option, buf, len);
}
