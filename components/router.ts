import * as pulumi from "@pulumi/pulumi";
import type { PlannedRouter } from "../lab/routers/plan.ts";
import { handMadeNotice } from "../lab/routers/stock.ts";
import { UciDevice } from "../providers/uci/resource.ts";
import { type Secrets, secretNamed } from "./secrets.ts";
import { routerTargetOf } from "./target.ts";

/** Said in every preview until somebody takes the line away: it is easily forgotten. */
const UNGUARDED = "A change that takes away the way to it is not refused. Remove the line once its first up is done.";

/** What a {@link Router} takes. */
export interface RouterArgs {
  readonly router: PlannedRouter;
  /** Values by the names of the part's secrets. */
  readonly secrets: Secrets;
}

/** An OpenWrt device as the plan wants it: the one resource that it makes of it in a transaction. */
export class Router extends pulumi.ComponentResource {
  constructor(name: string, { router, secrets }: RouterArgs, options?: pulumi.ComponentResourceOptions) {
    super("homelab:components:Router", name, {}, options);
    const { part, config } = router;
    const { confirmWithinSeconds, allowManagementPathChange } = config;
    if (allowManagementPathChange) pulumi.log.warn(`${name}: allowManagementPathChange is set. ${UNGUARDED}`, this);
    const values = Object.entries(part.secrets).map(([place, secret]) => [place, secretNamed(secrets, secret)]);
    const { sections, absent, settings, order, software, probes } = part;
    const device = new UciDevice(
      name,
      {
        device: routerTargetOf(router),
        ...{ sections, absent, settings, order, software, probes, confirmWithinSeconds, allowManagementPathChange },
        secrets: Object.fromEntries(values),
        released: "remove",
      },
      // A router without what it was given is reached by nobody: one that is no longer declared stays as it is.
      { parent: this, dependsOn: options?.dependsOn ?? [], retainOnDelete: true },
    );
    // A new router that an `up --target` leaves out has none.
    device.unmanaged.apply((unmanaged: readonly string[] | undefined) => {
      const notice = handMadeNotice(name, unmanaged ?? []);
      if (notice !== undefined) pulumi.log.warn(notice, this);
    });
    this.registerOutputs({});
  }
}
