import { isDeepStrictEqual } from "node:util";
import { compare } from "../../lab/names.ts";
import { policies } from "../../policy/policies.ts";
import { HOST_DIRECTORY, UCI_DEVICE, WORKLOAD } from "../../providers/resource-types.ts";
import { type EngineEvent, type Properties, partsOf, type ResourceState, type Step } from "../engine-events.ts";
import type { HostHolds } from "../holds.ts";
import { mapOf } from "../maps.ts";
import { changeLines } from "./lines.ts";
import type { CertificateChange, Finding, Hold, HostChange, RouterChange, Summary } from "./model.ts";
import { changedKeys, changesSecrets, kindOf } from "./steps.ts";
import { holdsOf, workloadChange } from "./workload.ts";

const STACK = "pulumi:pulumi:Stack";
const IMAGE = "docker:index/remoteImage:RemoteImage";
const CERTIFICATES = ["tls:index/locallySignedCert:LocallySignedCert", "tls:index/selfSignedCert:SelfSignedCert"];
const BEFORE_CERTIFICATES = ["tls:index/privateKey:PrivateKey", "tls:index/certRequest:CertRequest"];

/** Steps that change nothing, and the two halves of a `replace`. */
const QUIET = new Set(["same", "refresh", "read", "read-discard", "discard", "create-replacement", "delete-replaced"]);

/** What is not there for people: Pulumi's own, and components, which are no more than what they hold. */
const UNSEEN = /^(pulumi:|homelab:components:)/;

/** Inputs of a certificate that say who signs it. Another one is a renewal as well: of the one above. */
const SIGNER = ["caCertPem", "caPrivateKeyPem"];

/**
 * What a preview says, in the words of people.
 * @param said what Pulumi said beside its events, where it failed
 * @param besides what was asked beside the engine: the policies (left out where they were not asked), and the host for what it holds
 */
export function summaryOf(
  stack: string,
  run: { readonly status: number; readonly events: readonly EngineEvent[]; readonly said: string },
  { findings, holds }: { readonly findings?: readonly Finding[]; readonly holds?: HostHolds } = {},
): Summary {
  const all = run.events.flatMap(({ resourcePreEvent }) => (resourcePreEvent ? [resourcePreEvent.metadata] : []));
  const steps = all.filter(({ op }) => !QUIET.has(op));
  const of = (...types: string[]): readonly Step[] => steps.filter(({ urn }) => types.includes(partsOf(urn).type));
  const certificates = certificateChanges(of(...CERTIFICATES), of(...BEFORE_CERTIFICATES));
  const renewed = new Set(certificates.filter(({ kind }) => kind === "renewed").map(({ parent }) => parent));
  const followsRenewal = (step: Step): boolean => renewed.has((step.new ?? step.old)?.parent ?? "");
  const known = [WORKLOAD, UCI_DEVICE, HOST_DIRECTORY, IMAGE, ...CERTIFICATES, ...BEFORE_CERTIFICATES];
  const rest = steps.filter(({ urn }) => !known.includes(partsOf(urn).type) && !UNSEEN.test(partsOf(urn).type));
  const pulls = of(IMAGE).filter(({ op }) => op !== "delete");
  return {
    stack,
    workloads: byName(of(WORKLOAD).map((step) => workloadChange(step, imageOf(pulls, step), followsRenewal(step)))),
    routers: byName(of(UCI_DEVICE).map(routerChange)),
    host: byName(of(HOST_DIRECTORY).map((step) => hostChange(step, followsRenewal(step)))),
    certificates: certificates.map(({ name, kind }) => ({ name, kind })),
    images: of(IMAGE).flatMap((step) => imageText(step, steps, declared(run.events, WORKLOAD))),
    replaced: rest.filter(({ op }) => op === "replace").map(resourceText),
    others: rest.filter(({ op }) => op !== "replace").map((step) => `${resourceText(step)}: ${step.op}`),
    planChanged: planChanged(run.events),
    holds: declared(run.events, WORKLOAD).flatMap(({ name, state, wanted }): readonly Hold[] =>
      holdsOf(name, holds ? (holds[name] ?? {}) : mapOf(state?.outputs?.holds), wanted),
    ),
    findings: distinct([...run.events.flatMap(findingOf), ...(findings ?? [])]),
    policiesAsked: findings !== undefined || run.events.some(({ policyEvent }) => policyEvent !== undefined),
    warnings: warningsOf(run.events),
    errors: run.status === 0 || refusedOnly(run) ? [] : errorsOf(run),
  };
}

