import { describe, expect, it } from 'vitest';
import { Events } from '../events.ts';
import { Metrics } from './metrics.ts';
import { toPrometheus } from './prometheus.ts';

describe('toPrometheus', () => {
  it('writes every count with its help and type', () => {
    const metrics = new Metrics({
      clock: { now: () => 0, schedule: () => () => {} },
      now: () => 0,
      readState: () => ({ inFlight: 2, waiting: 1, workers: { ready: 3 } }),
    });
    metrics.record({ outcome: 'failed', reason: 'HTTP_429', durationMs: 1500, firstByteMs: 10, tokensIn: 4, tokensOut: 5 });
    const { counters } = new Events({ debug() {}, info() {}, warn() {}, error() {} });
    const text = toPrometheus({ metrics, counters });
    expect(text).toContain('# TYPE gemini_proxy_requests_total counter\n');
    expect(text).toContain('gemini_proxy_requests_total{outcome="failed"} 1\n');
    expect(text).toContain('gemini_proxy_failures_total{reason="HTTP_429"} 1\n');
    expect(text).toContain('gemini_proxy_request_duration_seconds_sum 1.5\n');
    expect(text).toContain('gemini_proxy_tokens_total{direction="out"} 5\n');
    expect(text).toContain('gemini_proxy_workers{state="ready"} 3\n');
    expect(text).toMatch(/gemini_proxy_events_total\{event="workersConnected"\} 0\n/);
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) \S+ .+|\w+(?:\{\w+="[^"]*"\})? [\d.]+)$/);
  });
});
