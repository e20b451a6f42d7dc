# Reads back a change on trial, over a new connection, and does what is said then: "confirm", "revert", or nothing, which leaves
# it to the timers. $1 id of the trial, $2 how many seconds services and probes have, $3 packages. The probes' commands stand
# before this script, as the function probes.

id=$1 patience=$2 packages=$3
say version 1
[ "$(cat "$trial/id" 2>/dev/null)" = "$id" ] && [ ! -d "$trial/decided" ] || { say gone; show "$packages"; say end; exit; }

end=$(($(seconds) + patience))
late() { [ "$(seconds)" -ge "$end" ]; }
if [ ! -e "$trial/settled" ]; then
  # That a connection came in before all services had the change proves nothing. The next one does.
  until [ -e "$trial/settled" ] || late; do sleep 1; done
  [ -e "$trial/settled" ] && { say early; exit; }
  say unsettled
fi
# A line to the internet may take its time. What is said is said of the last try.
until failed=$(probes 2>"$trial/probes") && [ ! "$failed" ] || late; do sleep 1; done
[ ! "$failed" ] || printf '%s\n' "$failed"
cat "$trial/probes" >&2
read_sums=$(sums "$packages")
show "$packages"
say end

read -r verdict
[ "$verdict" ] || exit
trap '' HUP PIPE
decide || { say reverted; exit; }
session=$(cat "$trial/session")
if [ "$verdict" = confirm ] && [ "$(sums "$packages")" = "$read_sums" ]; then
  say commit
  # An error here is an rpcd that was restarted and forgot the trial. The files decide.
  call uci confirm "{\"ubus_rpc_session\":\"$session\"}"
  if [ "$(sums "$packages")" = "$read_sums" ]; then
    forget
    say confirmed
    exit
  fi
fi
restore
forget
say reverted
