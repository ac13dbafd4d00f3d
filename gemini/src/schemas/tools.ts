import { z } from 'zod';
import { schemaSchema } from './schema.ts';

const json = z.unknown();

const functionDeclarationSchema = z
  .looseObject({
    name: z.string(),
    description: z.string(),
    parameters: schemaSchema,
    parametersJsonSchema: json,
    response: schemaSchema,
    responseJsonSchema: json,
    behavior: z.string(),
  })
  .partial();

/** What the service's own tools are configured by is left to the service. */
export const toolSchema = z
  .looseObject({
    functionDeclarations: z.array(functionDeclarationSchema),
    googleSearch: json,
    googleSearchRetrieval: json,
    codeExecution: json,
    computerUse: json,
    urlContext: json,
    fileSearch: json,
    googleMaps: json,
    mcpServers: json,
    enterpriseWebSearch: json,
    retrieval: json,
  })
  .partial();

export const toolConfigSchema = z
  .looseObject({
    functionCallingConfig: z
      .looseObject({ mode: z.string(), allowedFunctionNames: z.array(z.string()), streamFunctionCallArguments: z.boolean() })
      .partial(),
    retrievalConfig: json,
    includeServerSideToolInvocations: z.boolean(),
  })
  .partial();
