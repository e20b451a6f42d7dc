import { isDeepStrictEqual } from "node:util";
import { readLab } from "../config/files.ts";
import { parseResources } from "./history/state.ts";
import { mapOf } from "./maps.ts";
import { type Project, runPulumi } from "./pulumi.ts";

/** Where a device is found, and the key that it shows there. */
type Place = readonly [address: unknown, port: unknown, hostKey: unknown];

/**
 * Devices of a stack that its state has at another address than the configuration, or with another ssh key: set up anew, or
 * replaced, or moved. A refresh asks where the state says, so that it fails there for ever, and with it the `up` that brings the
 * new address or key into the state. Connects to nothing but the backend.
 * @param routers whether routers are to be asked, too
 */
export async function movedDevices(project: Project, stack: string, routers: boolean): Promise<readonly string[]> {
  const { status, stdout } = await runPulumi(project, ["stack", "export", "--stack", stack]);
  // Why there is none, the preview says better.
  if (status !== 0) return [];
  const targets = parseResources(stdout || "{}").map(({ inputs = {} }) => mapOf(inputs.device ?? inputs.host));
  const moved = (name: string, place: Place): boolean =>
    targets.some((target) => target.name === name && !isDeepStrictEqual(placeOf(target), place));
  return [...placesNow(project.folder, stack, routers)].flatMap(([name, place]) => (moved(name, place) ? [name] : []));
}

function placeOf({ address, port, hostKey }: Readonly<Record<string, unknown>>): Place {
  return [address, port, hostKey];
}

/** The host of a stack and, with the primary one, the routers. */
function placesNow(folder: string, stack: string, routers: boolean): ReadonlyMap<string, Place> {
  const { lab, stacks } = readLab(folder);
  const host = lab.hosts[stack];
  const keys = stacks.find((one) => one.host === stack)?.routerKeys ?? {};
  const home = Object.entries(routers ? (lab.home?.routers ?? {}) : {});
  return new Map([
    ...(host ? [[stack, placeOf({ ...host, port: host.sshPort })] as const] : []),
    ...home.flatMap(([name, { address, sshPort }]) =>
      name in keys ? [[name, placeOf({ address, port: sshPort, hostKey: keys[name] })] as const] : [],
    ),
  ]);
}

/** That a preview was made without a refresh because of them. */
export function movedText(moved: readonly string[]): string {
  return `No device was asked for what it has, so that what was changed by hand does not show: the address or the ssh key of ${moved.join(" and ")} is another one now than at the last up, and a refresh would ask for the one of before.`;
}
