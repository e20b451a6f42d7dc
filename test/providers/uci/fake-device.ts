import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";

/*
 * A folder that plays an OpenWrt device for the device's scripts: their real text, with its paths moved below the folder, and
 * small programs in place of uci and ubus. These know no configuration: a batch becomes the new text of each package. How the
 * real ones behave is the business of the simulated device and of its recordings; here it is the scripts' own logic.
 */

const UCI = `#!/bin/sh
[ "$1" = -t ] && { staged=$2; shift 2; }
case $1 in
  batch) mkdir -p "$staged"; cat >"$staged/all"; cat "$ROOT/complaint" >&2 2>/dev/null ;;
  show) cat "$ROOT/etc/config/$2" ;;
  changes) [ -n "$staged" ] && cat "$staged/all" || grep "^$2[.]" "$ROOT/stray" 2>/dev/null ;;
esac
exit 0
`;

const UBUS = `#!/bin/sh
snapshots=$ROOT/var/run/rpcd/snapshot-files
[ "$2" = list ] && exit 0
echo "$3 $4" >>"$ROOT/calls"
case "$3 $4" in
  "session create") mkdir -p "$ROOT/var/run/rpcd"; echo '{"ubus_rpc_session":"abc123","timeout":1}' ;;
  "session destroy") rm -rf "$ROOT/var/run/rpcd/uci-abc123" ;;
  "uci get") [ -e "$ROOT/unreadable" ] && exit 4; echo '{"values":{}}' ;;
  "uci apply")
    code=$(cat "$ROOT/code" 2>/dev/null) && exit "$code"
    rm -rf "$snapshots"; mkdir -p "$snapshots"
    for file in "$ROOT"/etc/config/*; do
      cp "$file" "$snapshots/"
      [ -e "$ROOT/full" ] && : >"$snapshots/\${file##*/}"
      cp "$ROOT/var/run/rpcd/uci-abc123/all" "$file"
    done ;;
  "uci confirm")
    [ -d "$snapshots" ] && [ ! -e "$ROOT/forgot" ] || exit 5
    rm -r "$snapshots" ;;
  "uci rollback")
    : >"$ROOT/asked.$WHO"; while [ -e "$ROOT/hold.$WHO" ]; do /bin/sleep 0.02; done
    [ -d "$snapshots" ] && [ ! -e "$ROOT/forgot" ] || exit 5
    [ "$5" ] || exit 2
    cp "$snapshots"/* "$ROOT/etc/config/"; rm -r "$snapshots" ;;
  "network get_proto_handlers") cat "$ROOT/handlers" || exit 4 ;;
  "network.interface status") cat "$ROOT/status.$(echo "$5" | tr -dc a-z0-9)" ;;
  "network.interface "* | "network reload") echo "$4 $5 $(cat "$ROOT/etc/config/network")" >>"$ROOT/netifd" ;;
  "service event") echo "$5" >>"$ROOT/events" ;;
esac
exit 0
`;

/** Packages are names: each can be had, and what it does once it is installed commits all that is staged. */
const OPKG = `#!/bin/sh
installed=$ROOT/installed
case $1 in
  status) grep -qx "$2" "$installed" 2>/dev/null && echo "Status: install user installed" ;;
  install) [ "$2" != "none" ] && echo "$2" >>"$installed" && rm -f "$ROOT/stray" ;;
esac
exit 0
`;

/**
 * Time goes by quickly, but not for the watchdog. Whether a service is reloaded in the second that comes, says the next word of a
 * file.
 */
const SLEEP = `#!/bin/sh
[ "$1" = 1 ] || exec /bin/sleep "$1"
read -r word rest <"$ROOT/reloading" && echo "$rest" >"$ROOT/reloading"
[ "$word" = yes ] && job='/bin/sh\\0/etc/rc.common\\0/etc/init.d/network\\0reload\\0'
printf "$job" >"$ROOT/proc/1/cmdline"
exec /bin/sleep 0.01
`;

/** The device. `files` are paths below it. */
export class FakeDevice {
  readonly root = mkdtempSync(join(tmpdir(), "fake-openwrt-"));

  constructor() {
    for (const folder of ["bin", "etc/config", "etc/uci-defaults", "var/run", "proc/1"])
      mkdirSync(join(this.root, folder), { recursive: true });
    this.write("etc/openwrt_release", "DISTRIB_RELEASE='24.10.4'\n");
    this.write("etc/config/network", "old network\n");
    this.write("reloading", "");
    for (const [name, text] of [
      ["uci", UCI],
      ["ubus", UBUS],
      ["opkg", OPKG],
      ["sleep", SLEEP],
    ] as const) {
      this.write(`bin/${name}`, text);
      chmodSync(join(this.root, "bin", name), 0o755);
    }
  }

  /** Runs a command as ssh would, and gives what it printed. */
  run([shell = "", ...words]: readonly string[], input = ""): string {
    return spawnSync(shell, this.#words(words), { env: this.#environment(""), input, encoding: "utf8" }).stdout;
  }

  /** The same while other things go on. Its `uci rollback` takes as long as there is a file `hold.<who>`. */
  start([shell = "", ...words]: readonly string[], who: string): Promise<string> {
    const child = spawn(shell, this.#words(words), { env: this.#environment(who), stdio: ["ignore", "pipe", "ignore"] });
    return textOf(child.stdout);
  }

  #words([flag = "", text = "", ...words]: readonly string[]): string[] {
    return [flag, this.#moved(text), ...words];
  }

  #environment(who: string): NodeJS.ProcessEnv {
    return { PATH: `${join(this.root, "bin")}:${process.env.PATH}`, ROOT: this.root, WHO: who };
  }

  /** What happens to it in a power cut: memory is lost, and the scripts for the next boot run. */
  reboot(): void {
    rmSync(join(this.root, "var/run"), { recursive: true });
    const folder = join(this.root, "etc/uci-defaults");
    for (const name of readdirSync(folder)) {
      spawnSync("sh", ["-e", "-c", this.#moved(readFileSync(join(folder, name), "utf8"))]);
      rmSync(join(folder, name));
    }
    mkdirSync(join(this.root, "var/run"));
  }

  #moved(text: string): string {
    return text.replaceAll(/(?<=[\s"=<>])\/(etc\/|lib\/|var\/run\/|proc\/\[)/g, `${this.root}/$1`);
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }

  delete(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  read(path: string): string | undefined {
    const file = join(this.root, path);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }

  /** What a trial leaves behind, of what it should not. */
  leftovers(): string[] {
    const places = ["etc/homelab-trial", "etc/uci-defaults/zz-homelab-trial", "var/run/homelab-trial"];
    return places.filter((place) => existsSync(join(this.root, place)));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
