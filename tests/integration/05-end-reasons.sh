#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Is the way in which a guest ended told apart: power-off, reboot by policy, panic, kill, failure to start, a lost monitor?
# shellcheck source=guest-test.sh
. "$(dirname "$0")/guest-test.sh"
test_begin "$@"
umld_start

ended() { # GUEST REASON
	run ctl wait "$1" --state stopped --timeout 90s
	expect_eq "end reason of $1" "$2" "$(guest_field "$1" .end.reason)"
}

run ctl create gonzo --start
guest_login gonzo
console_send poweroff
ended gonzo poweroff
console_close
pass "poweroff"

run ctl start gonzo
guest_login gonzo
console_send reboot
console_expect 60 'Restarting system' || fail "no reboot"
# The same console sees the guest come back.
console_login 120 || fail "no login after the reboot"
expect_eq "state after a reboot" running "$(guest_state gonzo)"
expect_eq "restarts" 1 "$(guest_field gonzo .restarts)"
pass "reboot: comes back on the same console"

run ctl set gonzo --on-reboot stop
console_send reboot
ended gonzo reboot
console_close
pass "reboot with on-reboot stop"

run ctl start gonzo
guest_login gonzo
console_send 'echo c >/proc/sysrq-trigger'
ended gonzo panic
expect_match "last console lines" 'Kernel panic' "$(guest_field gonzo .end.console_tail)"
console_close
pass "panic, with the last console lines"

run ctl set gonzo --on-crash restart
run ctl start gonzo
guest_login gonzo
console_send 'echo c >/proc/sysrq-trigger'
console_expect 30 'Kernel panic' || fail "no panic"
console_login 120 || fail "no login after the panic"
expect_eq "restarts after a panic" 1 "$(guest_field gonzo .restarts)"
console_close
pass "panic with on-crash restart"

run ctl kill gonzo
ended gonzo killed
wait_until 10 sh -c "! pgrep $KERNEL_NAME" || fail "kernel processes survived a kill"
pass "kill: nothing of the guest survives"

run ctl start gonzo
kill -KILL "$(monitor_pid gonzo)"
ended gonzo killed
expect_match "message" 'monitor' "$(guest_field gonzo .end.message)"
wait_until 10 sh -c "! pgrep $KERNEL_NAME" || fail "kernel processes survived their monitor"
run ctl start gonzo
guest_login gonzo
console_close
pass "monitor killed: the guest ends with it, and starts again"

# A guest that ends while no umld is there.
umld_kill
kill -KILL "$(monitor_pid gonzo)"
umld_start
ended gonzo killed
pass "an end that umld did not see"

cat >"$TEST/broken-kernel" <<'END'
#!/bin/sh
case " $* " in
*" --help "* | *" --version "* | *" --showconfig "*) exec KERNEL "$@" ;;
esac
echo "this machine is on strike"
exit 3
END
sed -i "s|exec KERNEL|exec $(command -v "$UMLD_KERNEL")|" "$TEST/broken-kernel"
chmod 0755 "$TEST/broken-kernel"
run ctl create broken --kernel-path "$TEST/broken-kernel"
expect_status 1 ctl start broken
ended broken failed
expect_match "last console lines" 'on strike' "$(guest_field broken .end.console_tail)"
expect_status 3 ctl start nobody
pass "failure to start, with what the kernel said"
