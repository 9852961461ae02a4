// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of guest kernels: linux.uml, Debian's packaged User Mode Linux, and umlk, our own. Both take the same words
 * on the command line, so they share the builder; a row differs in what it can be asked for and in what its exit
 * status means. What a binary can do is read from its --help (guest_kernel_probe.c).
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "common/parse.h"
#include "daemon/guest_kernel.h"

#define KERNEL_ARGV_MAX	   192
#define KERNEL_LINE_MAX	   4000 /* it copies all words into one buffer of 4096 bytes */
#define KERNEL_DISKS_MAX   16
#define KERNEL_CONSOLE_MAX 16

static const char *const end_names[] = {
	[GUEST_END_POWEROFF] = "poweroff", [GUEST_END_REBOOT] = "reboot",
	[GUEST_END_PANIC] = "panic",	   [GUEST_END_KILLED] = "killed",
	[GUEST_END_FAILED] = "failed",
};

const char *guest_end_to_string(enum guest_end e)
{
	if (e < 0 || e >= GUEST_END_MAX)
		return "unknown";
	return end_names[e];
}

enum guest_end guest_end_from_string(const char *s)
{
	for (int i = 0; s && i < GUEST_END_MAX; i++)
		if (strcmp(s, end_names[i]) == 0)
			return (enum guest_end)i;
	return GUEST_END_INVALID;
}

/* --- the command line --------------------------------------------------------------------------- */

struct argv_builder {
	char **words;
	unsigned int n;
	size_t bytes; /* of all words with a blank between them, as the kernel joins them */
};

static void argv_builder_done(struct argv_builder *b)
{
	kernel_argv_free(b->words);
	b->words = NULL;
}

static int argv_add_owned(struct argv_builder *b, char *word, struct error *err)
{
	if (!word)
		return error_set_errno(err, ENOMEM, "cannot build the kernel's command line");
	if (b->n + 1 >= KERNEL_ARGV_MAX || b->bytes + strlen(word) + 1 > KERNEL_LINE_MAX) {
		free(word);
		return error_set(err, ERROR_USAGE, "command-line-too-long",
				 "the kernel's command line has more than %d bytes or %d words",
				 KERNEL_LINE_MAX, KERNEL_ARGV_MAX);
	}
	b->bytes += strlen(word) + 1;
	b->words[b->n++] = word;
	b->words[b->n] = NULL;
	return 0;
}

static int argv_add(struct argv_builder *b, struct error *err, const char *fmt, ...)
	printf_like(3, 4);

static int argv_add(struct argv_builder *b, struct error *err, const char *fmt, ...)
{
	char *word = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&word, fmt, ap);
	va_end(ap);
	return argv_add_owned(b, n < 0 ? NULL : word, err);
}

/*
 * The kernel joins its words with blanks and splits them again, and knows only double quotes; so a path with a
 * blank, a quote or a control byte cannot be handed over. extra: further bytes that split the word at hand.
 */
static int path_check(const char *what, const char *path, const char *extra, struct error *err)
{
	if (path[0] != '/')
		return error_set(err, ERROR_USAGE, "invalid-path", "%s '%s' is not absolute", what,
				 path);
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == '"' || *p == 0x7f || strchr(extra, *p))
			return error_set(err, ERROR_USAGE, "invalid-path",
					 "%s '%s' contains a blank, a quote%s%s, which the guest "
					 "kernel cannot read",
					 what, path, *extra ? " or one of " : " or a control byte",
					 extra);
	return 0;
}

static int argv_add_disk(struct argv_builder *b, unsigned int i, const struct kernel_disk *d,
			 struct error *err)
{
	const char *flag = d->readonly ? "r" : "";
	int r = path_check("disk", d->path, ",:", err);

	if (r < 0)
		return r;
	if (!d->backing)
		return argv_add(b, err, "ubd%u%s=%s", i, flag, d->path);
	r = path_check("base image", d->backing, ",:", err);
	if (r < 0)
		return r;
	return argv_add(b, err, "ubd%u%s=%s,%s", i, flag, d->path, d->backing);
}

static int argv_add_net(struct argv_builder *b, const struct kernel_args *a,
			const struct kernel_features *f, struct error *err)
{
	uint8_t mac[6];

	if (!a->tap)
		return 0;
	if (!ifname_valid(a->tap) || !a->mac || parse_mac(a->mac, mac) < 0)
		return error_set(err, ERROR_USAGE, "invalid-network",
				 "'%s' with MAC '%s' is not a network device", a->tap,
				 a->mac ? a->mac : "");
	if (f->net_eth_tuntap)
		return argv_add(b, err, "eth0=tuntap,%s,%s", a->tap, a->mac);
	if (f->net_vec_tap)
		return argv_add(b, err, "vec0:transport=tap,ifname=%s,mac=%s", a->tap, a->mac);
	return error_set(err, ERROR_USAGE, "kernel-lacks-network",
			 "the kernel '%s' can use neither eth0=tuntap nor vec0:transport=tap",
			 a->program);
}