/** Whether a stack has routers, changed or not. */
export function hasRouters(events: readonly EngineEvent[]): boolean {
  return events.some(({ resourcePreEvent }) => partsOf(resourcePreEvent?.metadata.urn ?? "").type === UCI_DEVICE);
}

/** Whether nothing failed but that a policy refuses it, which the findings say better. */
function refusedOnly({ events }: { readonly events: readonly EngineEvent[] }): boolean {
  const refused = events.some(({ policyEvent }) => policyEvent?.enforcementLevel === "mandatory");
  return refused && errorsOf({ events, said: "" }).every((message) => message === "preview failed");
}

/** What a run warns of, of Pulumi or of what it ran. */
export function warningsOf(events: readonly EngineEvent[]): readonly string[] {
  return events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "warning" && !diagnosticEvent.ephemeral ? [diagnosticEvent.message.trim()] : [],
  );
}

/** Messages of a run that failed, of Pulumi or of what it ran; at least one. */
export function errorsOf({
  events,
  said,
}: {
  readonly events: readonly EngineEvent[];
  readonly said: string;
}): readonly string[] {
  const messages = events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "error" ? [diagnosticEvent.message.trim()] : [],
  );
  // "update failed" says nothing beside the reason.
  const reasons = messages.filter((message) => !/^(update|preview) failed$/.test(message));
  if (reasons.length > 0) return [...new Set(reasons)];
  return [withRemedy(said.trim()) || messages[0] || "Pulumi failed and did not say why."];
}

/** Pulumi says of a stack that was never made only that there is none. */
function withRemedy(said: string): string {
  const stack = /no stack named '([^']+)' found/.exec(said)?.[1];
  return stack === undefined
    ? said
    : `${said}\nIf it was never made: npx pulumi stack init ${stack}. If it lies in another backend: npx pulumi login`;
}

/** The engine's own order is another one every time. */
function byName<T extends { readonly name: string }>(changes: readonly T[]): readonly T[] {
  return changes.toSorted((a, b) => compare(a.name, b.name));
}

function imageOf(pulls: readonly Step[], { urn }: Step): Properties | undefined {
  return pulls.find((pull) => partsOf(pull.urn).name === partsOf(urn).name)?.new?.inputs ?? undefined;
}

/**
 * An image whose workload has nothing to change. One that is replaced then was pulled for a version that did not come up: it stays in
 * the state until an `up` has the older one again.
 */
function imageText(step: Step, steps: readonly Step[], workloads: readonly { readonly name: string }[]): readonly string[] {
  const { name } = partsOf(step.urn);
  const isOf = ({ urn }: Step): boolean => partsOf(urn).type === WORKLOAD && partsOf(urn).name === name;
  if (steps.some(isOf) || !workloads.some((workload) => workload.name === name)) return [];
  if (step.op === "create") return [`${name}: its image is pulled again; what runs stays as it is`];
  if (step.op !== "replace") return [];
  return [`${name}: Pulumi forgets the image of a version that did not come up; what runs stays as it is`];
}

function certificateChanges(
  certificates: readonly Step[],
  before: readonly Step[],
): readonly (CertificateChange & { readonly parent: string })[] {
  return certificates.map((step) => {
    const { name } = partsOf(step.urn);
    const parent = (step.new ?? step.old)?.parent ?? "";
    if (step.op === "create") return { name, parent, kind: "new" };
    if (step.op === "delete") return { name, parent, kind: "removed" };
    const sameRequest = !before.some((other) => partsOf(other.urn).name === name && parent === (other.new ?? other.old)?.parent);
    const onlySigner = changedKeys(step).every((key) => SIGNER.includes(key));
    return { name, parent, kind: sameRequest && onlySigner ? "renewed" : "again" };
  });
}

function routerChange({ op, urn, old, new: now }: Step): RouterChange {
  const kind = kindOf(op);
  const interrupts = now?.inputs?.interrupts;
  return {
    name: partsOf(urn).name,
    kind,
    lines: kind === "removed" ? [] : routerLines(old?.inputs ?? {}, now?.inputs ?? {}),
    interrupts: kind !== "new" && typeof interrupts === "string" ? interrupts : "",
  };
}

