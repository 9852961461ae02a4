// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See the header. Commands run through the shell: these are tests, their words are literals.
 */
#include "network_fixture.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/file.h"
#include "daemon/network.h"

#define SPIN_MS 30000

unsigned int step_count, step_crash_at, step_fail_at;

int network_step(const char *what)
{
	step_count++;
	if (step_count == step_crash_at)
		_exit(STEP_CRASH_STATUS);
	return step_count == step_fail_at ? -EIO : 0;
}

/* --- commands ------------------------------------------------------------------------------------ */

static char *output_of(const char *command, int *ret_status)
{
	FILE *p = popen(command, "re");
	char *text = NULL;
	size_t len;
	int status;

	assert_non_null(p);
	assert_int_equal(fd_read_all(fileno(p), 1 << 20, &text, &len), 0);
	status = pclose(p);
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return text;
}

static char *format_command(const char *fmt, va_list ap)
{
	char *s = NULL;

	assert_true(vasprintf(&s, fmt, ap) >= 0);
	return s;
}

static int run(const char *command)
{
	cleanup_free char *quiet = NULL, *out = NULL;
	int status;

	assert_true(asprintf(&quiet, "exec 2>&1; %s", command) >= 0);
	out = output_of(quiet, &status);
	if (status != 0 && getenv("NETWORK_TEST_VERBOSE"))
		print_message("%s: %d: %s", command, status, out);
	return status;
}

int sh(const char *fmt, ...)
{
	cleanup_free char *command = NULL;
	va_list ap;

	va_start(ap, fmt);
	command = format_command(fmt, ap);
	va_end(ap);
	return run(command);
}

char *sh_output(const char *fmt, ...)
{
	cleanup_free char *command = NULL;
	va_list ap;
	int status;

	va_start(ap, fmt);
	command = format_command(fmt, ap);
	va_end(ap);
	return output_of(command, &status);
}

/* --- namespaces ---------------------------------------------------------------------------------- */

void fixture_isolate(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0 ||
	    access("/dev/net/tun", R_OK | W_OK) < 0) {
		print_message("SKIP: needs root, network namespaces and /dev/net/tun\n");
		exit(77);
	}
	if (system("ip link set lo up") != 0) {
		print_message("SKIP: needs iproute2\n");
		exit(77);
	}
}

struct peer peer_start(void)
{
	int ready[2];
	struct peer p;
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	p.pid = fork();
	assert_true(p.pid >= 0);
	if (p.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) < 0 || system("ip link set lo up") != 0 ||
		    write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
	return p;
}

void peer_end(struct peer *p)
{
	assert_int_equal(kill(p->pid, SIGKILL), 0);
	assert_int_equal(waitpid(p->pid, NULL, 0), p->pid);
}

static char *peer_command(const struct peer *p, const char *fmt, va_list ap)
{
	cleanup_free char *inner = format_command(fmt, ap);
	char *outer = NULL;

	assert_null(strchr(inner, '\''));
	assert_true(asprintf(&outer, "nsenter --net=/proc/%d/ns/net sh -c '%s'", (int)p->pid,
			     inner) >= 0);
	return outer;
}

int peer_sh(const struct peer *p, const char *fmt, ...)
{
	cleanup_free char *command = NULL;
	va_list ap;

	va_start(ap, fmt);
	command = peer_command(p, fmt, ap);
	va_end(ap);
	return run(command);
}

char *peer_output(const struct peer *p, const char *fmt, ...)
{
	cleanup_free char *command = NULL;
	va_list ap;
	int status;

	va_start(ap, fmt);
	command = peer_command(p, fmt, ap);
	va_end(ap);
	return output_of(command, &status);
}

/* --- the object under test ----------------------------------------------------------------------- */

static void network_open(struct fixture *f)
{
	cleanup_error struct error err = ERROR_INIT;

	if (network_new(&f->loop, &f->paths, FIXTURE_INSTANCE, f->configs, 2, &f->n, &err) < 0)
		fail_msg("network_new: %s", err.message);
}

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char dir[] = "/tmp/umld-network-XXXXXX";

	assert_non_null(f);
	step_count = step_crash_at = step_fail_at = 0;
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	(void)snprintf(f->paths.runtime, sizeof(f->paths.runtime), "%s", dir);
	f->configs[0] = (struct bridge_config){ .name = "umlbr0",
						.address = FIXTURE_BRIDGE,
						.prefix_len = 24,
						.nat = true,
						.dhcp = true,
						.domain = "uml.internal" };
	f->configs[1] = (struct bridge_config){ .name = "umlbr1",
						.address = 0x0a9c0001u,
						.prefix_len = 24 };
	network_open(f);
	*state = f;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	step_crash_at = step_fail_at = 0;
	/* A failed test may have left ports on the bridges, which would keep them. */
	(void)sh("for i in $(ip -o link show type veth | cut -d: -f2 | cut -d@ -f1); do "
		 "ip link delete $i; done");
	network_reconcile(f->n, NULL, 0);
	fixture_settle(f);
	network_free(f->n);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	/* Unreferenced handles that are closing are still owed their callbacks. */
	assert_int_equal(uv_loop_close(&f->loop), 0);
	assert_int_equal(dir_remove_all(AT_FDCWD, f->paths.runtime), 0);
	free(f);
	return 0;
}

void fixture_restart(struct fixture *f)
{
	network_free(f->n);
	network_open(f);
}

static void on_deadline(uv_timer_t *t)
{
	*(bool *)t->data = true;
}

