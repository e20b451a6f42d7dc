import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { readLab } from "../../../config/files.ts";
import { importRouter } from "../../../operations/import-router.ts";
import { HOST_KEY } from "../../lab/fixtures.ts";
import { type FakeSsh, fakeSsh } from "../../providers/fake-ssh.ts";
import { router } from "../../providers/uci/example.ts";
import { firstLabFiles } from "../../support/first-lab.ts";

/*
 * The command, with a router that answers as the provider's tests have it, and a small program in Pulumi's place. With the real
 * ones: test/integration/routers.test.ts.
 */

const path = process.env.PATH;
let folder: string;
let ssh: FakeSsh | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "homelab-import-"));
  for (const [name, text] of Object.entries(firstLabFiles())) writeFileSync(join(folder, name), text);
  // It notes how it was called, and what it was given.
  const pulumi = `#!/bin/sh
case "$1 $2" in
  "stack output") echo '{}' ;;
  "config set") echo "$*" >>"${folder}/given"; cat >>"${folder}/given"; echo >>"${folder}/given" ;;
  "config rm") echo "$*" >>"${folder}/given" ;;
  config*) cat "${folder}/known" 2>/dev/null || echo '{}' ;;
esac
`;
  writeFileSync(join(folder, "pulumi"), pulumi);
  chmodSync(join(folder, "pulumi"), 0o755);
});
afterEach(() => {
  ssh?.remove();
  ssh = undefined;
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

/** A router with a radio, so that its Wi-Fi makes sense. */
function device() {
  const fake = router();
  fake.batch(
    "set wireless.radio0='wifi-device'\nset wireless.radio0.band='2g'\nset wireless.radio0.channel='1'\nset wireless.radio0.htmode='HE20'\n",
  );
  return fake;
}

function answer(files = ["dhcp", "dropbear", "firewall", "network", "wireless", "wireless-opkg"]): void {
  ssh = fakeSsh(`case $call in
1) printf '%s\\n' ${files.join(" ")} == busybox dnsmasq ;;
*) cat <<'END OF ANSWER'
${device().reading()}END OF ANSWER
;;
esac`);
}

function edit(file: string, change: (document: ReturnType<typeof parseDocument>) => void): void {
  const document = parseDocument(readFileSync(join(folder, file), "utf8"));
  change(document);
  writeFileSync(join(folder, file), String(document));
}

/** As somebody begins who has routers already. */
function begin(): void {
  edit("Pulumi.yaml", (document) => {
    document.deleteIn(["config", "homelab:routers"]);
    document.setIn(["config", "homelab:hosts", "value", "adama", "address"], "192.168.1.20");
    document.setIn(["config", "homelab:hosts", "value", "starbuck", "address"], "192.168.1.21");
    document.commentBefore = " mine";
  });
  edit("Pulumi.adama.yaml", (document) => document.setIn(["config", "homelab:routerKeys", "apollo"], HOST_KEY));
}

const project = () => ({ folder, env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });
const run = (...args: readonly [string, string?]) => importRouter(project(), args[0], args[1]);
const written = () => ["Pulumi.yaml", "Pulumi.adama.yaml"].map((file) => readFileSync(join(folder, file), "utf8"));

describe("npm run import-router", () => {
  it("writes network and router in place of those that are not this home's, and gives secrets by stdin", async () => {
    begin();
    answer();
    const said = await run("apollo", "192.168.1.1");
    const { lab, problems } = readLab(folder);
    expect(lab.home?.network.vlans).toEqual({
      lan: { id: 1, kind: "home", subnet: "192.168.1.0/24", pool: { first: 100, last: 249 } },
    });
    expect(lab.home?.routers.apollo).toMatchObject({ role: "router", address: "192.168.1.1" });
    expect(readFileSync(join(folder, "Pulumi.yaml"), "utf8")).toMatch(/^# mine/);
    const given = readFileSync(join(folder, "given"), "utf8");
    expect(given).toBe(
      "config set --secret secret:own.apollo.wireless.default_radio0.key --stack adama --non-interactive --color never\ncorrect horse\n",
    );
    expect([said, ...written()].join()).not.toContain("correct horse");
    expect(said).toMatch(/changes nothing else on apollo/);
    expect(said).toContain("/etc/config/wireless-opkg: is no configuration, by its name");
    const left = problems.filter(({ unfilled }) => !unfilled).map(({ path: at }) => at);
    // The small Pulumi has written nothing.
    expect(left).toEqual(["secret:own.apollo.wireless.default_radio0.key"]);
  });

  it("once more writes the same, and drops the secret of an option that is gone", async () => {
    begin();
    answer();
    await run("apollo", "192.168.1.1");
    const [first] = written();
    ssh?.remove();
    const gone = { value: "x", secret: true };
    writeFileSync(
      join(folder, "known"),
      JSON.stringify({ "secret:own.apollo.network.gone.key": gone, "secret:own.gaeta.a.b.key": gone }),
    );
    answer();
    await run("apollo");
    expect(written()[0]).toBe(first);
    const dropped = readFileSync(join(folder, "given"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("config rm"));
    expect(dropped).toEqual(["config rm secret:own.apollo.network.gone.key --stack adama --non-interactive --color never"]);
  });

  it.each<[string, () => void, readonly [string, string?], RegExp]>([
    ["where it is is not known", begin, ["apollo"], /homelab:routers has no apollo\. Say where it is:\nnpm run import-router/],
    [
      "its key is not pinned",
      begin,
      ["gaeta", "192.168.1.2"],
      /routerKeys\.gaeta is missing[\s\S]*ssh-keyscan -t ed25519 192\.168\.1\.2/,
    ],
    [
      "Pulumi.yaml has it elsewhere",
      () => {},
      ["apollo", "192.168.1.1"],
      /has apollo at 192\.168\.10\.1, and not at 192\.168\.1\.1/,
    ],
    [
      "something else is wrong with the configuration",
      () => edit("Pulumi.yaml", (document) => document.setIn(["config", "homelab:domain"], "NO DOMAIN")),
      ["apollo"],
      /homelab:domain/,
    ],
  ])("asks nobody and writes nothing where %s", async (_, prepare, args, message) => {
    prepare();
    answer();
    const before = written();
    await expect(run(...args)).rejects.toThrow(message);
    expect(written()).toEqual(before);
    expect(ssh?.calls()).toEqual([]);
    expect(existsSync(join(folder, "given"))).toBe(false);
  });

  it("writes nothing where the router does not answer, or is none", async () => {
    begin();
    const before = written();
    ssh = fakeSsh("echo 'ssh: connect to host 192.168.1.1 port 22: No route to host' >&2; exit 255");
    await expect(run("apollo", "192.168.1.1")).rejects.toThrow("cannot be reached");
    ssh.remove();
    ssh = fakeSsh("echo 'ls: /etc/config: No such file or directory' >&2; exit 1");
    await expect(run("apollo", "192.168.1.1")).rejects.toThrow("apollo is no OpenWrt device");
    expect(written()).toEqual(before);
  });

  it("writes nothing where Pulumi cannot keep the secrets", async () => {
    begin();
    answer();
    const before = written();
    writeFileSync(join(folder, "pulumi"), "#!/bin/sh\necho 'error: no stack named adama' >&2\nexit 1\n");
    await expect(run("apollo", "192.168.1.1")).rejects.toThrow("no stack named adama");
    expect(written()).toEqual(before);
  });
});
