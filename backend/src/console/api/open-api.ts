import { z } from 'zod';
import { consoleErrorSchema } from '../contract/errors.ts';
import { liveEventSchemas } from '../contract/live-events.ts';
import { apiPath, type ConsoleRoute, consoleRoutes } from '../contract/routes.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** The API as OpenAPI 3.1, made from the contract. */
export function openApi(version: string): Record<string, unknown> & { openapi: string } {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries(consoleRoutes)) {
    const path = `${apiPath}${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: "GeminiProxy's own API",
      version,
      description: "What the gateway's console and command line use. Programs that want Gemini use the paths of the Gemini API.",
    },
    servers: [{ url: '/' }],
    security: [{ cookie: [] }, { adminToken: [] }],
    paths,
    components: {
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'gemini-proxy-console-<port>', description: 'From a one-time link.' },
        adminToken: { type: 'http', scheme: 'bearer', description: 'The file admin-token in the data folder.' },
      },
      schemas: {
        Error: toSchema(consoleErrorSchema, 'output'),
        ...Object.fromEntries(
          Object.entries(liveEventSchemas).map(([name, schema]) => [`event-${name}`, toSchema(schema, 'output')]),
        ),
      },
    },
  };
}

function operation(name: string, route: ConsoleRoute): Record<string, unknown> {
  return {
    operationId: name,
    summary: route.summary,
    ...(route.isOpen ? { security: [] } : {}),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: toSchema(route.body, 'input') } } } }),
    responses: { ...success(route), default: { description: 'An error.', content: errorContent } },
  };
}

const errorContent = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };

function success({ answer, mediaType, summary }: ConsoleRoute): Record<string, unknown> {
  if (answer !== undefined) {
    return { 200: { description: summary, content: { 'application/json': { schema: toSchema(answer, 'output') } } } };
  }
  if (mediaType !== undefined) return { 200: { description: summary, content: { [mediaType]: {} } } };
  return { 204: { description: 'Done.' } };
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): readonly unknown[] {
  if (schema === undefined) return [];
  const { properties, required } = toSchema(schema, 'input');
  const wanted: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || wanted.includes(name),
    schema: property,
  }));
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
