import { describe, expect, it } from 'vitest';
import { parseRoute, toFragment } from './route.ts';

describe('parseRoute', () => {
  it.each([
    { fragment: '#/setup', route: { page: 'setup', item: undefined } },
    { fragment: '#/requests/a%2Fb', route: { page: 'requests', item: 'a/b' } },
    { fragment: '#/files/', route: { page: 'files', item: undefined } },
    { fragment: '#/requests/%', route: { page: 'requests', item: undefined } },
    { fragment: '', route: undefined },
    { fragment: '#/nowhere', route: undefined },
  ])('reads $fragment', ({ fragment, route }) => {
    expect(parseRoute(fragment)).toEqual(route);
  });

  it('reads what toFragment writes', () => {
    expect(parseRoute(toFragment('files', 'files/ä 1'))).toEqual({ page: 'files', item: 'files/ä 1' });
  });
});
