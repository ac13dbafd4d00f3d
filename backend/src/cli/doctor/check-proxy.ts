import { type Finding, ok, problem } from './finding.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Programs differ in which of them they follow; some take the one for https for everything. */
const proxyVariables = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'] as const;
/** Both are in use, so both should be left alone. */
const loopbackHosts = ['127.0.0.1', 'localhost'] as const;

/** Whether proxy variables would carry requests for the gateway off to a proxy, which knows another 127.0.0.1. */
export function checkProxy(env: Environment): Finding {
  const set = proxyVariables.filter((name) => env[name]);
  if (set.length === 0) return ok('proxy', 'No proxy variable is set.');
  const exceptions = (env.no_proxy || env.NO_PROXY) ?? '';
  const captured = loopbackHosts.filter((host) => !isExcepted(host, exceptions));
  if (captured.length === 0) return ok('proxy', `${set.join(', ')} is set, and NO_PROXY keeps this machine out of it.`);
  const complete = [...exceptions.split(/[\s,]+/).filter((item) => item !== ''), ...captured].join(',');
  return problem(
    'proxy',
    `${set.join(', ')} is set, and sends what is meant for ${captured.join(' and ')} to a proxy: programs do not reach the gateway.`,
    `Run, where the programs run: export NO_PROXY=${complete} no_proxy=${complete}`,
  );
}

function isExcepted(host: string, exceptions: string): boolean {
  return exceptions.split(/[\s,]+/).some((item) => {
    const name = item.toLowerCase().replace(/:\d+$/, '');
    if (name === '*' || name === host) return true;
    return host === '127.0.0.1' ? /^127(\.\d+){0,3}\/\d+$/.test(name) : name === '.localhost';
  });
}
