# Reads the device. $1 packages of the configuration, $2 software, $3 "prepare" before a change: what an interrupted trial left is
# taken back, and missing software is installed. Otherwise nothing is changed.

packages=$1 software=$2 prepare=$3
say version 1
say release "$(. /etc/openwrt_release 2>/dev/null; printf %s "$DISTRIB_RELEASE")"
say connection "$SSH_CONNECTION"

# A second look: the lock is there a moment before who holds it.
if [ -d "$trial" ] && { trying || { sleep 1; trying; }; }; then
  say trial
elif [ "$prepare" ] && { [ -d "$trial" ] || [ -e "$boot" ]; }; then
  restore
  forget
fi

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
for one in $software; do
  name=${one%%=*} replaced=${one#"$name"}
  has "$name" || { [ "$prepare" ] && install "$name" "${replaced#=}" >&2; }
  has "$name" && say software "$name"
done

ubus -S list uci >/dev/null 2>&1 || say norpcd
[ -d /var/run/rpcd/snapshot-files ] && [ ! -d "$trial" ] && say pending
for name in $packages; do
  [ -e "/var/run/uci/$name" ] && say shadow "$name"
  [ "$(uci changes "$name" 2>/dev/null)" ] && say staged "$name" cli
  for delta in /var/run/rpcd/uci-*/"$name"; do [ -s "$delta" ] && say staged "$name" session; done
done

# Room for three times the configuration, and something for others.
needed=$(($(du -sk /etc/config | cut -f1) * 3 + 128))
for folder in /etc/config /tmp; do
  free=$(df -kP "$folder" | awk 'END { print $4 }')
  [ "$free" -ge "$needed" ] || say full "$folder" "$free"
done
if [ "$prepare" ]; then
  { : >/etc/homelab-try; } 2>/dev/null && rm /etc/homelab-try || say readonly /etc
fi

show "$packages"
say end
