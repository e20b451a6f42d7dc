import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { LabPlan } from "../lab/model.ts";
import { personLine } from "../lab/workloads/people.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import type { Issuer } from "./certificates.ts";

/** What more than one host needs: made by the primary stack, read from its outputs by the others. */
export interface Shared {
  readonly issuer: Issuer;
  /** Lines of an htpasswd file: who may see the lab's pages. Secret. */
  readonly people: pulumi.Output<string>;
  /** The passwords of the hosts' repositories, by host. Secret. */
  readonly backupPasswords: pulumi.Output<Readonly<Record<string, string>>>;
  /** What this stack gives to the others and to its user, by output name. */
  readonly outputs: Readonly<Record<string, pulumi.Output<unknown>>>;
}

/** The outputs of the primary stack that others read. */
interface Handover {
  readonly planHash: string;
  readonly rootCertificate: string;
  /** By host. Secret. */
  readonly intermediates: Readonly<Record<string, { readonly privateKeyPem: string; readonly certificatePem: string }>>;
  /** Secret. */
  readonly people: string;
  /** By host. Secret. */
  readonly backupPasswords: Readonly<Record<string, string>>;
}

const KEYS = ["planHash", "rootCertificate", "intermediates", "people", "backupPasswords"] as const;

/** The name by which a person gets past the lab's door. */
const OPERATOR = "operator";

/**
 * What is shared, as this stack has it. Only the primary stack makes it; reading goes one way, from the others to the
 * primary, so that the stacks can never wait for each other.
 */
export async function sharedBy(plan: LabPlan, host: string): Promise<Shared> {
  return host === plan.config.primary ? makeShared(plan, host) : await readShared(plan, host);
}

function makeShared(plan: LabPlan, host: string): Shared {
  const authority = new CertificateAuthority("ca", {
    domain: plan.config.domain,
    host,
    otherHosts: plan.hosts.map(({ name }) => name).filter((name) => name !== host),
  });
  const password = new random.RandomPassword("operator", { length: 24, special: false });
  const salt = new random.RandomPassword("operator-salt", { length: 12, special: false });
  const people = pulumi.secret(pulumi.all([password.result, salt.result]).apply((parts) => personLine(OPERATOR, ...parts)));
  const issuer = authority.issuers[host];
  if (!issuer) throw new Error(`No intermediate was made for ${host}`);
  const passwords = Object.fromEntries(plan.hosts.map(({ name }) => [name, makeBackupPassword(name)]));
  const backupPasswords = pulumi.secret(pulumi.output(passwords));
  const others = Object.entries(authority.issuers).filter(([name]) => name !== host);
  const intermediates = Object.fromEntries(
    others.map(([name, { privateKeyPem, certificatePem }]) => [name, { privateKeyPem, certificatePem }]),
  );
  return {
    issuer,
    people,
    backupPasswords,
    outputs: {
      rootCertificate: authority.rootPem,
      intermediates: pulumi.secret(pulumi.output(intermediates)),
      people,
      backupPasswords,
      operatorPassword: pulumi.secret(password.result),
    },
  };
}

/**
 * The password of all repositories of a host, wherever they lie. Without it no backup can be read: it is never made anew while
 * the host is in the lab.
 */
function makeBackupPassword(host: string): pulumi.Output<string> {
  const password = new random.RandomPassword(`backup-${host}`, { length: 40, special: false }, { protect: true });
  return pulumi.secret(password.result);
}

async function readShared(plan: LabPlan, host: string): Promise<Shared> {
  const { primary } = plan.config;
  const handover = await outputsOf<Handover>(primary, KEYS);
  const intermediate = handover.intermediates?.[host];
  const { backupPasswords } = handover;
  if (!intermediate || !handover.rootCertificate || !handover.people || !backupPasswords?.[host]) {
    throw new pulumi.RunError(
      `The stack "${primary}" has not handed over what ${host} needs (certificates, passwords). Run first: pulumi up --stack ${primary}`,
    );
  }
  if (handover.planHash !== plan.hash) {
    pulumi.log.warn(
      `"${primary}" was last applied from another plan than this one: hosts, placement or names differ. Run: pulumi up --stack ${primary}`,
    );
  }
  const issuer: Issuer = {
    privateKeyPem: pulumi.secret(intermediate.privateKeyPem),
    certificatePem: intermediate.certificatePem,
    rootPem: handover.rootCertificate,
  };
  return { issuer, people: pulumi.secret(handover.people), backupPasswords: pulumi.secret(backupPasswords), outputs: {} };
}

/** Outputs of a stack of this project as they were last applied; nothing of a stack that was never applied. */
export async function outputsOf<Outputs>(stack: string, keys: readonly (keyof Outputs & string)[]): Promise<Partial<Outputs>> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  const reference = new pulumi.StackReference(`${stack}-outputs`, { name });
  const get = async (key: string) => {
    const { value, secretValue } = await reference.getOutputDetails(key);
    return value ?? secretValue;
  };
  return Object.fromEntries(await Promise.all(keys.map(async (key) => [key, await get(key)]))) as Partial<Outputs>;
}
