import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Forge } from "../../ci/event.ts";

/** An issue or a comment, as the forge has it. */
interface Entry {
  readonly id: number;
  readonly number: number;
  /** Of a comment: the issue or pull request that it stands on. */
  readonly issue?: number;
  body: string;
  title?: string;
  state: string;
}

const TOKEN = "let-me-in";

/** A forge on the loopback address: the few calls that our jobs make, as GitHub, Forgejo and Gitea answer them. */
export class FakeForge {
  readonly comments: Entry[] = [];
  readonly issues: Entry[] = [];
  readonly calls: string[] = [];
  /** Forgejo and Gitea give out all comments, whichever page is asked for. */
  pagesComments = true;
  private readonly server = createServer((request, response) => {
    let text = "";
    request.on("data", (bytes) => {
      text += bytes;
    });
    request.on("end", () => {
      const { status, body } = this.answer(request.method ?? "", request.url ?? "", request.headers.authorization, text);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });

  static async start(): Promise<FakeForge> {
    const forge = new FakeForge();
    await new Promise<void>((resolve) => forge.server.listen(0, "127.0.0.1", resolve));
    return forge;
  }

  /** What stands on a pull request. */
  commentsOn(issue: number): readonly string[] {
    return this.comments.filter((comment) => comment.issue === issue).map(({ body }) => body);
  }

  get forge(): Forge {
    const api = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/v1`;
    return { api, repository: "me/lab", token: TOKEN };
  }

  /** What a runner tells a job of a pull request. */
  environment(number: number): NodeJS.ProcessEnv {
    const file = join(mkdtempSync(join(tmpdir(), "homelab-event-")), "event.json");
    writeFileSync(file, JSON.stringify({ pull_request: { number, head: { sha: "b".repeat(40) } } }));
    const { api, repository, token } = this.forge;
    return { GITHUB_EVENT_PATH: file, GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(
    method: string,
    url: string,
    authorization: string | undefined,
    text: string,
  ): { status: number; body: unknown } {
    const { pathname, searchParams } = new URL(url, "http://forge");
    this.calls.push(`${method} ${pathname}`);
    if (authorization !== `token ${TOKEN}`) return { status: 401, body: { message: "Bad credentials" } };
    const path = pathname.replace("/api/v1/repos/me/lab/", "");
    const change: Partial<Entry> = text === "" ? {} : JSON.parse(text);
    const issue = /^issues\/(\d+)\/comments$/.exec(path)?.[1];
    const [entries, id] =
      issue !== undefined || path.startsWith("issues/comments/")
        ? [this.comments, /comments\/(\d+)$/.exec(path)?.[1]]
        : [this.issues, /^issues\/(\d+)$/.exec(path)?.[1]];
    if (method === "GET") {
      const page = Number(searchParams.get("page"));
      const size = Number(searchParams.get("per_page"));
      const isOpen = ({ state }: Entry) => searchParams.get("state") !== "open" || state === "open";
      const shown = entries.filter((entry) => isOpen(entry) && (issue === undefined || entry.issue === Number(issue)));
      const isPaged = issue === undefined || this.pagesComments;
      return { status: 200, body: isPaged ? shown.slice((page - 1) * size, page * size) : shown };
    }
    if (method === "POST") {
      const own = issue === undefined ? {} : { issue: Number(issue) };
      const entry = { id: entries.length + 1, number: entries.length + 1, state: "open", body: "", ...own, ...change };
      entries.push(entry);
      return { status: 201, body: entry };
    }
    const entry = entries.find((one) => String(one.id) === id);
    if (!entry) return { status: 404, body: { message: "Not Found" } };
    return { status: 200, body: Object.assign(entry, change) };
  }
}