bool fixture_spin(struct fixture *f, bool (*cond)(void *arg), void *arg)
{
	bool late = false;
	uv_timer_t deadline;

	assert_int_equal(uv_timer_init(&f->loop, &deadline), 0);
	deadline.data = &late;
	assert_int_equal(uv_timer_start(&deadline, on_deadline, SPIN_MS, 0), 0);
	while (!cond(arg) && !late)
		(void)uv_run(&f->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&deadline, NULL);
	(void)uv_run(&f->loop, UV_RUN_NOWAIT);
	return cond(arg);
}

struct guest_net fixture_define(struct fixture *f, const char *guest, const char *text)
{
	cleanup_error struct error err = ERROR_INIT;
	struct guest_net net;

	assert_int_equal(guest_net_parse(text, &net, &err), 0);
	if (network_guest_define(f->n, guest, &net, &err) < 0)
		fail_msg("define %s: %s", guest, err.message);
	return net;
}

void fixture_up(struct fixture *f, const char *guest, const struct guest_net *net)
{
	cleanup_error struct error err = ERROR_INIT;

	if (network_guest_up(f->n, guest, net, 65534, &err) < 0)
		fail_msg("up %s: %s", guest, err.message);
	fixture_settle(f);
}

static bool is_settled(void *arg)
{
	const struct fixture *f = arg;

	for (const struct bridge *b = f->n->bridges; b; b = b->next)
		if (b->dns.dying || (b->dns.is_wanted && !b->dns.watch))
			return false;
	return true;
}

void fixture_settle(struct fixture *f)
{
	assert_true(fixture_spin(f, is_settled, f));
}

/* --- what is left -------------------------------------------------------------------------------- */

void kill_and_wait(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	assert_true(fd >= 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, SPIN_MS), 1);
	(void)close(fd);
}

/* dnsmasq in our network namespace; zombies have none. */
unsigned int fixture_dnsmasq_count(void)
{
	char ours[64] = "", theirs[64], path[288], comm[32];
	DIR *dir = opendir("/proc");
	const struct dirent *d;
	unsigned int n = 0;

	assert_non_null(dir);
	assert_true(readlink("/proc/self/ns/net", ours, sizeof(ours) - 1) > 0);
	while ((d = readdir(dir))) {
		cleanup_close int fd = -1;
		ssize_t len;

		if (!isdigit((unsigned char)d->d_name[0]))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s/ns/net", d->d_name);
		memset(theirs, 0, sizeof(theirs));
		if (readlink(path, theirs, sizeof(theirs) - 1) <= 0 || strcmp(ours, theirs) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%s/comm", d->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		len = fd < 0 ? -1 : read(fd, comm, sizeof(comm));
		if (len > 0 && strncmp(comm, "dnsmasq\n", (size_t)len) == 0)
			n++;
	}
	(void)closedir(dir);
	return n;
}

const char *fixture_leftovers(struct fixture *f)
{
	static char text[1024];
	cleanup_free char *files = NULL, *links = NULL, *tables = NULL, *forward = NULL;
	unsigned int n;
	size_t used = 0;

	fixture_settle(f);
	n = fixture_dnsmasq_count();
	links = sh_output("ip -o link | awk -F': ' '$2 != \"lo\" { print $2 }'");
	tables = sh_output("nft list tables");
	files = sh_output("ls -A %s/network", f->paths.runtime);
	forward = sh_output("cat /proc/sys/net/ipv4/ip_forward");
	text[0] = '\0';
	if (*links || *tables || *files || *forward != '0' || n > 0)
		used = (size_t)snprintf(text, sizeof(text),
					"links [%s] tables [%s] files [%s] forward %.1s dnsmasq %u",
					links, tables, files, forward, n);
	assert_true(used < sizeof(text));
	return text;
}

/* --- DNS ----------------------------------------------------------------------------------------- */

static size_t dns_encode(const char *name, uint8_t *out)
{
	static const uint8_t header[12] = { 0x12, 0x34, 1, 0, 0, 1 };
	static const uint8_t root_a_in[5] = { 0, 0, 1, 0, 1 };
	size_t len = sizeof(header);

	memcpy(out, header, sizeof(header));
	while (*name) {
		size_t label = strcspn(name, ".");

		out[len++] = (uint8_t)label;
		memcpy(out + len, name, label);
		len += label;
		name += label + (name[label] == '.');
	}
	memcpy(out + len, root_a_in, sizeof(root_a_in));
	return len + sizeof(root_a_in);
}

uint32_t dns_query(const char *server, const char *name)
{
	cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint8_t query[300], reply[600];
	size_t len = dns_encode(name, query);
	uint32_t be;
	ssize_t n;

	assert_int_equal(inet_pton(AF_INET, server, &sin.sin_addr), 1);
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 || send(fd, query, len, 0) < 0 ||
	    poll(&pfd, 1, 2000) <= 0)
		return 0;
	n = recv(fd, reply, sizeof(reply), 0);
	/* One answer: a pointer, type A, class, TTL, length 4, address. */
	if (n < (ssize_t)len + 16 || reply[7] == 0)
		return 0;
	memcpy(&be, reply + len + 12, 4);
	return ntohl(be);
}

uint32_t dns_query_until(const char *server, const char *name, uint32_t want)
{
	uint32_t got = 0;

	/* dnsmasq takes changes in from its own loop; the pause is a poll on nothing. */
	for (int i = 0; i < 100; i++) {
		got = dns_query(server, name);
		if (got == want)
			break;
		(void)poll(NULL, 0, 50);
	}
	return got;
}
