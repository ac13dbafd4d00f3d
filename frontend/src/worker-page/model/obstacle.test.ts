import { describe, expect, it } from 'vitest';
import { FakeEnvironment } from '../../../testing/fakes.ts';
import { findObstacle } from './obstacle.ts';

const here = 'ws://127.0.0.1:8787/worker';
const elsewhere = 'wss://gateway.example/worker';

describe('findObstacle', () => {
  it.each([
    { note: 'an address that answers over HTTP', endpoint: here, answers: true, permission: 'denied', obstacle: 'origin' },
    { note: 'one elsewhere that answers', endpoint: elsewhere, answers: true, permission: 'denied', obstacle: 'origin' },
    { note: 'silence where the browser may block', endpoint: here, answers: false, permission: 'denied', obstacle: 'browser' },
    { note: 'silence where the browser allows', endpoint: here, answers: false, permission: 'granted', obstacle: 'absent' },
    { note: 'silence elsewhere', endpoint: elsewhere, answers: false, permission: 'denied', obstacle: 'absent' },
    {
      note: "silence after its user's no",
      endpoint: here,
      answers: false,
      permission: 'denied',
      isDelegated: true,
      obstacle: 'user',
    },
    { note: 'silence while the browser asks', endpoint: here, answers: false, permission: 'prompt', obstacle: 'question' },
    { note: 'silence in an older browser', endpoint: here, answers: false, permission: 'unknown', obstacle: 'absent' },
  ] as const)('tells $note', async ({ endpoint, answers, permission, obstacle, ...rest }) => {
    const environment = new FakeEnvironment();
    environment.isDelegated = 'isDelegated' in rest;
    environment.answers = answers;
    environment.permission = permission;
    expect(await findObstacle(environment, endpoint)).toBe(obstacle);
  });

  it('asks for what every gateway has, over HTTP or HTTPS as the socket would', async () => {
    const environment = new FakeEnvironment();
    await findObstacle(environment, here);
    await findObstacle(environment, elsewhere);
    expect(environment.urlsAsked).toEqual(['http://127.0.0.1:8787/healthz', 'https://gateway.example/healthz']);
  });
});
