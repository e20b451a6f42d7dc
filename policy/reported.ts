import { UnknownValueError } from "@pulumi/policy";
import { SECRET_PREFIX } from "../config/schema.ts";
import { HOST_DIRECTORY, UCI_DEVICE, WORKLOAD } from "../providers/resource-types.ts";
import { type PlannedResource, SECRET, UNKNOWN } from "./policy.ts";

/** Inputs that are secrets, by type. @pulumi/policy hands them to a pack in the clear, and does not say which they are. */
const SECRET_INPUTS: Readonly<Record<string, readonly string[]>> = {
  [WORKLOAD]: ["secrets"],
  [HOST_DIRECTORY]: ["secrets"],
  [UCI_DEVICE]: ["secrets", "before"],
  "tls:index/privateKey:PrivateKey": ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
  "tls:index/certRequest:CertRequest": ["privateKeyPem"],
  "tls:index/selfSignedCert:SelfSignedCert": ["privateKeyPem"],
  "tls:index/locallySignedCert:LocallySignedCert": ["caPrivateKeyPem"],
  "random:index/randomPassword:RandomPassword": ["result", "bcryptHash"],
};

/**
 * Whether an input is a secret. The engine gives the whole configuration to the provider of dynamic resources, and the pack sees what a
 * person gave among it: the program has refused it where it was not encrypted.
 */
function isSecret(type: string, key: string): boolean {
  const given = type.startsWith("pulumi:providers:") && key.startsWith(SECRET_PREFIX);
  return given || (SECRET_INPUTS[type] ?? []).includes(key);
}

/** A resource as @pulumi/policy hands it to a pack, in plain values. */
export function plannedResource({
  type,
  name,
  props,
}: {
  readonly type: string;
  readonly name: string;
  readonly props: Record<string, unknown>;
}): PlannedResource {
  const inputs = Object.keys(props).map((key) => [key, isSecret(type, key) ? SECRET : known(() => props[key])]);
  return { type, name, inputs: Object.fromEntries(inputs) };
}

/** Reading a value that the update makes throws. */
function known(read: () => unknown): unknown {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    if (error instanceof UnknownValueError) return UNKNOWN;
    throw error;
  }
  if (Array.isArray(value))
    return Array.from({ length: value.length }, (_, index) => known(() => Reflect.get(Object(value), index)));
  if (value === null || typeof value !== "object") return value;
  const object = value;
  return Object.fromEntries(Object.keys(object).map((key) => [key, known(() => Reflect.get(object, key))]));
}
