/** Where things are in the repository. */
import { dirname } from "node:path";

/** The root of this checkout. */
export const repository = dirname(dirname(import.meta.dirname));
