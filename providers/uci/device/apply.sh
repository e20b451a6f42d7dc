# Stages a change, checks that all of it was taken, applies it on trial and waits until the services have it. $1 id of the trial,
# $2 seconds until rpcd goes back, $3 seconds until the watchdog does, $4 how long the services have, $5 packages, $6 tunnels whose
# change netifd does not notice. stdin: a line with the number of sums and the sum of the changes, the sums of the files that the
# change was made for, and the batch. The probes' commands stand before this script, as the function probes.

id=$1 timeout=$2 watch=$3 patience=$4 packages=$5 tunnels=$6
umask 077

refuse() {
  say refused "$1"
  for file in "$kept"/absent/*; do [ -e "$file" ] && rm -f "/etc/config/${file##*/}"; done
  forget
  exit
}

# When it is over, at the latest. In one step, as the watchdog below: half written, the trial would be taken for a dead one's.
note_end() { echo "$(($(date +%s) + watch))" >"$trial/new" && mv "$trial/new" "$trial/ends"; }

lock
mkdir "$trial" 2>/dev/null || { say refused busy; exit; }
rm -rf "$kept"
echo $$ >"$trial/watchdog"
echo "$id" >"$trial/id"
unlock
cat >"$trial/plan"
# From here on the connection does not matter.
trap '' HUP PIPE
read -r count expected <"$trial/plan"
sed -n "2,$((count + 1))p" "$trial/plan" >"$trial/sums"
sed "1,$((count + 1))d" "$trial/plan" >"$trial/batch"
rm "$trial/plan"

pending && refuse pending
[ "$(for name in $packages; do uci changes "$name"; done 2>/dev/null)" ] && refuse staged
[ "$(sums "$packages")" = "$(cat "$trial/sums")" ] || refuse changed

mkdir -p "$kept/files" "$kept/absent" /etc/uci-defaults
for name in $packages; do
  if [ -e "/etc/config/$name" ]; then
    cp -p "/etc/config/$name" "$kept/files/$name" && cmp -s "/etc/config/$name" "$kept/files/$name" || refuse full
  else
    : >"$kept/absent/$name" && : >"/etc/config/$name" || refuse full
  fi
done
sync
cat >"$kept/boot" <<'END' || refuse full
for file in /etc/homelab-trial/files/*; do [ -e "$file" ] && mv "$file" "/etc/config/${file##*/}"; done
for file in /etc/homelab-trial/absent/*; do [ -e "$file" ] && rm -f "/etc/config/${file##*/}"; done
rm -rf /etc/homelab-trial
true
END
sync
mv "$kept/boot" "$boot"
sync

session=$(call session create "{\"timeout\":$((watch + 60))}" | sed -n 's/.*"ubus_rpc_session": *"\([0-9a-f]*\)".*/\1/p')
[ "$session" ] || refuse norpcd
echo "$session" >"$trial/session"
own="\"ubus_rpc_session\":\"$session\""
call session grant "{$own,\"scope\":\"uci\",\"objects\":[[\"*\",\"read\"],[\"*\",\"write\"]]}" || refuse norpcd

staged=/var/run/rpcd/uci-$session
uci -t "$staged" batch <"$trial/batch" >/dev/null 2>"$trial/errors"
rm "$trial/batch"
if [ -s "$trial/errors" ]; then
  cat "$trial/errors" >&2
  refuse batch
fi
taken=$(for name in $packages; do uci -t "$staged" changes "$name"; done 2>/dev/null | sha256sum)
[ "${taken%% *}" = "$expected" ] || refuse dropped

# What is not so before the change is not demanded after it: without a line to the internet nothing could be changed any more. After
# a change that was just taken back the line may need a moment. A probe that hangs neither holds the trial for ever nor goes on in
# the next one's.
note_end
for try in 1 2 3; do
  probes >"$trial/failing" 2>/dev/null
  [ -s "$trial/failing" ] && [ "$try" != 3 ] && sleep 1 || break
done
[ "$(cat "$trial/id" 2>/dev/null)" = "$id" ] || { say refused busy; exit; }
# Not sooner: who has said something is taken for cut off when it says nothing more for some seconds.
say staged

back() { decide && restore && forget; }
(sleep "$watch"; back) >/dev/null 2>&1 </dev/null &
watchdog=$!
note_end
echo "$watchdog" >"$trial/new" && mv "$trial/new" "$trial/watchdog"

printf %s "$tunnels" >"$trial/tunnels"
call uci apply "{$own,\"rollback\":true,\"timeout\":$timeout}"
code=$?
case $code in
  0) ;;
  # Invalid, not found, no data, denied: nothing was applied, and what is pending there is somebody else's.
  2 | 4 | 5) refuse "apply $code" ;;
  6) refuse pending ;;
  *)
    decide && restore
    refuse "apply $code"
    ;;
esac
# With /tmp full rpcd's copies are empty, and it would go back to nothing.
for name in $packages; do
  [ -e "$kept/absent/$name" ] || cmp -s "$kept/files/$name" "/var/run/rpcd/snapshot-files/$name" || {
    call uci confirm "{$own}"
    decide && restore
    refuse snapshot
  }
done
say switched

# netifd looks for protocols when it starts. One that came with software just now it would call unknown, until the next restart.
unknown=
known=$(call network get_proto_handlers) && for file in /lib/netifd/proto/*; do
  protocol=${file##*/} protocol=${protocol%.*}
  case $known in *"\"$protocol\":"*) continue ;; esac
  uci show network 2>/dev/null | grep -q "[.]proto='$protocol'$" && unknown=$protocol
done
if [ "$unknown" ]; then
  /etc/init.d/network restart >/dev/null 2>&1 </dev/null &
else
  renew_tunnels
fi

# procd waits a second for further changes, then it reloads one service after another: what is judged before the last one has the
# change may be cut off after. Between two of them there is a moment without any. Each second a sign of life.
end=$(($(seconds) + patience)) calm=0
while [ "$calm" -lt 3 ] && [ "$(seconds)" -lt "$end" ]; do
  sleep 1
  if reloading; then calm=0; else calm=$((calm + 1)); fi
  say waiting
done
[ "$calm" -lt 3 ] || [ "$(cat "$trial/id" 2>/dev/null)" != "$id" ] || : >"$trial/settled"
