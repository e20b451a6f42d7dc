import type { Forge } from "./event.ts";

/*
 * What the jobs say on the forge: one comment, one issue, each found again by a marker in it. The calls are those that GitHub's API
 * and that of Forgejo and Gitea have in common.
 */

interface Found {
  readonly id: number;
  readonly number?: number;
  readonly body: string | null;
  readonly state?: string;
}

/** Entries of one answer; a forge may give out fewer. */
const PAGE = 50;

/** Writes the one comment with this marker on an issue or pull request: anew, or in place of what it said before. */
export async function setComment(forge: Forge, issue: number, marker: string, text: string): Promise<void> {
  const found = await find(forge, `issues/${issue}/comments`, marker);
  if (found) await call(forge, "PATCH", `issues/comments/${found.id}`, { body: text });
  else await call(forge, "POST", `issues/${issue}/comments`, { body: text });
}

/** Writes the one open issue with this marker; without a text, closes it. */
export async function setIssue(forge: Forge, marker: string, title: string, text: string | undefined): Promise<void> {
  const found = await find(forge, "issues?state=open", marker);
  if (text === undefined) {
    if (found?.number !== undefined) await call(forge, "PATCH", `issues/${found.number}`, { state: "closed" });
    return;
  }
  const body = `${marker}\n\n${text}`;
  if (found?.number !== undefined) await call(forge, "PATCH", `issues/${found.number}`, { title, body });
  else await call(forge, "POST", "issues", { title, body });
}

async function find(forge: Forge, path: string, marker: string): Promise<Found | undefined> {
  let before: number | undefined;
  for (let page = 1; ; page += 1) {
    // `limit` is what Forgejo and Gitea call `per_page`.
    const query = `${path.includes("?") ? "&" : "?"}per_page=${PAGE}&limit=${PAGE}&page=${page}`;
    const entries = (await call(forge, "GET", `${path}${query}`)) as readonly Found[];
    const found = entries.find(({ body }) => body?.startsWith(marker));
    // They give out all comments, whichever page is asked for: that would go on for ever.
    const first = entries[0]?.id;
    if (found || first === undefined || first === before) return found;
    before = first;
  }
}

async function call({ api, repository, token }: Forge, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${api}/repos/${repository}/${path}`, {
    method,
    headers: { accept: "application/json", authorization: `token ${token}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 200)}`);
  return text === "" ? undefined : JSON.parse(text);
}
