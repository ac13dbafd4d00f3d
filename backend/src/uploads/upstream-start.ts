import { stripCredentialQuery } from '@gemini-proxy/gemini';
import type { CallAnswer } from '../orchestrator/internal-call.ts';
import type { UpstreamUpload } from './upload-record.ts';
import { granularityBytes } from './upload-sizes.ts';

/** Granularity that the gateway can keep to. */
const maxGranularityBytes = 64 * 1024 * 1024;

/** Where an upload goes on that the upstream has begun; `undefined` where its address did not come through. */
export function readUpstreamStart({ headers, account }: CallAnswer): UpstreamUpload | undefined {
  const header = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
  const url = header('x-goog-upload-url');
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  const stated = Number(header('x-goog-upload-chunk-granularity'));
  const isUsable = Number.isSafeInteger(stated) && stated > 0 && stated <= maxGranularityBytes;
  return {
    account,
    path: stripCredentialQuery(pathname + search),
    granularityBytes: isUsable ? stated : granularityBytes.command,
  };
}
