import type { Service } from './http-client.ts';
import type { Ending } from './observation.ts';

const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';

/** Holds a conversation over the Live API: each turn must be answered with what was said, or the socket must close. */
export function converse({ baseUrl, clientKey }: Service, id: number, turns: number, deadline: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${baseUrl.replace('http', 'ws')}${path}?key=${clientKey}&chaos=${id}`);
    socket.binaryType = 'arraybuffer';
    let turn = 0;
    let answer = '';
    let hasOpened = false;
    const end = (ending: Ending) => {
      deadline.removeEventListener('abort', onDeadline);
      resolve(ending);
      socket.close();
    };
    const onDeadline = () => end({ kind: 'overdue', doing: `a live session, turn ${turn} of ${turns}` });
    const send = (message: unknown) => socket.send(JSON.stringify(message));
    const say = () => {
      turn += 1;
      answer = '';
      send({ clientContent: { turns: [{ role: 'user', parts: [{ text: `turn ${turn} of ${id}` }] }], turnComplete: true } });
    };
    deadline.addEventListener('abort', onDeadline);
    socket.onopen = () => {
      hasOpened = true;
      send({ setup: { model: 'models/gemini-2.5-flash-live' } });
    };
    socket.onmessage = ({ data }) => {
      const { setupComplete, serverContent } = JSON.parse(typeof data === 'string' ? data : Buffer.from(data).toString());
      if (setupComplete !== undefined) return say();
      for (const part of serverContent?.modelTurn?.parts ?? []) answer += part.text ?? '';
      if (serverContent?.turnComplete !== true) return;
      if (!answer.includes(`turn ${turn} of ${id}`)) end({ kind: 'wrong', text: `turn ${turn} was answered: ${answer}` });
      else if (turn === turns) end({ kind: 'right', text: '' });
      else say();
    };
    socket.onclose = ({ code, reason }) =>
      end({ kind: 'gave-up', text: hasOpened ? `the socket closed with ${code} ${reason}` : 'the handshake was refused' });
  });
}
