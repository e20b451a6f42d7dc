import { z } from "zod";
import { projectSchema, stackSchema } from "./schema.ts";

/*
 * JSON schemas for editors, made from what the program itself checks: completion, descriptions, and red lines where `preview`
 * would refuse. Pulumi's own keys are left to Pulumi.
 */

type JsonSchema = Readonly<Record<string, unknown>>;

/** Of `Pulumi.yaml`: its structured values stand under `value:`. */
export function projectEditorSchema(): JsonSchema {
  const keys = inputSchemas(projectSchema);
  const properties = keys.map(([key, schema]) => {
    if (schema.type === "string") return [`homelab:${key}`, schema];
    const { description, ...value } = schema;
    return [
      `homelab:${key}`,
      { description, type: "object", required: ["value"], properties: { value }, additionalProperties: false },
    ];
  });
  return fileSchema(
    "A home lab: what every host must know",
    Object.fromEntries(properties),
    keys.map(([key]) => key),
  );
}

/** Of `Pulumi.<stack>.yaml`. Keys of the project may stand there too; they go over the project's. */
export function stackEditorSchema(): JsonSchema {
  const keys = inputSchemas(stackSchema);
  const properties = Object.fromEntries(keys.map(([key, schema]) => [`homelab:${key}`, schema]));
  const known = [...keys, ...inputSchemas(projectSchema)].map(([key]) => key);
  return fileSchema("A home lab: what concerns one host", properties, known);
}

/** @param known keys that are no error */
function fileSchema(title: string, properties: JsonSchema, known: readonly string[]): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    type: "object",
    properties: {
      config: { type: "object", properties, patternProperties: { [`^homelab:(?!(${known.join("|")})$)`]: false } },
    },
  };
}

function inputSchemas(schema: z.ZodObject): readonly (readonly [string, JsonSchema])[] {
  const { properties } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries((properties ?? {}) as Record<string, JsonSchema>);
}
