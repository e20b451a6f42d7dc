/**
 * `plan-diff.ts <commit>`: what `npm run plan` prints now and printed there, compared, in Markdown. All that a pull request of a fork
 * gets: it needs no secret, no state and no lab.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { command, report } from "../operations/command.ts";

/** What `npm run plan` of a commit prints, by that commit's own program. */
function planAt(commit: string): string {
  const folder = mkdtempSync(join(tmpdir(), "homelab-plan-"));
  const checkout = join(folder, "checkout");
  const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8", stdio: "pipe" });
  try {
    git("worktree", "add", "--detach", checkout, commit);
    try {
      symlinkSync(join(process.cwd(), "node_modules"), join(checkout, "node_modules"));
      return plan(checkout);
    } finally {
      git("worktree", "remove", "--force", checkout);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The lab of a checkout as a table, or what is wrong with it. */
function plan(folder: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ["operations/plan.ts"], { cwd: folder, encoding: "utf8" });
  return stdout + stderr;
}

/** Two plans as a person compares them. */
function planDiff(before: string, after: string): string {
  if (before === after) return "### The plan\n\nIt stays as it is.\n";
  const patch = createTwoFilesPatch("before", "after", before, after, "", "", { context: 2 });
  const lines = patch.split("\n").slice(4).join("\n");
  return `### The plan\n\n\`\`\`\`diff\n${lines.trimEnd()}\n\`\`\`\`\n`;
}

async function main(): Promise<number> {
  const [base] = process.argv.slice(2);
  if (base === undefined) throw new Error("Give the commit to compare with: plan-diff.ts <commit>");
  return report(planDiff(planAt(base), plan(process.cwd())));
}

if (import.meta.main) await command(main);
