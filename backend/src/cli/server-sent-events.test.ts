import { expect, it } from 'vitest';
import { readEvents, type ServerSentEvent } from './server-sent-events.ts';

async function read(text: string, pieceBytes: number): Promise<readonly ServerSentEvent[]> {
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += pieceBytes) controller.enqueue(bytes.slice(at, at + pieceBytes));
      controller.close();
    },
  });
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

const text = ': comment\n\nevent: one\ndata: {"a":\ndata: "ü"}\nid: 7\n\nretry: 5\n\r\ndata:two\r\n\r\nevent: cut\ndata: x\n';

it.each([1, 2, 3, 1000])('reads events whatever the pieces: %d bytes', async (pieceBytes) => {
  expect(await read(text, pieceBytes)).toEqual([
    { name: 'one', data: '{"a":\n"ü"}' },
    { name: 'message', data: 'two' },
  ]);
});
