import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { WorkloadInputs } from "../../../providers/workload/inputs.ts";
import { WorkloadResource } from "../../../providers/workload/resource.ts";

/** One workload, as the file `workload.json` in Pulumi's folder says. */
const { state: _, found: __, ...args }: WorkloadInputs = JSON.parse(readFileSync("workload.json", "utf8"));
new WorkloadResource(args.name, { ...args, secrets: pulumi.secret(args.secrets) });
