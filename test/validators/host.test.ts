/** What the program puts on a host, through the host's own programs: podman's generator, systemd, sh, Python, node_exporter. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backupTimers } from "../../lab/backup/units.ts";
import { hostFiles } from "../../lab/host-files.ts";
import { HEALTH_METRICS, NODE_EXPORTER_DIRECTORY, nodeExporterWebConfig } from "../../lab/node-exporter.ts";
import { preparationScript } from "../../lab/preparation.ts";
import { attempt } from "../../operations/shell.ts";
import { hostUnits } from "../../providers/workload/host-program.ts";
import { renderUnits } from "../../providers/workload/quadlet.ts";
import { installPackages, isExecutable } from "../../rehearsal/toolchain/packages.ts";
import { repository } from "../../rehearsal/toolchain/paths.ts";
import { hostProgram } from "../support/host-program.ts";
import { makeAuthority } from "./authority.ts";
import { complaintsIn } from "./complaints.ts";
import { firstLabHost, stacks } from "./labs.ts";
import { type BarePi, startBarePi } from "./pi.ts";
import { missing, titled } from "./prerequisites.ts";
import { startedWith } from "./quoting.ts";
import { textsOf } from "./texts.ts";

const lacks = missing();
const minutes = 60_000;

describe.skipIf(lacks !== undefined)(titled("on a Pi", lacks), { timeout: 5 * minutes }, () => {
  const folder = mkdtempSync(join(tmpdir(), "homelab-validators-"));
  let pi: BarePi;

  beforeAll(async () => {
    pi = await startBarePi();
    await pi.write(absolute(hostProgram()));
    await pi.run(`chmod 0755 ${hostProgram().path}/homelab`);
  }, 15 * minutes);
  afterAll(async () => {
    await pi?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(stacks)("podman's generator and systemd take the units of %s without a word", async (stack) => {
    const units = Object.assign({}, ...firstLabHost(stack).workloads.map(renderUnits));
    await pi.write(absolute({ path: `/tmp/${stack}/units`, files: units }));
    const generated = await pi.attempt(`QUADLET_UNIT_DIRS=/tmp/${stack}/units /usr/libexec/podman/quadlet --dryrun`);
    expect(generated.status, generated.stderr).toBe(0);
    expect(complaintsIn(generated.stderr)).toEqual([]);
    const services = servicesIn(generated.stdout);
    expect(Object.keys(services)).toHaveLength(Object.keys(units).length);
    await pi.write(absolute({ path: `/tmp/${stack}/services`, files: services }));
    await verify(`/tmp/${stack}/services/*.service`);
  });

  test("the host's own units", async () => {
    const { files } = hostUnits();
    await pi.write(absolute(hostUnits()));
    // A template is verified as an instance of it.
    await verify(
      Object.keys(files)
        .map((name) => name.replace("@.", "@mosquitto."))
        .join(" "),
    );
  });

  test.each(stacks)("settings of the services of %s", async (stack) => {
    const { host } = firstLabHost(stack);
    for (const directory of hostFiles(host)) await pi.write(absolute(directory));
    // Against these, which count less, it shows that podman reads ours.
    const otherwise = '[containers]\nlog_driver = "k8s-file"\n[engine]\nevents_logger = "none"\n';
    await pi.write({ "/etc/containers/containers.conf.d/00-otherwise.conf": otherwise });
    await verify("prometheus-node-exporter.service");
    const timers = backupTimers(host, `${hostProgram().path}/homelab`);
    await pi.write(absolute(timers));
    await verify(
      Object.keys(timers.files)
        .map((name) => `${timers.path}/${name}`)
        .join(" "),
    );
    await pi.run("systemctl restart systemd-journald");
    const journald = await pi.run("journalctl --quiet --boot --output cat --unit systemd-journald --grep homelab.conf || true");
    expect(journald).toBe("");
    expect(await pi.run("podman info --format '{{.Host.LogDriver}} {{.Host.EventLogger}}' 2>&1")).toBe("journald file\n");
  });

  test.each(stacks)("node_exporter of %s answers whom it should, and complains of nothing", async (stack) => {
    const { host } = firstLabHost(stack);
    const { certificate, port } = host.nodeExporter;
    const authority = await makeAuthority(mkdtempSync(join(folder, "ca-")));
    const server = await authority.issue(certificate);
    const client = await authority.issue(host.healthCertificate);
    const pem = { "tls/ca.pem": authority.rootPem, "tls/server.pem": server.chain, "tls/server.key": server.key };
    const files = { ...pem, "web.yml": nodeExporterWebConfig(host.nodeExporter) };
    await pi.write(absolute({ path: NODE_EXPORTER_DIRECTORY, files }));
    await pi.write(absolute({ path: "/tmp/client", files: { "client.pem": client.chain, "client.key": client.key } }));
    for (const directory of hostFiles(host)) await pi.write(absolute(directory));
    await pi.run(`chown -R root:prometheus ${NODE_EXPORTER_DIRECTORY} && chmod 0640 ${NODE_EXPORTER_DIRECTORY}/tls/server.key
      ip address replace ${host.config.address}/32 dev lo && systemctl daemon-reload
      systemctl restart prometheus-node-exporter
      ${hostProgram().path}/homelab health --all --metrics ${HEALTH_METRICS}`);
    const resolve = `${certificate.commonName}:${port}:${host.config.address}`;
    const identity = "--cert /tmp/client/client.pem --key /tmp/client/client.key";
    const trust = `--resolve ${resolve} --cacert ${NODE_EXPORTER_DIRECTORY}/tls/ca.pem --retry 10 --retry-connrefused --retry-delay 1`;
    const metrics = await pi.run(
      `curl --silent --show-error --fail ${trust} ${identity} https://${certificate.commonName}:${port}/metrics`,
    );
    expect(metrics).toContain("node_memory_MemTotal_bytes");
    // What a rule goes by, in its words.
    expect(metrics).toContain(`node_textfile_mtime_seconds{file="${HEALTH_METRICS}"}`);
    const invocation = "_SYSTEMD_INVOCATION_ID=$(systemctl show --value --property InvocationID prometheus-node-exporter)";
    expect(complaintsIn(await pi.run(`journalctl --quiet --output cat ${invocation}`))).toEqual([]);
  });

  test("the preparation script is a script of Debian's sh", async () => {
    const parsed = await pi.attempt("sh -n", preparationScript());
    expect(parsed, parsed.stderr).toMatchObject({ status: 0, stderr: "" });
  });

  test("the host's programs compile without a warning", async () => {
    await pi.write(absolute({ path: "/tmp/python", files: pythonFiles() }));
    const compiled = await pi.attempt("cd /tmp/python && python3 -W error -m py_compile *");
    expect(compiled, compiled.stderr).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });

  test("the host's programs import the standard library alone; those that are sent along, no file beside them either", async () => {
    const imports: Record<string, readonly string[]> = JSON.parse(await pi.run("python3 - /tmp/python", importsProgram));
    expect(Object.keys(imports)).toContain("homelab");
    const own = Object.keys(imports).map((file) => file.replace(/\.py$/, ""));
    for (const [file, modules] of Object.entries(imports)) {
      expect(
        modules.filter((module) => sentAlong.includes(file) || !own.includes(module)),
        file,
      ).toEqual([]);
    }
  });

  const seed = Number(process.env.HOMELAB_TEST_SEED ?? Math.trunc(Math.random() * 2 ** 31));
  test(`arguments and environment reach a container as they were meant, whatever is in them (HOMELAB_TEST_SEED=${seed})`, async () => {
    const given = textsOf(seed);
    // Podman itself reads a variable line by line, and loses the first half of such a line end.
    const environment = Object.fromEntries(given.map((text, index) => [`TEXT_${index}`, text.replaceAll("\r\n", "\n")]));
    const started = await startedWith(pi, { arguments: given, environment });
    expect(started.arguments).toEqual(given);
    expect(started.environment).toMatchObject(environment);
  });

  async function verify(units: string): Promise<void> {
    const { status, stdout, stderr } = await pi.attempt(`systemd-analyze verify --man=no --recursive-errors=no ${units}`);
    expect(`${stdout}${stderr}`).toBe("");
    expect(status).toBe(0);
  }
});

test.skipIf(lacks !== undefined)(
  titled("shellcheck finds nothing in the preparation script", lacks),
  { timeout: 5 * minutes },
  async () => {
    if (!isExecutable("shellcheck")) await installPackages(["shellcheck"]);
    const checked = await attempt(
      "shellcheck",
      ["--shell=sh", "--format=gcc", `--exclude=${Object.keys(acceptedFindings).join(",")}`, "-"],
      { input: preparationScript() },
    );
    expect(checked.stdout + checked.stderr).toBe("");
  },
);

/** Findings of shellcheck that are right as they are, with the reason. */
const acceptedFindings = {
  SC2020: "tr maps each of three signs to a line break",
  SC2086: "$missing is a list of words",
};

