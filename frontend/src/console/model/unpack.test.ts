import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { RequestDetail } from '../channel/contract.ts';
import { unpackBodies } from './unpack.ts';

const answer = JSON.stringify({ text: 'Hello, 你好. '.repeat(2_000) });

function detail(packed: Buffer, isTruncated: boolean): RequestDetail {
  const body = {
    bytes: packed.length,
    isTruncated,
    contentType: 'application/json',
    encoding: 'base64',
    content: packed.toString('base64'),
  };
  const request = { headers: [], body: null };
  return { request, response: { status: 200, headers: [['Content-Encoding', 'gzip']], body } } as unknown as RequestDetail;
}

describe('unpackBodies', () => {
  it('unpacks a compressed body', async () => {
    const { response } = await unpackBodies(detail(gzipSync(answer), false));
    expect(response?.body).toMatchObject({ encoding: 'utf8', content: answer });
  });

  it('leaves a body as it is that is not what its head says', async () => {
    const { response } = await unpackBodies(detail(Buffer.from('plain'), false));
    expect(response?.body).toMatchObject({ encoding: 'base64', content: Buffer.from('plain').toString('base64') });
  });
});
