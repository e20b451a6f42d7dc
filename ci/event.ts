import { readFileSync } from "node:fs";

/**
 * The pull request that a job runs for, as the runner tells of it. GitHub, Forgejo and Gitea use the same variables and the same
 * form.
 */
export interface PullRequest {
  readonly number: number;
  /** The commit that it brings. */
  readonly head: string;
}

/** The API that a job talks to, and as whom. */
export interface Forge {
  /** `https://api.github.com`, or `https://<forge>/api/v1`. */
  readonly api: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
}

/** @throws Error outside a job for a pull request */
export function pullRequestOf(env: NodeJS.ProcessEnv): PullRequest {
  const event: Event = JSON.parse(readFileSync(required(env, "GITHUB_EVENT_PATH"), "utf8"));
  const { number, head } = event.pull_request ?? {};
  if (number === undefined || !head?.sha) throw new Error("This job does not run for a pull request.");
  return { number, head: head.sha };
}

/** @throws Error where the runner gave no token */
export function forgeOf(env: NodeJS.ProcessEnv): Forge {
  return {
    api: required(env, "GITHUB_API_URL"),
    repository: required(env, "GITHUB_REPOSITORY"),
    token: required(env, "GITHUB_TOKEN"),
  };
}

interface Event {
  readonly pull_request?: {
    readonly number?: number;
    readonly head?: { readonly sha?: string };
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set: this runs in a job of CI (docs/ci.md).`);
  return value;
}
