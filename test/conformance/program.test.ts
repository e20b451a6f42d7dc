import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asRecorded, differences, type RecordedChange, recording } from "./compare.ts";
import { missing, type Run, Stack, type StateResource, sdkVersion } from "./engine.ts";
import { Host, missingHost } from "./host.ts";

interface RecordedFull {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
  additionalSecretOutputs?: string[];
  replaceOnChanges?: string[];
}
interface Program {
  afterUp: RecordedFull[];
  previews: Record<"second" | "refresh" | "change" | "afterChange", RecordedChange[]>;
  orderOfChange: string[];
  afterChange: RecordedFull[];
}

const lacks = await missing();
const lacksHost = (await missing(["docker"])) ?? missingHost();
const recorded = recording<Program>("program");

/** Whether a recorded type or proposal is of the part that needs a host. */
const ofDocker = (name: string) => name.includes("docker:") || name.startsWith("RemoteImage");

describe.skipIf(lacks !== undefined)(`recorded program${lacks === undefined ? "" : ` (${lacks})`}`, { timeout: 600_000 }, () => {
  let stack: Stack;
  let host: Host | undefined;
  let config: Record<string, string> = {};
  const previews: Partial<Record<string, Run>> = {};
  let afterUp: StateResource[] = [];
  let afterChange: StateResource[] = [];
  let change: Run;

  beforeAll(async () => {
    if (lacksHost === undefined) {
      host = await Host.start();
      config = await digests(host);
    }
    stack = await Stack.create("program", config);
    const up = await stack.run("up");
    expect(up.exit, up.output).toBe(0);
    afterUp = await stack.state();
    previews.second = await stack.run("preview");
    previews.refresh = await stack.run("preview", "1", "--refresh");
    previews.change = await stack.run("preview", "2");
    change = await stack.run("up", "2");
    expect(change.exit, change.output).toBe(0);
    previews.afterChange = await stack.run("preview", "2");
    afterChange = await stack.state();
  }, 600_000);
  afterAll(async () => {
    await stack?.destroy();
    await host?.stop();
  });

  test.for(recorded.afterUp.filter((each) => !ofDocker(each.type)))("state after up: $type $name", async (resource) => {
    expect(await stateDifferences(resource, afterUp)).toEqual([]);
  });
  test.for(recorded.afterChange.filter((each) => !ofDocker(each.type)))(
    "state after the change: $type $name",
    async (resource) => {
      expect(await stateDifferences(resource, afterChange)).toEqual([]);
    },
  );
  test.for(Object.entries(recorded.previews))("preview: %s", ([name, proposes]) => {
    const part = (changes: RecordedChange[]) =>
      changes.filter((each) => !ofDocker(each.resource) && !each.resource.startsWith("docker"));
    expect(differences(part(proposes), part(asRecorded(previews[name]?.proposes ?? [])), name)).toEqual([]);
  });
  test("order of the change: replacements are made first, and the old ones removed at the end", () => {
    const own = (did: string[]) =>
      did.filter((each) => !each.includes("docker ") && (lacksHost === undefined || !each.includes("RemoteImage")));
    expect(own(change.did).toSorted()).toEqual(own(recorded.orderOfChange).toSorted());
    const firstRemoval = change.did.findIndex((each) => each.startsWith("delete-replaced"));
    expect(change.did.slice(firstRemoval).every((each) => each.startsWith("delete-replaced"))).toBe(true);
  });

  describe.skipIf(lacksHost !== undefined)(`with an image${lacksHost === undefined ? "" : ` (${lacksHost})`}`, () => {
    test.for(recorded.afterUp.filter((each) => ofDocker(each.type)))("state after up: $type $name", async (resource) => {
      expect(await stateDifferences(resource, afterUp, config.digest1)).toEqual([]);
    });
    test.for(recorded.afterChange.filter((each) => ofDocker(each.type)))(
      "state after the change: $type $name",
      async (resource) => {
        expect(await stateDifferences(resource, afterChange, config.digest2)).toEqual([]);
      },
    );
    test.for(Object.entries(recorded.previews))("preview: %s", ([name, proposes]) => {
      const part = (changes: RecordedChange[]) => changes.filter((each) => ofDocker(each.resource));
      expect(differences(part(proposes), part(asRecorded(previews[name]?.proposes ?? [])), name)).toEqual([]);
    });
  });
});

/** The two images by tag and digest, as the lab declares them. */
async function digests(host: Host): Promise<Record<string, string>> {
  await host.clear();
  const named: Record<string, string> = {};
  for (const [index, image] of host.images.entries()) {
    const [digest = ""] = await host.run(
      `podman pull -q ${image} >/dev/null && podman image inspect --format '{{.Digest}}' ${image}`,
    );
    named[`digest${index + 1}`] = `${image}@${digest}`;
  }
  await host.clear();
  return { ...host.config, ...named };
}

/** Compares all fields of a resource, those that plugins keep for themselves too. */
async function stateDifferences(resource: RecordedFull, state: StateResource[], image = ""): Promise<string[]> {
  const provider = /^pulumi:providers:(\w+)$/.exec(resource.type)?.[1];
  const version = provider === undefined ? "" : await sdkVersion(provider);
  const text = JSON.stringify(resource)
    .replaceAll("default_<version>", `default_${version.replaceAll(".", "_")}`)
    .replaceAll("<version>", version)
    .replaceAll("<host>", "…")
    .replaceAll(/<registry>\/lab\/app:\d@sha256:…/g, image)
    .replaceAll(/<registry>\/lab\/app@sha256:…/g, image.replace(/:[^:/]*@/, "@"));
  const expected = JSON.parse(text) as RecordedFull;
  const found = state.find((each) => each.type === expected.type && each.name === expected.name);
  const actual = found && {
    type: found.type,
    name: found.name,
    inputs: withoutOptions(found.inputs),
    outputs: withoutOptions(found.outputs),
    ...(expected.additionalSecretOutputs === undefined
      ? {}
      : { additionalSecretOutputs: found.additionalSecretOutputs.toSorted() }),
    ...(expected.replaceOnChanges === undefined ? {} : { replaceOnChanges: found.replaceOnChanges }),
  };
  return differences(expected, actual, `${resource.type} ${resource.name}`);
}

// Left out of the recording, because they named a key file.
function withoutOptions({ sshOpts: _, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}
