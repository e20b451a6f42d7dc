import { messageOf } from "../command.ts";
import { hostTarget } from "../hosts.ts";
import type { Project } from "../pulumi.ts";
import { placeText, snapshotsOn } from "../snapshots.ts";
import { dataOfVersion, type Known, sizeText } from "./data.ts";
import { historyOf, runningOf } from "./state.ts";
import { type Version, versionTable } from "./versions.ts";

/** The versions of a stack, as a table. What a host that does not answer keeps of their data is left out, and said. */
export async function listVersions(project: Project, stack: string, most: number): Promise<string> {
  const versions = await historyOf(project, stack);
  if (versions.length === 0) return `${stack} has no history: it was never applied.`;
  const note = `\nnpm run rollback -- ${stack} --to <version> shows what going back would do, and asks.`;
  try {
    const { snapshots, silent } = await snapshotsOn(hostTarget(project.folder, stack));
    const running = await runningOf(project, stack);
    const table = versionTable(versions, most, (version) => dataKept(version, { stack, versions, running, snapshots }));
    return [table, ...silent.map((place) => `${place}.`)].join("\n") + note;
  } catch (error) {
    return `${versionTable(versions, most)}\nWhat is kept of their data is not known: ${messageOf(error)}${note}`;
  }
}

function dataKept(version: Version, known: Known): string {
  const kept = dataOfVersion(version, known).map(({ workload, data }) => {
    if (data === "stateless") return "";
    return data === "missing"
      ? `${workload}: none`
      : `${workload} ${data.id.slice(0, 8)}${placeText(data)}, ${sizeText(data.bytes ?? 0)}`;
  });
  return kept.filter((text) => text !== "").join("; ");
}
