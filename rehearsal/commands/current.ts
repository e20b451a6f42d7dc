/** Name of the person's lab: `rehearsal`, or what `HOMELAB_INSTANCE` says. */
export function currentInstance(): string {
  return process.env.HOMELAB_INSTANCE ?? "rehearsal";
}
