import { stripCredentialQuery } from '@gemini-proxy/gemini';
import type { CallAnswer } from '../orchestrator/internal-call.ts';
import type { UpstreamUpload } from './upload-record.ts';
import { granularityBytes } from './upload-sizes.ts';

/** Granularity that the gateway can keep to. */
const maxGranularityBytes = 64 * 1024 * 1024;

/** Where an upload goes on that the upstream has begun. */
export function readUpstreamStart({ headers, account }: CallAnswer): UpstreamUpload {
  const header = (wanted: string) => headers.find(([name]) => name === wanted)?.[1];
  const url = URL.parse(header('x-goog-upload-url') ?? '');
  const stated = Number(header('x-goog-upload-chunk-granularity'));
  const isUsable = Number.isSafeInteger(stated) && stated > 0 && stated <= maxGranularityBytes;
  return {
    account,
    path: url === null ? undefined : stripCredentialQuery(url.pathname + url.search),
    granularityBytes: isUsable ? stated : granularityBytes.command,
  };
}
