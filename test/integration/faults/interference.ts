import type { Lab } from "../../providers/workload/host/lab.ts";

/** What faults do to a Pi, past ssh. */

const TRANSACTION = "homelab-txn-app.service";
const SETTLING = "homelab-settle@app.service";
const HOLD = "/run/homelab/hold";

/** Where all state of the lab lies on a Pi. */
export const STATE = "/var/lib/homelab";

/** The condition that no transaction and no settling is under way. */
export const SETTLED = `! ls ${STATE}/journal/app && ! systemctl is-active ${TRANSACTION} ${SETTLING} | grep -qv inactive`;

/** SIGKILL to all of sshd's sessions: both ends see the connection break. */
export async function cutConnections({ pi }: Lab): Promise<void> {
  await pi.must("pkill -KILL -x 'sshd-(session|auth)' || true");
}

/** SIGKILL to the transaction's own process, if there is one. */
export async function killScript(lab: Lab): Promise<void> {
  await kill(lab, TRANSACTION, "MainPID");
}

/** SIGKILL to all of the transaction's unit, also to its settling (ExecStopPost=) if that runs. */
export async function killTransaction({ pi }: Lab): Promise<void> {
  await pi.must(`systemctl kill -s KILL ${TRANSACTION}; true`);
}

/** SIGKILL to the settling that ends a transaction (ExecStopPost=). */
export async function killSettling(lab: Lab): Promise<void> {
  await kill(lab, TRANSACTION, "ControlPID");
}

/** SIGKILL to the settling that comes when that one failed (OnFailure=). */
export async function killSettlingOfSettling(lab: Lab): Promise<void> {
  await kill(lab, SETTLING, "MainPID");
}

async function kill({ pi }: Lab, unit: string, property: "MainPID" | "ControlPID"): Promise<void> {
  await pi.must(`pid=$(systemctl show -P ${property} ${unit}); test "$pid" = 0 || kill -9 "$pid"`);
}

/** Lets the settling wait at these places. */
export async function holdSettlingAt({ pi }: Lab, places: readonly string[]): Promise<void> {
  await pi.must(`touch ${places.map((place) => `${HOLD}/${place}`).join(" ")}`);
}

/** Waits until the settling stands at one of these places. */
export async function settlingReached(lab: Lab, places: readonly string[]): Promise<void> {
  await lab.until(places.map((place) => `test -e ${HOLD}/${place}.reached`).join(" || "));
}

/** Lets it go on from these places, or from all. */
export async function letSettlingGo({ pi }: Lab, places: readonly string[] = [""]): Promise<void> {
  await pi.must(`rm -f ${places.map((place) => `${HOLD}/${place}*`).join(" ")}`);
}

/** Locks podman's storage for ten seconds, as a podman does that works: containers and layers. */
export async function lockStorage(lab: Lab): Promise<void> {
  await lab.pi.must(`rm -f ${LOCKED}; systemd-run --quiet --collect --unit=test-storage python3 -c '${LOCK_STORAGE}'`);
  await lab.until(`test -e ${LOCKED}`);
}

const LOCKED = "/run/homelab/test-storage-locked";
const LOCK_STORAGE = `
import fcntl, time
root = "/var/lib/containers/storage/"
files = [open(root + name, "r+") for name in ("storage.lock", "overlay-containers/containers.lock", "overlay-layers/layers.lock")]
for file in files: fcntl.lockf(file, fcntl.LOCK_EX)
open("${LOCKED}", "w")
time.sleep(10)
`;