/** Each option that differs, one line; a secret one without its value. */
function routerLines(old: Properties, now: Properties): readonly string[] {
  const settings = changeLines(mapOf(old.settings), mapOf(now.settings));
  const secrets = Array.isArray(now.changedSecrets) ? now.changedSecrets.map((place) => `${place}: [secret] changes`) : [];
  const [sectionsBefore, sectionsNow] = [old, now].map(({ sections }) => Object.keys(mapOf(sections)));
  const came = sectionsNow?.filter((section) => !sectionsBefore?.includes(section)) ?? [];
  const went = sectionsBefore?.filter((section) => !sectionsNow?.includes(section)) ?? [];
  const absent = Object.keys(mapOf(now.absent)).filter((section) => !(section in mapOf(old.absent)));
  const software = isDeepStrictEqual(old.software, now.software) ? [] : ["packages: others are to be installed"];
  const order = isDeepStrictEqual(old.order, now.order) ? [] : ["order of sections changes"];
  const found = Object.entries(mapOf(old.found)).map(([place, what]) => `${place}: found ${what}, is put right`);
  return [
    ...came.map((section) => `${section}: new section`),
    ...went.map((section) => `${section}: section is no longer declared`),
    ...absent.map((section) => `${section}: must not be there`),
    ...[...settings, ...secrets, ...software, ...order, ...found],
  ];
}

function hostChange(step: Step, followsRenewal: boolean): HostChange {
  const { op, urn, old, new: now } = step;
  const [before, after] = [old, now].map((state) => mapOf(state?.inputs?.files));
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  const changed = names.filter((name) => !isDeepStrictEqual(before?.[name], after?.[name]));
  const others = op === "update" ? changedKeys(step).filter((key) => key !== "files" && key !== "secrets") : [];
  return {
    name: partsOf(urn).name,
    kind: kindOf(op),
    paths: [...changed, ...(op === "update" && changesSecrets(step) ? ["keys"] : []), ...others],
    onlyCertificates: followsRenewal && others.length === 0 && changed.every((name) => name.endsWith("ca.pem")),
  };
}

function resourceText({ urn }: Step): string {
  const { type, name } = partsOf(urn);
  return `${type.split(":").at(-1)} ${name}`;
}

/** What is declared of a type, with the last that is known of each: as refreshed, or as the last `up` left it. */
function declared(
  events: readonly EngineEvent[],
  type: string,
): readonly { readonly name: string; readonly state: ResourceState | undefined; readonly wanted: Properties }[] {
  const steps = events.flatMap(({ resourcePreEvent }) => (resourcePreEvent ? [resourcePreEvent.metadata] : []));
  return steps.flatMap(({ op, urn, old, new: now }) => {
    const { type: found, name } = partsOf(urn);
    if (found !== type || !now || op === "refresh") return [];
    return [{ name, state: old ?? undefined, wanted: now.inputs ?? {} }];
  });
}

/** The stack's output `planHash` is part of the plan: another one is noted by an `up`, even if nothing else is to be done. */
function planChanged(events: readonly EngineEvent[]): boolean {
  const stack = events.flatMap(({ resOutputsEvent }) =>
    resOutputsEvent && partsOf(resOutputsEvent.metadata.urn).type === STACK ? [resOutputsEvent.metadata] : [],
  );
  const { old, new: now } = stack.at(-1) ?? {};
  const [before, after] = [old, now].map((state) => state?.outputs?.planHash);
  return before !== undefined && after !== undefined && before !== after;
}

/** What the pack and the functions in it both found is one finding. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.policy}: ${finding.message}`, finding])).values()];
}

function findingOf({ policyEvent }: EngineEvent): readonly Finding[] {
  if (policyEvent === undefined) return [];
  const { policyName, message, enforcementLevel } = policyEvent;
  // The engine puts the policy's description before what it says.
  const description = policies.find(({ name }) => name === policyName)?.description ?? "";
  const said = message.startsWith(description) ? message.slice(description.length) : message;
  return [{ policy: policyName, message: said.trim(), refused: enforcementLevel === "mandatory" }];
}
