import { receiverOf } from "./alerts/secrets.ts";
import { placeOf } from "./backup/credentials.ts";
import type { Written } from "./check.ts";
import { missingSecret } from "./missing-secret.ts";
import { type ConfigProblem, type LabPlan, type StackConfig, UNKNOWN_HOST_KEY } from "./model.ts";
import { sortedNames } from "./names.ts";
import { checkRouters } from "./routers/check.ts";
import type { RouterConfig } from "./routers/model.ts";
import { routersOf } from "./routers/plan.ts";
import { mustBeGiven, secretsFor } from "./routers/secrets.ts";

/** Whether the home network and its routers, if there are any, fit together and with the lab, and the routers' keys are known. */
export function checkHome(plan: LabPlan, stack: StackConfig, written: Written): readonly ConfigProblem[] {
  const { home } = plan.config;
  const problems = [
    ...(written.routers.length > 0 && !written.network ? [missingNetwork()] : []),
    ...(home ? checkRouters(plan, home) : []),
    ...(home ? checkNames(plan) : []),
    ...checkKeys(plan, stack, written),
  ];
  // Which secrets there are says the plan, which takes a home without problems.
  return problems.some(({ unfilled }) => !unfilled) ? problems : [...problems, ...checkSecrets(plan, stack)];
}

/** Secrets that were given belong to a router, and those that nobody can make are given. Both in the primary stack's file. */
function checkSecrets(plan: LabPlan, { host, secrets }: StackConfig): ConfigProblem[] {
  const file = `Pulumi.${host}.yaml`;
  const needed = new Set(routersOf(plan, host).flatMap(({ part }) => secretsFor(part)));
  const missing = [...needed].filter((name) => mustBeGiven(name) && !secrets.includes(name));
  return [
    ...secrets
      .filter((name) => !needed.has(name) && placeOf(name) === undefined && receiverOf(name) === undefined)
      .map((name) => {
        const remedy = `They are: ${[...needed].sort().join(", ") || "none"}. Correct the name or remove the line.`;
        return { file, path: `secret:${name}`, message: "is no secret of this stack's routers", remedy };
      }),
    ...missing.sort().map((name) => missingSecret(host, name, "only the router had it")),
  ];
}

function missingNetwork(): ConfigProblem {
  const remedy = "Add the home network that the routers make. docs/configuration.md has an example.";
  return { file: "Pulumi.yaml", path: "homelab:network", message: "is missing, and there are routers", remedy };
}

/** A router and a Pi of one name would be the same in the domain. */
function checkNames({ config }: LabPlan): ConfigProblem[] {
  return sortedNames(config.home?.routers ?? {})
    .filter((name) => name in config.hosts || name in config.placement)
    .map((name) => ({
      file: "Pulumi.yaml",
      path: `homelab:routers.${name}`,
      message: "has the name of a host or a workload: both would be the same in the domain",
      remedy: "Give the router another name.",
    }));
}

/** The routers belong to the primary stack, and so do their keys. */
function checkKeys({ config }: LabPlan, { host, routerKeys }: StackConfig, { routers }: Written): ConfigProblem[] {
  const file = `Pulumi.${host}.yaml`;
  const path = (name: string) => `homelab:routerKeys.${name}`;
  if (host !== config.primary) {
    const remedy = `Move it to Pulumi.${config.primary}.yaml: the routers belong to the primary stack.`;
    return sortedNames(routerKeys).map((name) => ({ file, path: path(name), message: "does not belong here", remedy }));
  }
  const declared = config.home?.routers ?? {};
  return [
    ...sortedNames(routerKeys)
      // Of a router that was taken out, the line that was never filled in may stay.
      .filter((name) => !routers.includes(name) && routerKeys[name] !== UNKNOWN_HOST_KEY)
      .map((name) => {
        const remedy = `Routers are: ${routers.join(", ") || "none"}. Correct the name or remove the line.`;
        return { file, path: path(name), message: "is the key of no router in Pulumi.yaml", remedy };
      }),
    ...sortedNames(declared).flatMap((name) => {
      const router = declared[name];
      return router?.hostKey === UNKNOWN_HOST_KEY ? [unknownKey(file, path(name), name, router)] : [];
    }),
  ];
}

function unknownKey(file: string, path: string, name: string, { address, sshPort }: RouterConfig): ConfigProblem {
  const port = sshPort === 22 ? "" : `-p ${sshPort} `;
  return {
    file,
    path,
    message: `is not known yet: without it nobody can tell ${name} from another machine at ${address}`,
    remedy: `ssh-keyscan -t ed25519 ${port}${address}
       prints it after the address. Compare it on ${name} itself: dropbearkey -y -f /etc/dropbear/dropbear_ed25519_host_key
       Then write type and key here, below homelab:routerKeys. A lab without routers: remove homelab:routers from Pulumi.yaml.`,
    unfilled: true,
  };
}
