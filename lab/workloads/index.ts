import type { WorkloadDefinition } from "../definition.ts";
import { alertmanager } from "./alertmanager.ts";
import { mosquitto } from "./mosquitto.ts";
import { nginx } from "./nginx.ts";
import { prometheus } from "./prometheus.ts";
import { restServer } from "./rest-server.ts";

/** All workloads that there are. What runs where is said by `homelab:placement`. */
export const workloads: readonly WorkloadDefinition[] = [alertmanager, mosquitto, nginx, prometheus, restServer];
