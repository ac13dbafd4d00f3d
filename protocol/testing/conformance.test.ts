import { sessionConformance } from './conformance.ts';
import { ConformanceWorker } from './conformance-worker.ts';
import { realClock } from './real-clock.ts';
import { transportPair } from './transport-pair.ts';

const schedule = (task: () => void): void => {
  setImmediate(task);
};

sessionConformance({
  name: 'a pair in memory',
  connectPair: async ({ token, onConnect }) => {
    let pair = transportPair(schedule);
    pair.gateway.listen(onConnect(pair.gateway));
    const worker = new ConformanceWorker({ transport: pair.worker, clock: realClock, scheduleFlush: schedule, token });
    pair.worker.listen(worker.transportEvents);
    return {
      report: async () => worker.report(),
      reconnect: async (onReconnect) => {
        pair.gateway.break();
        pair = transportPair(schedule);
        pair.gateway.listen(onReconnect(pair.gateway));
        pair.worker.listen(worker.reconnect(pair.worker));
      },
      [Symbol.asyncDispose]: async () => {
        pair.worker.close(1000, '');
      },
    };
  },
});
