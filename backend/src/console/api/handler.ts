import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { consoleRoutes, RouteAnswer, RouteName } from '../contract/routes.ts';
import type { Caller } from '../door/door.ts';

type Routes = typeof consoleRoutes;

type Output<Name extends RouteName, Key extends string> = Routes[Name] extends {
  readonly [key in Key]: infer Schema extends z.ZodType;
}
  ? z.output<Schema>
  : undefined;

/** A call that was let in and fits the contract. */
export interface ApiCall<Name extends RouteName = RouteName> {
  readonly params: Output<Name, 'params'>;
  readonly query: Output<Name, 'query'>;
  readonly body: Output<Name, 'body'>;
  /** `undefined` on open routes alone. */
  readonly caller: Caller | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** An answer that the handler has begun to write itself. */
export const written = Symbol('written');

type Answer<Name extends RouteName> = Routes[Name] extends { readonly mediaType: string } ? typeof written : RouteAnswer<Name>;

/** Gives the answer of a call; throws, or rejects with, `GatewayError`. */
type Handler<Name extends RouteName> = (call: ApiCall<Name>) => Answer<Name> | Promise<Answer<Name>>;

export type Handlers = { readonly [Name in RouteName]: Handler<Name> };
