import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectEditorSchema, stackEditorSchema } from "../config/editor-schema.ts";

/*
 * `npm run schema`: writes the JSON schemas that the YAML files name in their first line. A test fails while they are old.
 */

/** The files and their texts, by path in the project. */
export function schemaFiles(): Readonly<Record<string, string>> {
  const text = (schema: unknown) => `${JSON.stringify(schema, null, 2)}\n`;
  return { "schema/pulumi.json": text(projectEditorSchema()), "schema/pulumi-stack.json": text(stackEditorSchema()) };
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(schemaFiles())) {
    const file = join(import.meta.dirname, "..", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stdout.write(`${path} is written\n`);
  }
}
