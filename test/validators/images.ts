/** Images of the workloads: the pinned ones where a registry answers, otherwise the rehearsal's stand-ins. */
import { ensureCatalogue } from "../../rehearsal/simulation/catalogue.ts";
import { declaredImages, repositoryOf } from "../../rehearsal/simulation/project.ts";
import { testInstance } from "../support/lab.ts";

/** What the rehearsal's podman runs for a workload of a stack; undefined where there is no image. */
export type ImageOf = (stack: string, workload: string) => string | undefined;

/** Builds what has to be built. */
export async function ensureImages(): Promise<ImageOf> {
  const instance = testInstance("test");
  const catalogue = await ensureCatalogue(instance);
  return (stack, workload) => {
    const declared = declaredImages(instance, stack)[workload];
    if (declared === undefined) return undefined;
    const source = catalogue.source(declared);
    if (source === declared) return source.replace(/:[^:/@]+@/, "@");
    return source === undefined ? undefined : `localhost/${repositoryOf(declared)}:current`;
  };
}
