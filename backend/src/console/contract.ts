/** The console's API as both sides see it; the page and the command line import this entry, and nothing of the server. */
export { type ConsoleClient, type ConsoleClientOptions, ConsoleError, createConsoleClient } from './contract/console-client.ts';
export { type ConsoleErrorBody, consoleErrorSchema, reasonOf } from './contract/errors.ts';
export type { CreatedKey, Key, NewKey } from './contract/keys.ts';
export {
  eventsQuerySchema,
  type LiveEventData,
  type LiveEventName,
  liveEventSchemas,
  type Topic,
  topicSchema,
} from './contract/live-events.ts';
export {
  type ErrorCount,
  type Overview,
  type OverviewPoint,
  type Percentiles,
  type Range,
  rangeSchema,
} from './contract/overview.ts';
export {
  type AttemptView,
  type Capture,
  type CaptureChange,
  type CapturedBody,
  type RequestDetail,
  type RequestList,
  type RequestQuery,
  type RequestState,
  type RequestSummary,
  requestStateSchema,
  type TimelinePoint,
} from './contract/requests.ts';
export type { Resource, ResourceList, ResourceQuery, Upload } from './contract/resources.ts';
export {
  apiPath,
  type ConsoleRoute,
  consoleRoutes,
  type RouteAnswer,
  type RouteInput,
  type RouteName,
} from './contract/routes.ts';
export { type ConsoleLink, codeParameter, type GatewayInfo, type Session, type SignIn } from './contract/session.ts';
export { type LogLevel, type LogLine, type LogList, type LogQuery, logLevelSchema, type Setting } from './contract/settings.ts';
export { type Setup, type SetupProgress, type SetupStep, setupStepSchema, type WorkerPage } from './contract/setup.ts';
export {
  type ConsoleWorker,
  type ConsoleWorkerState,
  type WorkerAction,
  type WorkerChange,
  workerActionSchema,
  workerStateSchema,
} from './contract/workers.ts';
