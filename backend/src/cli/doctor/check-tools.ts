import { clientKeyPrefix } from '../../auth/secrets.ts';
import { type Finding, note, ok, problem } from './finding.ts';

export interface ToolFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Base URL of the gateway. */
  readonly url: string;
  readonly clientKey: string | undefined;
}

/** Whether the variables that programs read send them to this gateway, with a key that it takes. */
export function checkTools({ env, url, clientKey }: ToolFacts): readonly Finding[] {
  const { GOOGLE_GEMINI_BASE_URL: baseUrl, GEMINI_API_KEY: key, GOOGLE_API_KEY: otherKey } = env;
  const findings: Finding[] = [];
  if (baseUrl && !isSameBase(baseUrl, url)) {
    findings.push(
      problem(
        'tools',
        `GOOGLE_GEMINI_BASE_URL is ${withoutQuery(baseUrl)}, and this gateway's address is ${url}.`,
        `Run: export GOOGLE_GEMINI_BASE_URL=${url}`,
      ),
    );
  }
  if (key?.startsWith(clientKeyPrefix) && clientKey !== undefined && key !== clientKey) {
    findings.push(
      note(
        'tools',
        'GEMINI_API_KEY holds a client key that is not the first one of this data folder.',
        'If programs are refused: gemini-proxy --show-keys shows the first one, gemini-proxy keys list the others.',
      ),
    );
  }
  if (otherKey && baseUrl) {
    findings.push(
      problem(
        'tools',
        'GOOGLE_API_KEY is set: many programs prefer it to GEMINI_API_KEY, and the gateway refuses it.',
        'Run, where the programs run: unset GOOGLE_API_KEY',
      ),
    );
  }
  if (isTrue(env.GOOGLE_GENAI_USE_VERTEXAI)) {
    findings.push(
      problem(
        'tools',
        'GOOGLE_GENAI_USE_VERTEXAI is set: programs then speak to Vertex AI, another service.',
        'Run, where the programs run: unset GOOGLE_GENAI_USE_VERTEXAI',
      ),
    );
  }
  return findings.length > 0 ? findings : [ok('tools', 'No variable leads programs elsewhere.')];
}

function isTrue(value: string | undefined): boolean {
  return value === '1' || value?.toLowerCase() === 'true';
}

/** Names of this machine count as the same; a path is a mistake of its own. */
function isSameBase(written: string, url: string): boolean {
  // A port that the system is to choose is not known yet.
  if (!URL.canParse(url)) return true;
  if (!URL.canParse(written)) return false;
  const [given, own] = [written, url].map((text) => {
    const { protocol, hostname, port, pathname } = new URL(text);
    return `${protocol}//${/^(localhost|\[::1\])$/.test(hostname) ? '127.0.0.1' : hostname}:${port}${pathname.replace(/\/+$/, '')}`;
  });
  return given === own;
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
