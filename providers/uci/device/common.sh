# What the device's scripts share. POSIX sh as BusyBox has it. A change on trial is
#   /var/run/homelab-trial   who tries it, and its session, in memory
#   /etc/homelab-trial       the files of before, on the flash, for a power cut
#   /etc/uci-defaults/…      run once at the next boot, before the network starts: puts the files of before back

trial=/var/run/homelab-trial
kept=/etc/homelab-trial
boot=/etc/uci-defaults/zz-homelab-trial

say() { printf '== %s\n' "$*"; }

call() { ubus -S call "$@" 2>/dev/null; }

# One at a time looks whose the trial is, and takes it or tidies it up: of two that both find a dead one's, the later one would
# remove what the sooner one has begun in its place. The lock goes with the process, however that ends, and so that it does, nothing
# is started in the background meanwhile.
lock() { exec 9>"$trial.lock" && flock 9; }
unlock() { exec 9>&-; }

# Seconds since its start: the device's clock may be set while somebody waits.
seconds() { read -r uptime _ </proc/uptime && echo "${uptime%%.*}"; }

# Whether a service is being reloaded: `/bin/sh /etc/rc.common /etc/init.d/network reload`.
reloading() {
  cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -qE 'rc[.]common [^ ]*/init[.]d/[^ ]* re(load|start) '
}

# Whether somebody's change waits in rpcd for its confirmation: without a session it takes nothing back, but says "no data" where
# nothing waits and "invalid argument" where something does. Its snapshots say nothing: they stay after an apply without rollback
# ("Apply unchecked" in LuCI) and after a restart, until the next apply throws them away.
pending() {
  call uci rollback
  [ $? = 2 ]
}

# The sums of packages' files, a line each.
sums() { for name in $1; do sha256sum "/etc/config/$name" 2>/dev/null || echo "- $name"; done; }

# What packages hold, for the reader. The sum comes first: a change in between is found out by it.
show() {
  for name in $1; do
    if [ ! -e "/etc/config/$name" ]; then say missing "$name"; continue; fi
    sum=$(sha256sum "/etc/config/$name") && sum=${sum%% *}
    if json=$(call uci get "{\"config\":\"$name\"}"); then
      say package "$name" "$sum"
      printf '%s\n' "$json"
    else
      say unreadable "$name"
    fi
  done
}

# Goes back: rpcd does it if it still can. Then what is not yet as before is put there, each file in one step, and the services
# are told.
restore() {
  session=$(cat "$trial/session" 2>/dev/null) && call uci rollback "{\"ubus_rpc_session\":\"$session\"}"
  changed=
  for file in "$kept"/files/*; do
    [ -e "$file" ] || continue
    name=${file##*/}
    cmp -s "$file" "/etc/config/$name" && continue
    mv "$file" "/etc/config/$name" && changed="$changed $name"
  done
  for file in "$kept"/absent/*; do
    [ -e "$file" ] && rm -f "/etc/config/${file##*/}"
  done
  sync
  for name in $changed; do
    call service event "{\"type\":\"config.change\",\"data\":{\"package\":\"$name\"}}"
  done
  renew_tunnels
}

# Starts the tunnels of the change anew, as ifup does it, which would start the Wi-Fi, too. netifd has to know the files as they are
# now. One that somebody has switched off stays off.
renew_tunnels() {
  [ -s "$trial/tunnels" ] || return 0
  call network reload
  for name in $(cat "$trial/tunnels"); do
    named="{\"interface\":\"$name\"}"
    call network.interface status "$named" | grep -q '"autostart": *true' || continue
    call network.interface down "$named"
    call network.interface up "$named"
  done
}

# Ends the trial, whichever way it went. The script for the next boot goes first: from then on nothing goes back any more, and
# files of before that are left by a power cut mean nothing.
forget() {
  rm -f "$boot" && sync
  session=$(cat "$trial/session" 2>/dev/null) && call session destroy "{\"ubus_rpc_session\":\"$session\"}"
  rm -rf "$kept"
  # In one step: without its holder in it, it would be taken for a dead one's.
  mv "$trial" "$trial.$$" 2>/dev/null && rm -rf "$trial.$$"
  sync
}

# One of watchdog and confirmation decides, whoever comes first. Either may outlive its own trial, and must leave the next one alone.
decide() { [ "$(cat "$trial/id" 2>/dev/null)" = "$id" ] && mkdir "$trial/decided" 2>/dev/null; }

# Whether somebody still tries a change: its program, or later its watchdog, lives, and its time is not long over.
trying() {
  kill -0 "$(cat "$trial/watchdog" 2>/dev/null)" 2>/dev/null || return 1
  [ ! -e "$trial/ends" ] || [ "$(date +%s)" -lt "$(($(cat "$trial/ends") + 60))" ]
}
