import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Plan } from '../load/plan.ts';
import { runPlan } from '../load/run-plan.ts';
import { createUndiciSend } from '../load/undici-send.ts';
import { announceReady } from './child-process.ts';

/** Answers `POST /` with the measure of the plan in it. One run at a time; the connections live as long as the run. */
export interface LoadRequest {
  readonly plan: Plan;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const server = createServer(async (request, response) => {
  const { plan, url, headers } = (await json(request)) as LoadRequest;
  await using target = createUndiciSend(url, headers, plan.lanes);
  const measure = await runPlan(plan, target.send, {
    clockOffsetMs: 0,
    onLoadEnd: async () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
    },
  });
  response.end(JSON.stringify(measure));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
announceReady({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
