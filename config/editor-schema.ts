import { z } from "zod";
import { projectSchema, stackSchema } from "./schema.ts";

/*
 * JSON schemas for editors, made from what the program itself checks: completion, descriptions, and red lines where `preview`
 * would refuse. Pulumi's own keys are left to Pulumi.
 */

type JsonSchema = Readonly<Record<string, unknown>>;

/** Of `Pulumi.yaml`: its structured values stand under `value:`. */
export function projectEditorSchema(): JsonSchema {
  const properties = Object.entries(inputSchemas(projectSchema)).map(([key, schema]): [string, JsonSchema] => {
    if (schema.type === "string") return [key, schema];
    const { description, ...value } = schema;
    return [key, { description, type: "object", required: ["value"], properties: { value }, additionalProperties: false }];
  });
  return fileSchema("A home lab: what every host must know", Object.fromEntries(properties));
}

/** Of `Pulumi.<stack>.yaml`. */
export function stackEditorSchema(): JsonSchema {
  return fileSchema("A home lab: what concerns one host", inputSchemas(stackSchema));
}

/** Other keys of the lab are errors; those of Pulumi's plugins are not ours to judge. */
function fileSchema(title: string, schemas: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const properties = Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [`homelab:${key}`, schema]));
  const others = `^homelab:(?!(${Object.keys(schemas).join("|")})$)`;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    type: "object",
    properties: { config: { type: "object", properties, patternProperties: { [others]: false } } },
  };
}

/** What a person may write for each key, before it is parsed. */
function inputSchemas(schema: z.ZodObject): Readonly<Record<string, JsonSchema>> {
  return (z.toJSONSchema(schema, { io: "input" }).properties ?? {}) as Record<string, JsonSchema>;
}
