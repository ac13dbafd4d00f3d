import { Transform } from 'node:stream';
import type { StreamStatus } from './switches.ts';

/** Passes some bytes, then nothing more and no end. */
export function createStall(afterBytes: number): Transform {
  let remaining = afterBytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const passed = chunk.subarray(0, remaining);
      remaining -= passed.length;
      if (passed.length > 0) this.push(passed);
      if (remaining > 0) done();
    },
  });
}

/** Passes some bytes, and fails when there are more. */
export function createBreak(afterBytes: number): Transform {
  let remaining = afterBytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      this.push(chunk.subarray(0, remaining));
      remaining -= chunk.length;
      if (remaining >= 0) done();
      // Later, so that what was pushed is on its way.
      else setImmediate(done, new Error('The answer breaks off by a switch.'));
    },
  });
}

/** Passes some SSE events, then one with a `google.rpc.Status`, and ends there; if the answer is shorter, after its end. */
export function createStatusAppender({ code, message, afterEvents }: StreamStatus): Transform {
  const status = `data: ${JSON.stringify({ code, message, details: [] })}\r\n\r\n`;
  let pending = '';
  let eventsLeft = afterEvents;
  let hasEnded = false;
  const end = (stream: Transform) => {
    hasEnded = true;
    stream.push(status);
    stream.push(null);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      pending += chunk.toString('latin1');
      while (!hasEnded && eventsLeft > 0) {
        const border = /\r?\n\r?\n/.exec(pending);
        if (border === null) break;
        const eventEnd = border.index + border[0].length;
        this.push(pending.slice(0, eventEnd), 'latin1');
        pending = pending.slice(eventEnd);
        eventsLeft -= 1;
      }
      if (eventsLeft === 0) {
        pending = '';
        if (!hasEnded) end(this);
      }
      done();
    },
    flush(done) {
      if (!hasEnded) {
        this.push(pending, 'latin1');
        end(this);
      }
      done();
    },
  });
}
