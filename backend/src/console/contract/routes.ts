import { z } from 'zod';
import { createdKeySchema, keyListSchema, newKeySchema } from './keys.ts';
import { eventsQuerySchema } from './live-events.ts';
import { overviewQuerySchema, overviewSchema } from './overview.ts';
import {
  captureChangeSchema,
  captureSchema,
  replaySchema,
  requestDetailSchema,
  requestListSchema,
  requestQuerySchema,
} from './requests.ts';
import { resourceListSchema, resourceQuerySchema } from './resources.ts';
import { consoleLinkSchema, sessionSchema, signInSchema } from './session.ts';
import { logListSchema, logQuerySchema, settingListSchema } from './settings.ts';
import { setupSchema, workerPageSchema } from './setup.ts';
import { workerActionSchema, workerChangeSchema, workerListSchema, workerSchema } from './workers.ts';

/** One call of the console's API. */
export interface ConsoleRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/console/api`; `{name}` stands for one segment, percent-encoded. */
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** `undefined`: an answer without a body (204), or one that is not JSON. */
  readonly answer?: z.ZodType;
  /** Media type of an answer that is not JSON. */
  readonly mediaType?: string;
  /** Needs neither cookie nor token. */
  readonly isOpen?: true;
}

export const apiPath = '/console/api';

const id = z.object({ id: z.string().min(1).max(200) });

/** Every call, in the order in which people read about them. */
export const consoleRoutes = {
  signIn: {
    method: 'POST',
    path: '/session',
    summary: 'Exchanges the code of a one-time link for a session cookie.',
    body: signInSchema,
    answer: sessionSchema,
    isOpen: true,
  },
  signOut: { method: 'DELETE', path: '/session', summary: 'Ends the session of this browser.', isOpen: true },
  getSession: {
    method: 'GET',
    path: '/session',
    summary: 'Who asks, and which gateway this is.',
    answer: sessionSchema,
    isOpen: true,
  },
  createLink: { method: 'POST', path: '/links', summary: 'Makes a one-time link into the console.', answer: consoleLinkSchema },
  getOverview: {
    method: 'GET',
    path: '/overview',
    summary: 'Time series and totals of a range.',
    query: overviewQuerySchema,
    answer: overviewSchema,
  },
  listWorkers: { method: 'GET', path: '/workers', summary: 'All connected workers.', answer: workerListSchema },
  changeWorker: {
    method: 'PATCH',
    path: '/workers/{id}',
    summary: 'Renames a worker.',
    params: id,
    body: workerChangeSchema,
    answer: workerSchema,
  },
  actOnWorker: {
    method: 'POST',
    path: '/workers/{id}/{action}',
    summary: 'Pauses, resumes, drains or disconnects a worker; answers with how it is then.',
    params: id.extend({ action: workerActionSchema }),
    answer: workerSchema,
  },
  listRequests: {
    method: 'GET',
    path: '/requests',
    summary: 'Running and recent requests, newest first.',
    query: requestQuerySchema,
    answer: requestListSchema,
  },
  getRequest: {
    method: 'GET',
    path: '/requests/{id}',
    summary: 'All about one request.',
    params: id,
    answer: requestDetailSchema,
  },
  replayRequest: {
    method: 'POST',
    path: '/requests/{id}/replay',
    summary: 'Sends a captured request again; answers with the id of the new one at once.',
    params: id,
    answer: replaySchema,
  },
  getCapture: { method: 'GET', path: '/capture', summary: 'Whether bodies are kept, and how many.', answer: captureSchema },
  changeCapture: {
    method: 'PUT',
    path: '/capture',
    summary: 'Switches the keeping of bodies on or off.',
    body: captureChangeSchema,
    answer: captureSchema,
  },
  clearCapture: { method: 'DELETE', path: '/capture', summary: 'Forgets all kept bodies.', answer: captureSchema },
  listResources: {
    method: 'GET',
    path: '/resources',
    summary: 'Files, caches and uploads.',
    query: resourceQuerySchema,
    answer: resourceListSchema,
  },
  deleteResource: {
    method: 'DELETE',
    path: '/resources/{name}',
    summary: 'Deletes a file or a cache at the Gemini API; its name is one segment: files%2Fabc.',
    params: z.object({ name: z.string().min(1).max(300) }),
  },
  cancelUpload: { method: 'DELETE', path: '/uploads/{id}', summary: 'Gives an upload up.', params: id },
  listKeys: { method: 'GET', path: '/keys', summary: 'The client keys, without their values.', answer: keyListSchema },
  createKey: {
    method: 'POST',
    path: '/keys',
    summary: 'Makes a client key; shows its value this once.',
    body: newKeySchema,
    answer: createdKeySchema,
  },
  revokeKey: { method: 'DELETE', path: '/keys/{id}', summary: 'Revokes a client key.', params: id },
  listSettings: {
    method: 'GET',
    path: '/settings',
    summary: 'The effective configuration, and where each value comes from.',
    answer: settingListSchema,
  },
  listLogs: {
    method: 'GET',
    path: '/logs',
    summary: 'Recent log lines, newest first.',
    query: logQuerySchema,
    answer: logListSchema,
  },
  getSetup: {
    method: 'GET',
    path: '/setup',
    summary: 'How far the set-up is, and what it needs: address, key, pairing link.',
    answer: setupSchema,
  },
  listWorkerPage: {
    method: 'GET',
    path: '/worker-page/files',
    summary: "The worker page's files, to be copied.",
    answer: workerPageSchema,
  },
  getWorkerPageZip: {
    method: 'GET',
    path: '/worker-page.zip',
    summary: "The worker page's files in one archive.",
    mediaType: 'application/zip',
  },
  streamEvents: {
    method: 'GET',
    path: '/events',
    summary: 'Live events, as Server-Sent Events.',
    query: eventsQuerySchema,
    mediaType: 'text/event-stream',
  },
  getOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as OpenAPI 3.1.',
    answer: z.looseObject({ openapi: z.string() }),
  },
} as const satisfies Record<string, ConsoleRoute>;

export type RouteName = keyof typeof consoleRoutes;

type Part<Name extends RouteName, Key extends 'params' | 'query' | 'body'> = (typeof consoleRoutes)[Name] extends {
  readonly [key in Key]: infer Schema extends z.ZodType;
}
  ? { readonly [key in Key]: z.input<Schema> }
  : { readonly [key in Key]?: undefined };

type QueryPart<Name extends RouteName> = (typeof consoleRoutes)[Name] extends { readonly query: infer Schema extends z.ZodType }
  ? { readonly query?: z.input<Schema> }
  : { readonly query?: undefined };

/** What a call takes: `params`, `query` and `body`, as far as it has them. */
export type RouteInput<Name extends RouteName> = Part<Name, 'params'> & QueryPart<Name> & Part<Name, 'body'>;

/** What a call gives; `undefined` for an answer without a body. */
export type RouteAnswer<Name extends RouteName> = (typeof consoleRoutes)[Name] extends {
  readonly answer: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : undefined;
