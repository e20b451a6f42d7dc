import type { HotBackup, WorkloadDefinition } from "./definition.ts";
import { prometheusSnapshotCommand } from "./health.ts";
import type { BackupRecipe, ConfigProblem, PlacedWorkload } from "./model.ts";
import { compare } from "./names.ts";
import { dataDirectory } from "./paths.ts";

/** How the host backs up a workload; undefined for one without data that is worth it. */
export function backupRecipe(workload: PlacedWorkload): BackupRecipe | undefined {
  const { definition, name, volumes } = workload;
  if (!definition.backup) return undefined;
  const paths = volumes.filter(({ backup }) => backup === true).map(({ source }) => source);
  const { retention, hot } = definition.backup;
  return { paths: paths.sort(compare), retention, hot: hotRecipe(hot) };

  function hotRecipe(hot: HotBackup): BackupRecipe["hot"] {
    switch (hot.kind) {
      case "files":
        return { kind: "files", flush: hot.flush ? { ...hot.flush, file: dataDirectory(name, hot.flush.file) } : null };
      case "sqlite":
        return { kind: "sqlite", databases: hot.databases.map((database) => dataDirectory(name, database)) };
      case "dump": {
        const { command, load, volume, file, leastBytes } = hot;
        return { kind: "dump", command, load, path: dataDirectory(name, volume), file, leastBytes };
      }
      case "prometheus": {
        const command = prometheusSnapshotCommand(workload, hot.port);
        return { kind: "prometheus", command, path: dataDirectory(name, hot.volume) };
      }
    }
  }
}

/** Whether a definition says how to back up the volumes that it wants backed up, and speaks of no other. */
export function checkBackup(definition: WorkloadDefinition): readonly ConfigProblem[] {
  const { name, volumes, backup } = definition;
  const saved = volumes.filter((volume) => volume.backup === true).map((volume) => volume.name);
  const file = `lab/workloads/${name}.ts`;
  if (saved.length === 0 && !backup) return [];
  if (!backup) {
    const message = `is missing: the volume ${saved[0]} is to be backed up`;
    return [{ file, path: "backup", message, remedy: 'Say how, for example { retention: "state", hot: { kind: "files" } }.' }];
  }
  return spokenOf(backup.hot)
    .filter((path) => !saved.includes(path.split("/")[0] ?? ""))
    .map((path) => ({
      ...{ file, path: "backup.hot", value: path, message: "is in none of its volumes with a backup" },
      remedy: saved.length > 0 ? `They are: ${saved.join(", ")}.` : "It has none: leave `backup` out.",
    }));
}

/** Paths, each beginning with a volume. */
function spokenOf(hot: HotBackup): readonly string[] {
  switch (hot.kind) {
    case "files":
      return hot.flush ? [hot.flush.file] : [];
    case "sqlite":
      return hot.databases;
    case "dump":
    case "prometheus":
      return [hot.volume];
  }
}
