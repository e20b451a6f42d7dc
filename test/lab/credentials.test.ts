import { describe, expect, it } from "vitest";
import { checkBackup } from "../../lab/backup/check.ts";
import { credentialProblem } from "../../lab/backup/credentials.ts";
import { NO_COPIES } from "../../lab/backup/model.ts";
import { checkHome } from "../../lab/check-home.ts";
import { planLab } from "../../lab/plan.ts";
import { firstLab, stackOf } from "./fixtures.ts";

describe("credentials of places", () => {
  const places = { remote: { repository: "s3:https://s3.example.org/{host}", prune: true } };
  const plan = planLab({ ...firstLab, backup: { ...NO_COPIES, places } });

  it.each(["adama", "starbuck"])("are a stack's own, on %s, and no routers' business", (host) => {
    const stack = { ...stackOf(host), secrets: ["backup.remote.AWS_SECRET_ACCESS_KEY"] };
    expect(checkBackup(plan, stack, ["adama", "starbuck"])).toEqual([]);
    expect(checkHome(plan, stack, { hosts: [], images: [], network: false, routers: [] })).toEqual([]);
  });

  it("are of a place that there is", () => {
    const found = checkBackup(plan, { ...stackOf("adama"), secrets: ["backup.drive.A"] }, ["adama", "starbuck"]);
    expect(found.map(({ path, message }) => `${path} ${message}`)).toEqual(["secret:backup.drive.A is of no place of backups"]);
  });

  it.each<[string, string, string | undefined]>([
    ["backup.remote.AWS_SECRET_ACCESS_KEY", "hush", undefined],
    ["wifi.home", "hush\n", undefined],
    ["backup.remote.path", "hush", "names no environment variable of restic after the place"],
    ["backup.remote.A", "hush\nPATH=/tmp", "has more than one line"],
  ])("%s: %j is judged without being shown", (name, value, problem) => {
    expect(credentialProblem(name, value)).toBe(problem);
  });
});
