import { volumesOf } from "./privileges.ts";
import { member, workloadPolicy } from "./workload.ts";

export const backup = workloadPolicy(
  "backup",
  "Every volume has a backup, or the reason why its loss would not matter.",
  ({ name, unit, placed, file, inputs }) =>
    volumesOf(unit).flatMap(({ source, target }) => {
      if (!source.startsWith("/")) {
        return [`${name} would keep its data in podman's volume ${source}, which nobody backs up. Write \`volumes\` in ${file}.`];
      }
      const volume = placed?.volumes.find((one) => one.source === source);
      // What is no volume of its file is refused by the policy on privileges.
      if (volume === undefined) return [];
      const paths = member(inputs.backup, "paths");
      if (volume.backup === true ? Array.isArray(paths) && paths.includes(source) : volume.backup.none.trim() !== "") return [];
      return [
        `${name} has no backup of ${target}. Write \`backup: true\` for it in ${file}, or why its loss would not matter: \`backup: { none: "…" }\`.`,
      ];
    }),
);
