/*
 * The types of the lab's own resources, as the engine writes them into states and events. They stand in everyone's state: under
 * another type each would be deleted and made anew, the Pis' workloads with an outage.
 */

/** `providers/workload/`. */
export const WORKLOAD = "pulumi-nodejs:dynamic/homelab:Workload";

/** `providers/files/`. */
export const HOST_DIRECTORY = "pulumi-nodejs:dynamic/homelab:HostDirectory";

/** `providers/uci/`. */
export const UCI_DEVICE = "pulumi-nodejs:dynamic/homelab:UciDevice";
