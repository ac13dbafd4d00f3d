import { z } from 'zod';

/** The service's Schema: a part of OpenAPI's. It refuses what JSON Schema has beyond it, such as `const`. */
export const schemaSchema = z
  .looseObject({
    type: z.string(),
    format: z.string(),
    title: z.string(),
    description: z.string(),
    nullable: z.boolean(),
    default: z.unknown(),
    example: z.unknown(),
    enum: z.array(z.string()),
    pattern: z.string(),
    minLength: z.int(),
    maxLength: z.int(),
    minItems: z.int(),
    maxItems: z.int(),
    minProperties: z.int(),
    maxProperties: z.int(),
    minimum: z.number(),
    maximum: z.number(),
    required: z.array(z.string()),
    propertyOrdering: z.array(z.string()),
    get items(): z.ZodType {
      return schemaSchema;
    },
    get properties(): z.ZodRecord<z.ZodString, z.ZodType> {
      return z.record(z.string(), schemaSchema);
    },
    get anyOf(): z.ZodArray<z.ZodType> {
      return z.array(schemaSchema);
    },
  })
  .partial();