/* Words of the user's that would take away what umld needs to supervise the guest. */
static const char *word_is_reserved(const char *word, size_t len)
{
	static const char *const reserved[] = { "umid=",  "uml_dir=",  "mconsole=",
						"con=",	  "con0=",     "noreboot",
						"--help", "--version", NULL };

	for (unsigned int i = 0; reserved[i]; i++) {
		size_t n = strlen(reserved[i]);
		bool is_prefix = reserved[i][n - 1] == '=';

		if ((is_prefix ? len >= n : len == n) && strncmp(word, reserved[i], n) == 0)
			return reserved[i];
	}
	return NULL;
}

/* Split at blanks outside double quotes. The quotes stay: the kernel joins and splits all words once more. */
static int argv_add_append(struct argv_builder *b, const char *append, struct error *err)
{
	const char *p = append;

	while (*p) {
		bool quoted = false;
		const char *start, *reserved;

		p += strspn(p, " \t");
		start = p;
		for (; *p && (quoted || (*p != ' ' && *p != '\t')); p++) {
			if (*p == '"')
				quoted = !quoted;
			if ((unsigned char)*p < ' ' || *p == 0x7f)
				return error_set(err, ERROR_USAGE, "invalid-parameter",
						 "append contains a control byte");
		}
		if (quoted)
			return error_set(err, ERROR_USAGE, "invalid-parameter",
					 "append has a double quote without its partner");
		if (p == start)
			continue;
		reserved = word_is_reserved(start, (size_t)(p - start));
		if (reserved)
			return error_set(err, ERROR_USAGE, "invalid-parameter",
					 "append may not contain '%s', which umld sets itself",
					 reserved);
		int r = argv_add_owned(b, strndup(start, (size_t)(p - start)), err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int argv_add_identity(struct argv_builder *b, const struct kernel_args *a, struct error *err)
{
	int r;

	if (!guest_name_valid(a->umid))
		return error_set(err, ERROR_USAGE, "invalid-name", "'%s' is not a guest's name",
				 a->umid);
	r = path_check("uml_dir", a->uml_dir, "", err);
	if (r == 0)
		r = path_check("notify socket", a->notify_socket, ",", err);
	if (r == 0)
		r = argv_add(b, err, "umid=%s", a->umid);
	/* The guest's own name before any init runs; the kernel keeps umid= to itself. */
	if (r == 0)
		r = argv_add(b, err, "hostname=%s", a->umid);
	if (r == 0)
		r = argv_add(b, err, "uml_dir=%s", a->uml_dir);
	if (r == 0)
		r = argv_add(b, err, "mconsole=notify:%s", a->notify_socket);
	return r;
}

/* con=none first: a later word for a single console wins over it, also on kernels where the order counts. */
static int argv_add_consoles(struct argv_builder *b, unsigned int n, struct error *err)
{
	int r = argv_add(b, err, "con=none");

	if (n < 1 || n > KERNEL_CONSOLE_MAX)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "a guest has 1 to %d consoles, not %u", KERNEL_CONSOLE_MAX, n);
	if (r == 0)
		r = argv_add(b, err, "con0=fd:0,fd:1");
	for (unsigned int i = 1; r == 0 && i < n; i++)
		r = argv_add(b, err, "con%u=fd:%u", i, 2 + i);
	if (r == 0)
		r = argv_add(b, err, "ssl=none");
	return r;
}

static int argv_add_machine(struct argv_builder *b, const struct kernel_args *a,
			    const struct kernel_features *f, struct error *err)
{
	int r;

	if (a->n_disks > KERNEL_DISKS_MAX)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "a guest has at most %d disks", KERNEL_DISKS_MAX);
	if (a->ncpus > 1 && !f->smp)
		return error_set(err, ERROR_USAGE, "kernel-lacks-smp",
				 "the kernel '%s' runs on one CPU only", a->program);
	r = argv_add(b, err, "mem=%llu", (unsigned long long)a->mem_bytes);
	if (r == 0 && f->smp && a->ncpus)
		r = argv_add(b, err, "ncpus=%u", a->ncpus);
	for (unsigned int i = 0; r == 0 && i < a->n_disks; i++)
		r = argv_add_disk(b, i, &a->disks[i], err);
	if (r == 0 && a->initrd) {
		r = path_check("initrd", a->initrd, "", err);
		if (r == 0)
			r = argv_add(b, err, "initrd=%s", a->initrd);
	}
	if (r == 0 && a->root_on_disk) {
		r = argv_add(b, err, "root=/dev/ubda");
		if (r == 0)
			r = argv_add(b, err, "%s", a->disks && a->disks[0].readonly ? "ro" : "rw");
	}
	return r == 0 ? argv_add_net(b, a, f, err) : r;
}

static int uml_build_argv(const struct kernel_args *a, const struct kernel_features *f, char ***ret,
			  struct error *err)
{
	struct argv_builder b = { .words = calloc(KERNEL_ARGV_MAX, sizeof(char *)) };
	int r;

	if (!b.words)
		return error_set_errno(err, ENOMEM, "cannot build the kernel's command line");
	r = argv_add(&b, err, "%s", a->program);
	if (r == 0)
		r = argv_add_machine(&b, a, f, err);
	if (r == 0)
		r = argv_add_identity(&b, a, err);
	if (r == 0)
		r = argv_add_consoles(&b, a->n_consoles, err);
	if (r == 0)
		r = argv_add(&b, err, "noreboot");
	if (r == 0 && a->append)
		r = argv_add_append(&b, a->append, err);
	if (r < 0) {
		argv_builder_done(&b);
		return r;
	}
	*ret = b.words;
	return 0;
}

void kernel_argv_free(char **argv)
{
	for (char **p = argv; p && *p; p++)
		free(*p);
	free(argv);
}

/* --- what an exit status means ------------------------------------------------------------------ */

/* The text after the last "reboot: " that starts a console line (a time stamp may precede it), or NULL. */
static const char *tail_reboot_line(const char *tail)
{
	static const char mark[] = "reboot: ";
	const char *found = NULL;

	for (const char *p = tail; p && (p = strstr(p, mark)) != NULL; p += sizeof(mark) - 1) {
		bool starts_line = p == tail || p[-1] == '\n' || p[-1] == '\r';
		bool after_stamp = p - tail >= 2 && p[-1] == ' ' && p[-2] == ']';

		if (starts_line || after_stamp)
			found = p + sizeof(mark) - 1;
	}
	return found;
}

static enum guest_end classify_signal(int sig, bool was_up)
{
	switch (sig) {
	case SIGKILL:
	case SIGTERM:
	case SIGINT:
	case SIGHUP:
		return GUEST_END_KILLED;
	default:
		return was_up ? GUEST_END_PANIC : GUEST_END_FAILED;
	}
}

/*
 * With `noreboot` linux.uml exits with the same status for halt, power-off and reboot (0, or what the guest wrote to
 * /proc/exitcode): only the console's last kernel message tells them apart. SIGTERM and SIGINT make it exit with 1.
 */
static enum guest_end linux_uml_classify_end(int wait_status, bool was_up, bool panicked,
					     const char *tail)
{
	const char *line = tail_reboot_line(tail);

	if (panicked)
		return GUEST_END_PANIC;
	if (WIFSIGNALED(wait_status))
		return classify_signal(WTERMSIG(wait_status), was_up);
	if (!was_up)
		return GUEST_END_FAILED;
	if (WEXITSTATUS(wait_status) == 128 + SIGABRT)
		return GUEST_END_PANIC;
	if (line && strncmp(line, "Restarting system", 17) == 0)
		return GUEST_END_REBOOT;
	if (line || WEXITSTATUS(wait_status) == 0)
		return GUEST_END_POWEROFF;
	return WEXITSTATUS(wait_status) == 1 ? GUEST_END_KILLED : GUEST_END_PANIC;
}

/* umlk's statuses are unambiguous: 0 power-off or halt, 133 reboot, 134 panic. */
static enum guest_end umlk_classify_end(int wait_status, bool was_up, bool panicked,
					const char *tail)
{
	(void)tail;
	if (panicked)
		return GUEST_END_PANIC;
	if (WIFSIGNALED(wait_status))
		return classify_signal(WTERMSIG(wait_status), was_up);
	switch (WEXITSTATUS(wait_status)) {
	case 0:
		return was_up ? GUEST_END_POWEROFF : GUEST_END_FAILED;
	case 133:
		return GUEST_END_REBOOT;
	default:
		return was_up ? GUEST_END_PANIC : GUEST_END_FAILED;
	}
}

/* --- the table ---------------------------------------------------------------------------------- */

const struct guest_kernel kernel_table[] = {
	{
		.name = "linux.uml",
		.default_program = "linux.uml",
		.pin_to_one_cpu = true,
		.needs_init_process = true,
		.runs_systemd = true,
		.build_argv = uml_build_argv,
		.classify_end = linux_uml_classify_end,
	},
	{
		.name = "umlk",
		.default_program = "umlk",
		.pin_to_one_cpu = false,
		.needs_init_process = true,
		/* It has no control groups yet. */
		.runs_systemd = false,
		.version_word = "umlk ",
		.build_argv = uml_build_argv,
		.classify_end = umlk_classify_end,
	},
	{ .name = NULL },
};

const struct guest_kernel *guest_kernel_find(const char *name)
{
	for (const struct guest_kernel *k = kernel_table; name && k->name; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

const char *guest_kernel_names(void)
{
	static char names[128];
	size_t n = 0;

	for (const struct guest_kernel *k = kernel_table; k->name && n < sizeof(names); k++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", k->name);
	return names;
}
