/**
 * What a Pi needs before it can take workloads, as one shell script that can run again at any time: it changes only what is
 * not as it should be. Text, so that a person may read it, or run it, without Pulumi.
 */

/** Debian packages that the host itself needs, with the reason for each that is not obvious. */
export const HOST_PACKAGES = [
  "podman",
  // `docker system dial-stdio`, by which @pulumi/docker reaches podman's socket over ssh.
  "podman-docker",
  // By which podman's networks get their rules. Debian only recommends it, and what is recommended is not installed.
  "nftables",
  // The host's part of the workload transaction.
  "python3",
  // The host asks its applications whether they work.
  "curl",
  "mosquitto-clients",
  "openssl",
  "prometheus-node-exporter",
] as const;

/** The oldest podman that the unit files are written for. */
// renovate: datasource=deb depName=podman registryUrl=https://deb.debian.org/debian?suite=trixie&components=main&binaryArch=arm64
const OLDEST_PODMAN = "5.4";

/** Where all that is ours lies on a host. */
const STATE_DIRECTORY = "/var/lib/homelab";

/**
 * The script. It ends with a status other than 0, and says what to do, where a person has to act.
 * @param root below which the host's files lie; tests have one of their own
 */
export function preparationScript(root = ""): string {
  return `set -eu
fail() { echo "$(hostname): $1" >&2; exit 1; }

missing=""
for package in ${HOST_PACKAGES.join(" ")}; do
  dpkg-query -W -f '\${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -n "$missing" ]; then
  echo "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  # What a power cut left of an installation, which apt would refuse to go on from. Only then: dpkg waits for no other apt.
  [ -z "$(ls -A ${root}/var/lib/dpkg/updates 2>/dev/null)" ] || dpkg --configure -a </dev/null >/dev/null
  apt-get -o DPkg::Lock::Timeout=300 update >/dev/null
  apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends $missing </dev/null >/dev/null
  # Debian starts it at once, in clear and for everybody. The lab starts it when it has its certificate.
  case "$missing " in *" prometheus-node-exporter "*) systemctl disable --quiet --now prometheus-node-exporter ;; esac
fi

version=$(podman version --format '{{.Client.Version}}' 2>/dev/null) || fail "podman does not run; what it says: podman version"
[ "$(printf '%s\\n' ${OLDEST_PODMAN} "$version" | sort --version-sort | head -n 1)" = ${OLDEST_PODMAN} ] ||
  fail "podman $version is too old: the lab needs ${OLDEST_PODMAN} or newer, as in Raspberry Pi OS 13 (Debian 13). Nothing was changed in its containers."

# The firmware of a Raspberry Pi turns the memory cgroup off: limits would be accepted and not enforced.
if ! podman info --format '{{.Host.CgroupControllers}}' 2>/dev/null | tr '[] ' '\\n\\n\\n' | grep -qx memory; then
  line=${root}/boot/firmware/cmdline.txt
  if [ -f "$line" ] && ! grep -qw cgroup_enable=memory ${root}/proc/cmdline; then
    if ! grep -qw cgroup_enable=memory "$line"; then
      cp "$line" "$line.before-homelab"
      sed -i '1 s/$/ cgroup_enable=memory cgroup_memory=1/' "$line"
      sync
    fi
    fail "the memory cgroup was off. It is on after a restart: run 'reboot' on it, then this again."
  fi
  fail "podman has no memory cgroup, so that memory limits would not be enforced. Add 'cgroup_enable=memory cgroup_memory=1' to the kernel's command line and restart."
fi

state=${root}${STATE_DIRECTORY}
install -d -m 0755 "$state" "$state/config" "$state/data" ${root}/etc/containers/systemd
# Keeps the docker command of podman-docker from greeting everyone who uses it.
touch ${root}/etc/containers/nodocker
systemctl enable --now podman.socket 2>&1 | grep -v '^Created symlink' >&2 || true
systemctl is-active --quiet podman.socket || fail "podman.socket does not start: journalctl -u podman.socket"
`;
}

/** Prints what names the host's disk. It is made once, and lies on the disk: a new one has another. */
export function diskScript(): string {
  return `set -eu
name=${STATE_DIRECTORY}/disk
if [ ! -s "$name" ]; then
  cat /proc/sys/kernel/random/uuid > "$name.new"
  sync "$name.new"
  mv "$name.new" "$name"
fi
cat "$name"
`;
}
