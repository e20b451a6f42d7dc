# Reads the device. $1 packages of the configuration, $2 software, $3 "prepare" before a change: what an interrupted trial left is
# taken back, and missing software is installed where nothing stands in the way of the change. Otherwise nothing is changed.
# $4, $5 year and month of the oldest release that may be changed.

packages=$1 software=$2 prepare=$3 oldest_year=$4 oldest_month=$5
say version 1
release=$(. /etc/openwrt_release 2>/dev/null; printf %s "$DISTRIB_RELEASE")
say release "$release"
say connection "$SSH_CONNECTION"

hindered=
hinder() { say "$@"; hindered=yes; }

[ ! "$prepare" ] || lock
left=
if [ -d "$trial" ]; then
  if trying; then hinder trial; else left=yes; fi
elif [ -e "$boot" ]; then
  left=yes
fi
if [ "$prepare" ] && [ "$left" ]; then
  # Without the script for the next boot nothing was applied yet, or it was decided already.
  [ -e "$boot" ] || rm -rf "$kept"
  restore
  forget
fi
unlock

manager=
command -v apk >/dev/null && manager=apk || { command -v opkg >/dev/null && manager=opkg; }
has() {
  case $manager in
    apk) apk info -e "$1" >/dev/null 2>&1 ;;
    opkg) opkg status "$1" 2>/dev/null | grep -q '^Status:.* installed' ;;
    *) false ;;
  esac
}
update() { [ "$updated" ] || { $manager update && updated=yes; }; }
# What is replaced comes back if the other one cannot be had: it may be the Wi-Fi.
install() {
  case $manager in
    apk) update && { [ ! "$2" ] || apk del "$2"; } && apk add "$1" || { [ "$2" ] && apk add "$2"; } ;;
    opkg) update && { [ ! "$2" ] || opkg remove "$2"; } && opkg install "$1" || { [ "$2" ] && opkg install "$2"; } ;;
    *) echo "it has no apk and no opkg" ;;
  esac
}
missing=
for one in $software; do
  if has "${one%%=*}"; then say software "${one%%=*}"; else missing="$missing $one"; fi
done

# Whether it is no release that may be changed: the reader says what is wrong with it. A snapshot has no number.
foreign() {
  [ "$release" ] || return 0
  rest=${release#*.}
  [ "${release%%.*}" -lt "$oldest_year" ] || { [ "${release%%.*}" -eq "$oldest_year" ] && [ "${rest%%.*}" -lt "$oldest_month" ]; }
}
foreign 2>/dev/null && hindered=yes
ubus -S list uci >/dev/null 2>&1 || hinder norpcd
[ ! -d "$trial" ] && pending && hinder pending
staged() { [ "$(uci changes "$1" 2>/dev/null)" ] && hinder staged "$1" cli; }
for name in $packages; do
  [ -e "/var/run/uci/$name" ] && hinder shadow "$name"
  staged "$name"
  for delta in /var/run/rpcd/uci-*/"$name"; do [ -s "$delta" ] && hinder staged "$name" session; done
done

# Room for three times the configuration, and something for others.
needed=$(($(du -sk /etc/config | cut -f1) * 3 + 128))
for folder in /etc/config /tmp; do
  free=$(df -kP "$folder" | awk 'END { print $4 }')
  [ "$free" -ge "$needed" ] || hinder full "$folder" "$free"
done
if [ "$prepare" ]; then
  # By a name of its own: a file that another update just removes cannot be opened for a moment.
  { : >"/etc/homelab-try.$$"; } 2>/dev/null && rm "/etc/homelab-try.$$" || hinder readonly /etc
fi

if [ "$prepare" ] && [ "$missing" ]; then
  for file in /etc/config/*; do
    # What a package does once it is installed ends with `uci commit`, of all that is staged.
    case " $packages " in
      *" ${file##*/} "*) call uci get "{\"config\":\"${file##*/}\"}" >/dev/null || hindered=yes ;;
      *) staged "${file##*/}" ;;
    esac
  done
  [ "$hindered" ] || for one in $missing; do
    name=${one%%=*} replaced=${one#"$name"}
    install "$name" "${replaced#=}" >&2
    has "$name" && say software "$name" && say installed "$name" "${replaced#=}"
  done
fi

show "$packages"
say end
