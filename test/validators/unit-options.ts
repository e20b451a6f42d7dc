/** A `.container` unit's settings as options of `podman run`, so that a test's container is held as the real one is. */
import type { Directories } from "./staging.ts";

type Translate = (value: string, directories: Directories) => readonly string[];

const nothing: Translate = () => [];

/** Every key that providers/workload/quadlet.ts writes. A new one has to be added here, or the tests fail. */
const translations: Readonly<Record<string, Translate>> = {
  AddCapability: (value) => ["--cap-add", value],
  AddHost: (value) => ["--add-host", value],
  DropCapability: (value) => ["--cap-drop", value],
  Entrypoint: (value) => ["--entrypoint", value],
  HealthCmd: () => ["--no-healthcheck"],
  NoNewPrivileges: () => ["--security-opt", "no-new-privileges"],
  PidsLimit: (value) => ["--pids-limit", value],
  PodmanArgs: (value) => value.split(" "),
  ReadOnly: () => ["--read-only"],
  ReadOnlyTmpfs: (value) => [`--read-only-tmpfs=${value}`],
  StopTimeout: (value) => ["--stop-timeout", value],
  Tmpfs: (value) => ["--tmpfs", value],
  Volume: (value, directories) => ["--volume", mount(value, directories)],
  // Podman's `--user` has both; see Group.
  User: nothing,
  // The container has a name and a network of the test's, an image of the rehearsal, and no ports of this machine.
  ContainerName: nothing,
  Image: nothing,
  Label: nothing,
  Network: nothing,
  PublishPort: nothing,
  Pull: nothing,
  // Taken from the plan, before quoting; quoting has tests of its own.
  Environment: nothing,
  Exec: nothing,
};

/** Options of `podman run` for the [Container] section of a unit. */
export function podmanOptions(unit: string, directories: Directories): readonly string[] {
  const section = /\[Container\]\n([\s\S]*?)\n(?=\[|$)/.exec(unit)?.[1] ?? "";
  const lines = section.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const entries = lines.map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  const user = ["User", "Group"].map((key) => entries.find(([name]) => name === key)?.[1]);
  const options = entries.flatMap(([key, value]) => {
    if (key === "Group") return ["--user", user.join(":")];
    const translate = translations[key];
    if (translate === undefined) throw new Error(`test/validators/unit-options.ts does not know ${key}= of a .container unit.`);
    return translate(value, directories);
  });
  return options;
}

function mount(value: string, directories: Directories): string {
  const [source = "", ...rest] = value.split(":");
  const here = directories[source];
  if (here === undefined) throw new Error(`The unit mounts ${source}, which is neither configuration nor data of the workload.`);
  return [here, ...rest].join(":");
}