/** Programs that reach the host as an argument of `python3 -c`. */
const sentAlong = ["read.py", "write.py"];

/** Every Python program of the host, by its name. */
function pythonFiles(): Record<string, string> {
  const folders = ["providers/workload/host", "providers/files/host"].map((folder) => join(repository, folder));
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => [name, join(folder, name)] as const));
  const programs = files.filter(([name]) => name === "homelab" || name.endsWith(".py"));
  return Object.fromEntries(programs.map(([name, path]) => [name, readFileSync(path, "utf8")]));
}

/** Prints, by file of a folder, the modules that it imports and that Python does not bring along. */
const importsProgram = `
import ast, json, os, sys
def modules(path):
    for node in ast.walk(ast.parse(open(path).read())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
folder = sys.argv[1]
names = [name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name))]
print(json.dumps({name: sorted({module.split('.')[0] for module in modules(os.path.join(folder, name))} - sys.stdlib_module_names) for name in names}))
`;

/** Files of a folder by absolute path. */
function absolute({
  path,
  files,
}: {
  readonly path: string;
  readonly files: Readonly<Record<string, string>>;
}): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${path}/${name}`, text]));
}

/** The units that the generator's dry run prints, by name. */
function servicesIn(printed: string): Record<string, string> {
  const parts = printed.split(/^---(.+)---$/m).slice(1);
  return Object.fromEntries(parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1] ?? ""]] : [])));
}
