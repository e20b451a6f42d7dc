/**
 * What Pulumi's engine says of a preview or an update, as far as people are told: its events (`apitype.EngineEvent`), one JSON
 * object a line. Secrets in them are hidden by the engine, but for its own debugging lines: those are dropped when they come in,
 * and nothing of it is ever written to a disk.
 */

/** What the engine does with a resource, or would do. */
export interface Step {
  /** `same`, `create`, `update`, `delete`, `replace`, `refresh` … */
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly old?: ResourceState | null;
  readonly new?: ResourceState | null;
  /** Names of the properties that differ, where the resource's provider says. */
  readonly diffs?: readonly string[] | null;
}

/** A resource before or after a step. */
export interface ResourceState {
  /** URN of the component that it belongs to. */
  readonly parent?: string;
  readonly inputs?: Properties | null;
  readonly outputs?: Properties | null;
}

/** Inputs or outputs of a resource, by name. */
export type Properties = Readonly<Record<string, unknown>>;

/** One event. */
export interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: Step };
  readonly resOutputsEvent?: { readonly metadata: Step };
  readonly resOpFailedEvent?: { readonly metadata: Step };
  readonly diagnosticEvent?: {
    readonly urn?: string;
    readonly message: string;
    readonly severity: "debug" | "info" | "info#err" | "warning" | "error";
    readonly ephemeral?: boolean;
  };
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message: string;
    readonly policyName: string;
    readonly enforcementLevel: string;
  };
}

/** The event of a line; undefined for a line that is none (cut off with its process) and for the engine's debugging. */
export function parseEvent(line: string): EngineEvent | undefined {
  try {
    const event: unknown = JSON.parse(line);
    if (typeof event !== "object" || event === null) return undefined;
    const { diagnosticEvent } = event as EngineEvent;
    return diagnosticEvent?.severity === "debug" ? undefined : (event as EngineEvent);
  } catch {
    return undefined;
  }
}

/** Type and name of the resource of a URN, and the type of the component that it stands in. */
export function partsOf(urn: string): { readonly type: string; readonly name: string; readonly within: string } {
  const [, , types = "", ...name] = urn.split("::");
  const path = types.split("$");
  return { type: path.at(-1) ?? "", name: name.join("::"), within: path.at(-2) ?? "" };
}
