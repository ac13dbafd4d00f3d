import type { Connect } from '@gemini-proxy/protocol';
import type { SocketClose } from './connection.ts';

/** A `Connect` that remembers how its last socket ended: the code tells a wrong token from a gateway that is not there. */
export interface ObservedConnect {
  readonly connect: Connect;
  readonly lastClose: SocketClose | undefined;
}

export function observeCloses(connect: Connect): ObservedConnect {
  let lastClose: SocketClose | undefined;
  return {
    connect: (events) => {
      let wasOpen = false;
      return connect({
        onOpen: () => {
          wasOpen = true;
          events.onOpen();
        },
        onMessage: (message) => events.onMessage(message),
        onClose: (code, reason) => {
          lastClose = { code, wasOpen };
          events.onClose(code, reason);
        },
      });
    },
    get lastClose() {
      return lastClose;
    },
  };
}
