import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type DeployOptions, deploy } from "../../operations/deploy.ts";
import { stacksInOrder } from "../../operations/stacks.ts";
import { HOST_KEY } from "../lab/fixtures.ts";
import { eventLines, listen, projectFolder, withPulumi } from "./fake-pulumi.ts";

const WORKLOAD = "pulumi-nodejs:dynamic/homelab:Workload";
const ROUTER = "pulumi-nodejs:dynamic/homelab:UciDevice";

/**
 * Plays Pulumi: prints the events that lie there for a verb and a stack, and notes that it was asked, with a `*` if without a
 * refresh.
 */
const PULUMI = `verb=$1 what=$2 unasked='*'
while [ $# -gt 0 ]; do [ "$1" = --stack ] && stack=$2; [ "$1" = --refresh ] && unasked=; shift; done
said="$verb-$stack"
[ -n "$unasked" ] && [ -e "$said*" ] && said="$said*"
case $verb in
  preview | up) echo "$verb $stack$unasked" >> calls; cat "$said"; exit "$(cat "$said.status")";;
  stack) [ "$what" = history ] && cat history || cat "state-$stack";;
esac`;

let folder = "";
let said: () => string;
beforeEach(() => {
  folder = projectFolder("{ nginx: [adama, starbuck] }");
  writeFileSync(join(folder, "history"), "[]");
  for (const stack of ["adama", "starbuck"]) {
    writeFileSync(join(folder, `state-${stack}`), "{}");
    plays("preview", stack, [change(WORKLOAD, "nginx")]);
    plays("up", stack, [done(WORKLOAD, "nginx")]);
  }
  said = listen();
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const step = (type: string, name: string) => ({
  op: "update",
  urn: `urn:pulumi:stack::homelab::${type}::${name}`,
  old: { inputs: { image: "a" }, outputs: {} },
  new: { inputs: { image: "b" }, outputs: {} },
});
const change = (type: string, name: string) => ({ resourcePreEvent: { metadata: step(type, name) } });
const done = (type: string, name: string) => ({ resOutputsEvent: { metadata: step(type, name) } });
const failed = (type: string, name: string) => ({ resOpFailedEvent: { metadata: step(type, name) } });
const error = (message: string) => ({ diagnosticEvent: { severity: "error", message } });

/** What Pulumi says to a verb, and its status; of a stack with a `*`, without a refresh. */
function plays(verb: "preview" | "up", stack: string, events: readonly object[], status = 0): void {
  writeFileSync(join(folder, `${verb}-${stack}`), eventLines(events));
  writeFileSync(join(folder, `${verb}-${stack}.status`), String(status));
}

function deployed(options: Partial<DeployOptions> = {}, stacks = stacksInOrder(folder)): Promise<boolean> {
  return deploy(withPulumi(folder, PULUMI), stacks, { agrees: async () => true, ...options });
}

/** Previews and updates that were made, in order. */
function calls(): readonly string[] {
  const file = join(folder, "calls");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

describe("a deploy", () => {
  it("without a name takes all stacks, first the one that makes what the others read", async () => {
    expect(await deployed()).toBe(true);
    expect(calls()).toEqual(["preview starbuck", "up starbuck", "preview adama", "up adama"]);
    expect(said()).toContain("starbuck is as declared.");
    expect(said()).toContain("adama is as declared.");
  });

  it("of one stack leaves the others alone", async () => {
    expect(await deployed({}, stacksInOrder(folder, "adama"))).toBe(true);
    expect(calls()).toEqual(["preview adama", "up adama"]);
    expect(() => stacksInOrder(folder, "nowhere")).toThrow("There is no stack nowhere. There are: starbuck, adama.");
  });

  it("changes nothing, and asks nothing, where there is nothing to do", async () => {
    plays("preview", "starbuck", []);
    const asked: string[] = [];
    const agrees = async (stack: string) => asked.push(stack) > 0;
    expect(await deployed({ agrees })).toBe(true);
    expect(calls()).toEqual(["preview starbuck", "preview adama", "up adama"]);
    expect(asked).toEqual(["adama"]);
  });

  it("goes on with the next stack when nothing but workloads failed, and says in the end that not all is well", async () => {
    plays("up", "starbuck", [failed(WORKLOAD, "nginx"), error("nginx did not get healthy.")], 255);
    expect(await deployed()).toBe(false);
    expect(calls()).toEqual(["preview starbuck", "up starbuck", "preview adama", "up adama"]);
    expect(said()).toMatch(/^nginx .* failed /m);
    expect(said()).toContain("starbuck is not as declared:\n\nnginx did not get healthy.");
    expect(said()).toContain("adama is as declared.");
    expect(said()).not.toContain("Not begun");
  });

  it.each([
    ["something else", [failed(WORKLOAD, "nginx"), failed(ROUTER, "apollo"), error("apollo does not answer.")]],
    ["the engine", [error("the stack is locked")]],
  ])("does not begin the next stack when %s failed", async (_, events) => {
    plays("up", "starbuck", events, 255);
    expect(await deployed()).toBe(false);
    expect(calls()).toEqual(["preview starbuck", "up starbuck"]);
    expect(said()).toContain("Not begun, because they read what starbuck makes: adama.");
  });

  it("begins nothing when the first preview is refused; the last one's leaves nobody behind", async () => {
    plays("preview", "starbuck", [error("homelab:limits: nginx is unknown")], 255);
    expect(await deployed()).toBe(false);
    expect(calls()).toEqual(["preview starbuck"]);
    expect(said()).toContain("homelab:limits: nginx is unknown");
    expect(said()).toContain("Not begun, because they read what starbuck makes: adama.");

    said = listen();
    plays("preview", "adama", [error("no")], 255);
    expect(await deployed({}, ["adama"])).toBe(false);
    expect(said()).not.toContain("Not begun");
  });

  it("that a person declines for one stack asks for the next, and is no success", async () => {
    expect(await deployed({ agrees: async (stack) => stack === "adama" })).toBe(false);
    expect(calls()).toEqual(["preview starbuck", "preview adama", "up adama"]);
    expect(said()).toContain("Nothing was changed.");
  });
});

describe("a deploy asks the devices first, for what was changed by hand", () => {
  const host = { name: "starbuck", address: "192.0.2.12", port: 22, hostKey: HOST_KEY };
  /** Where the state has the host of the primary stack. */
  const was = (target: object) => {
    const urn = `urn:pulumi:stack::homelab::${WORKLOAD}::nginx`;
    writeFileSync(
      join(folder, "state-starbuck"),
      JSON.stringify({ deployment: { resources: [{ urn, inputs: { host: target } }] } }),
    );
  };
  beforeEach(() => writeFileSync(join(folder, "Pulumi.starbuck.yaml"), `config:\n  homelab:hostKey: ${HOST_KEY}\n`));

  it("but not if it is told not to: one that is off keeps the others from nothing", async () => {
    was(host);
    await deployed({ refresh: false }, ["starbuck"]);
    expect(calls()).toEqual(["preview starbuck*", "up starbuck*"]);
  });

  it.each([
    ["are where they were", {}, ["preview starbuck", "up starbuck"]],
    ["have another ssh key by now", { hostKey: "ssh-ed25519 AAAAThen" }, ["preview starbuck*", "up starbuck*"]],
    ["have another address", { address: "192.0.2.99" }, ["preview starbuck*", "up starbuck*"]],
  ])("if they %s: a refresh asks for those of before", async (_, before, expected) => {
    was({ ...host, ...before });
    expect(await deployed({}, ["starbuck"])).toBe(true);
    expect(calls()).toEqual(expected);
    const why = "the address or the ssh key of starbuck is another one now than at the last up";
    if (expected.includes("up starbuck")) expect(said()).not.toContain(why);
    else expect(said()).toContain(why);
  });
});

describe("a deploy of renewals", () => {
  const certificate = "tls:index/locallySignedCert:LocallySignedCert";
  const state = { inputs: {}, outputs: {} };
  const renewal = {
    resourcePreEvent: { metadata: { ...step(certificate, "nginx-server"), op: "replace", old: state, new: state } },
  };
  const agrees = async () => expect.fail("Nobody is there to be asked.");

  it("makes those, without a question", async () => {
    plays("preview", "starbuck", [renewal]);
    plays("preview", "adama", []);
    expect(await deployed({ renew: true, agrees })).toBe(true);
    expect(calls()).toEqual(["preview starbuck", "up starbuck", "preview adama"]);
  });

  it("goes on without asking where a device does not answer, which keeps no other's certificates, and is no success", async () => {
    const unreachable = "apollo (192.0.2.1, port 22) cannot be reached: ssh: connect to host 192.0.2.1 port 22: No route to host";
    plays("preview", "starbuck", [error(unreachable)], 255);
    plays("preview", "starbuck*", [renewal]);
    plays("preview", "adama", [renewal]);
    expect(await deployed({ renew: true, agrees })).toBe(false);
    expect(calls()).toEqual(["preview starbuck", "preview starbuck*", "up starbuck*", "preview adama", "up adama"]);
    expect(said()).toContain("No route to host");
  });

  it("begins the next stack after one whose host does not answer, and leaves what is more than a renewal as ever", async () => {
    const unreachable = "ssh: connect to host 192.0.2.12 port 22: No route to host";
    plays("preview", "starbuck", [error(unreachable)], 255);
    plays("preview", "starbuck*", [renewal]);
    plays("up", "starbuck", [failed("pulumi-nodejs:dynamic/homelab:HostDirectory", "health"), error(unreachable)], 255);
    plays("preview", "adama", [renewal]);
    expect(await deployed({ renew: true, agrees })).toBe(false);
    expect(calls()).toEqual(["preview starbuck", "preview starbuck*", "up starbuck*", "preview adama", "up adama"]);

    rmSync(join(folder, "calls"));
    plays("preview", "starbuck*", [change(WORKLOAD, "nginx"), renewal]);
    expect(await deployed({ renew: true, agrees })).toBe(false);
    expect(calls()).toEqual(["preview starbuck", "preview starbuck*", "preview adama", "up adama"]);
  });

  it.each([
    ["", [], true],
    [", which is a failure if a renewal waits behind it", [renewal], false],
  ])("leaves what else there is to do to a person%s", async (_, renewals, success) => {
    plays("preview", "starbuck", [change(WORKLOAD, "nginx"), ...renewals]);
    plays("preview", "adama", []);
    expect(await deployed({ renew: true, agrees })).toBe(success);
    expect(calls()).toEqual(["preview starbuck", "preview adama"]);
    expect(said()).toContain(
      "there is more to do than to renew certificates, so nothing was changed. npm run deploy -- starbuck",
    );
  });
});

describe("the copy of the state after a deploy", () => {
  beforeEach(() => {
    writeFileSync(join(folder, "history"), JSON.stringify([{ startTime: "2026-11-25T18:00:00.000Z" }]));
  });

  it("that cannot be made is said, and no reason to call the deploy a failure", async () => {
    expect(await deployed()).toBe(true);
    expect(said()).toContain("No copy of Pulumi's state could be left on each host:\n  There is no passphrase to encrypt with");
  });

  it("is not made of what a preview refuses: it would take the place of a good one", async () => {
    plays("preview", "starbuck", [error("homelab:limits: nginx is unknown")], 255);
    await deployed();
    expect(said()).not.toContain("opy of Pulumi's state");
  });

  it("is not made where nothing was changed", async () => {
    await deployed({ agrees: async () => false });
    expect(said()).not.toContain("opy of Pulumi's state");
  });
});
