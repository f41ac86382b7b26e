import { randomUUID } from 'node:crypto';
import type { Clock, Pace } from '../../core/ground.ts';
import { Problem } from '../../core/problem.ts';
import { type HttpAnswer, requestJson } from '../wire/http.ts';

/** What every answer of Porkbun may hold; older servers send status and message alone. */
interface Envelope {
  readonly status?: string;
  readonly message?: string;
  readonly code?: string;
  readonly warnings?: readonly unknown[];
  readonly ttlRemaining?: number;
}

/** Porkbun's envelope, errors and pace behind two verbs. */
export interface PorkbunApi {
  /** Asks, and asks again where the front server had enough. */
  read<T>(path: string, body?: Readonly<Record<string, unknown>>): Promise<T>;
  /**
   * Writes once. Where the front server had enough, `took` looks whether the write took effect all the same, and it goes again if not.
   * A lost answer is for the next look to find out.
   */
  write(path: string, body: Readonly<Record<string, unknown>>, took: () => Promise<boolean>): Promise<void>;
}

/** The front server takes about one request a second; the third quick one is answered 503 with a page of HTML. */
const RATE = { burst: 1, perSecond: 1 };
const TRIES = 5;
const PAUSE_MS = 1200;
const LONGEST_PAUSE_MS = 10_000;

/** Opens the API. Source: porkbun.com/api/json/v3/spec. Keys go in headers, so that no body or log holds them. */
export function openPorkbunApi(
  config: { apiKey: string; secretApiKey: string; endpoint: string },
  needs: { clock: Clock; pace: Pace; timeoutMs: number },
): PorkbunApi {
  async function send(path: string, body: Readonly<Record<string, unknown>>, key?: string): Promise<HttpAnswer> {
    await needs.pace.turn('Porkbun', RATE);
    return requestJson(`${config.endpoint.replace(/\/$/, '')}${path}`, {
      method: 'POST',
      headers: {
        'x-api-key': config.apiKey,
        'x-secret-api-key': config.secretApiKey,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body,
      system: 'Porkbun',
      timeoutMs: needs.timeoutMs,
    });
  }

  const pause = (attempt: number, answer?: HttpAnswer) => {
    const after = Number(answer?.headers.get('retry-after') ?? Number.NaN) * 1000;
    const usual = Math.min(PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
    return needs.clock.sleep(Number.isFinite(after) ? Math.min(Math.max(after, usual), LONGEST_PAUSE_MS) : usual);
  };

  return {
    async read<T>(path: string, body: Readonly<Record<string, unknown>> = {}) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await send(path, body).catch((error: unknown) => {
          if (attempt >= 3) throw error;
          return undefined;
        });
        if (answer && (attempt >= TRIES || (answer.status < 500 && answer.status !== 429))) {
          return opened(answer, path) as T;
        }
        await pause(attempt, answer);
      }
    },
    async write(path, body, took) {
      const key = randomUUID();
      for (let attempt = 1; ; attempt += 1) {
        const answer = await send(path, body, key);
        if (!isFull(answer)) {
          opened(answer, path);
          return;
        }
        await pause(attempt, answer);
        if (await took()) return;
        if (attempt >= TRIES) opened(answer, path);
      }
    },
  };
}

/** Whether the front server turned the request away: too many of them. */
function isFull({ status, json }: HttpAnswer): boolean {
  return status === 429 || (status === 503 && json === undefined);
}

/** The answer's data, where it is a good one. HTTP 200 with status ERROR is an error like any other. */
function opened(answer: HttpAnswer, path: string): unknown {
  const envelope = answer.json as Envelope | undefined;
  if (answer.status < 300 && envelope?.status === 'SUCCESS') return envelope;
  throw toProblem(answer, envelope, path);
}

/** Codes came with later versions of the API; without one the message says it. */
function toProblem(answer: HttpAnswer, envelope: Envelope | undefined, path: string): Problem {
  const { code = '', message = '' } = envelope ?? {};
  const at = `Porkbun, ${path.replace(/^\//, '')}`;
  const domain = path.split('/')[3] ?? '';
  if (isFull(answer) || code === 'RATE_LIMIT_EXCEEDED') {
    return new Problem('retry', 'porkbun.rate', `${at}: too many requests, also after waiting.`, {
      fix: 'Run again in a minute; another program may be using the same keys.',
      retry: envelope?.ttlRemaining === undefined ? {} : { afterMs: envelope.ttlRemaining * 1000 },
    });
  }
  if (envelope === undefined || answer.status >= 500) {
    const page = /<html/i.test(answer.text) ? ', a page of HTML' : '';
    return new Problem('unknown', 'porkbun.down', `${at}: HTTP ${answer.status} without a usable answer${page}.`, {
      fix: 'Run again: what was done is found by looking.',
      retry: {},
    });
  }
  if (code === 'API_ACCESS_DISABLED' || /opted? in|api access/i.test(message)) {
    return new Problem(
      'conflict',
      'porkbun.api-access',
      `Porkbun: API access is off for ${domain || 'the domain'} (${message}).`,
      { fix: 'Switch it on: Domain Management, the domain’s Details, API ACCESS; then run again.' },
    );
  }
  if (code === 'IP_NOT_ALLOWED' || code === 'DOMAIN_NOT_ALLOWED') {
    return new Problem('account', 'porkbun.scope', `${at}: the keys do not reach it (${message || code}).`, {
      fix:
        code === 'IP_NOT_ALLOWED'
          ? 'Allow this machine’s address for the key (Account, API Access), or use another key.'
          : 'Allow the domain for the key (Account, API Access), or use another key.',
    });
  }
  if (
    /^(INVALID_API_KEYS|API_KEY_REQUIRED|MISSING_SECRETAPIKEY|INVALID_TOKEN|INVALID_USER)/.test(code) ||
    isKeys(message)
  ) {
    return new Problem('account', 'porkbun.keys', `${at}: Porkbun does not accept the keys (${message || code}).`, {
      fix: 'Copy PORKBUN_API_KEY (pk1_…) and PORKBUN_SECRET_API_KEY (sk1_…) again, or make new ones (Account, API Access).',
    });
  }
  if (code === 'INVALID_DOMAIN' || code === 'DOMAIN_NOT_FOUND' || /invalid domain/i.test(message)) {
    return new Problem(
      'conflict',
      'porkbun.no-zone',
      `Porkbun: ${domain} is not in the account of these keys (${message}).`,
      {
        fix: 'Use the keys of the account that holds the domain, or choose who serves it with --dns.',
      },
    );
  }
  if (code === 'DUPLICATE_RECORD' || code === 'INVALID_RECORD_ID' || /unable to edit/i.test(message)) {
    return new Problem('retry', 'dns.moved', `${at}: the zone has changed since it was read (${message || code}).`, {
      fix: 'Run again: it is planned anew.',
      retry: {},
    });
  }
  return new Problem('failed', `porkbun.${code || answer.status}`, `${at}: ${message || `HTTP ${answer.status}`}`);
}

function isKeys(message: string): boolean {
  return /invalid api key|api ?key.*(required|missing)/i.test(message);
}
