import type { Clock } from '../../core/ground.ts';
import { Problem } from '../../core/problem.ts';
import { type HttpAnswer, requestJson } from '../wire/http.ts';

interface Envelope {
  readonly success?: boolean;
  readonly result?: unknown;
  readonly errors?: readonly { readonly code?: number; readonly message?: string }[];
  readonly result_info?: { readonly total_pages?: number };
}

/** Cloudflare's envelope, errors and limits behind three verbs. */
export interface CloudflareApi {
  read<T>(path: string, query: Readonly<Record<string, string>>): Promise<T>;
  readPage<T>(path: string, query: Readonly<Record<string, string>>): Promise<{ result: T[]; pages: number }>;
  /** Sent once, unless it was refused for its rate: a lost answer is found again by looking, never repeated. */
  write(method: string, path: string, body: unknown): Promise<void>;
  /** What the token itself says of its life, for sentences. */
  tokenState(): Promise<string>;
  /** The same as Cloudflare's word ('active', 'disabled', 'expired'), asked as a user's token or as this account's; undefined where it is no such token. */
  tokenStatus(account?: string): Promise<string | undefined>;
}

const RETRY_CAP_MS = 30_000;

export function openCloudflareApi(
  config: { token: string; endpoint: string },
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): CloudflareApi {
  const send = (method: string, path: string, query: Readonly<Record<string, string>>, body?: unknown) => {
    const search = new URLSearchParams(query).toString();
    return requestJson(`${config.endpoint.replace(/\/$/, '')}${path}${search ? `?${search}` : ''}`, {
      method,
      headers: { authorization: `Bearer ${config.token}` },
      ...(body === undefined ? {} : { body }),
      system: 'Cloudflare',
      timeoutMs,
    });
  };

  async function get(path: string, query: Readonly<Record<string, string>>): Promise<Envelope> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send('GET', path, query).catch((error: unknown) => {
        if (attempt >= 3) throw error;
        return undefined;
      });
      if (answer && (answer.status < 500 || attempt >= 3) && (answer.status !== 429 || attempt >= 3))
        return open(answer, `GET ${path}`);
      await clock.sleep(pause(answer, attempt));
    }
  }

  function pause(answer: HttpAnswer | undefined, attempt: number): number {
    const after = Number(answer?.headers.get('retry-after') ?? Number.NaN);
    if (!Number.isFinite(after)) return 250 * 2 ** attempt;
    if (after * 1000 > RETRY_CAP_MS) {
      throw new Problem(
        'retry',
        'cloudflare.rate',
        `Cloudflare: too many requests; it takes none for another ${after} s.`,
        {
          fix: 'Run again after that. The limit of 1,200 requests in five minutes is shared by everything that uses the account.',
          retry: { afterMs: after * 1000 },
        },
      );
    }
    return after * 1000;
  }

  async function tokenStatus(account?: string): Promise<string | undefined> {
    const owner = account === undefined ? '/user' : `/accounts/${account}`;
    const answer = await send('GET', `${owner}/tokens/verify`, {}).catch(() => undefined);
    return ((answer?.json as Envelope | undefined)?.result as { status?: string } | undefined)?.status;
  }

  async function tokenState(): Promise<string> {
    const status = await tokenStatus();
    if (status === 'active') return 'the token is valid but does not see it';
    return status ? `the token is ${status}` : 'the token is dead, or belongs to an account';
  }

  /** The envelope of a good answer; HTTP 200 with success:false is an error like any other. */
  async function open(answer: HttpAnswer, asked: string): Promise<Envelope> {
    const envelope = answer.json as Envelope | undefined;
    if (answer.status < 400 && envelope?.success === true) return envelope;
    throw await toProblem(answer, envelope, asked);
  }

  async function toProblem(answer: HttpAnswer, envelope: Envelope | undefined, asked: string): Promise<Problem> {
    const [error] = envelope?.errors ?? [];
    const code = error?.code;
    const said = (envelope?.errors ?? []).map((one) => `${one.message} (${one.code})`).join('; ');
    const at = `Cloudflare, ${asked.replace(/[0-9a-f]{32}/g, '…')}`;
    if (code === 6003 || code === 6111 || code === 6103) {
      return new Problem(
        'account',
        'cloudflare.token-format',
        'Cloudflare: CLOUDFLARE_API_TOKEN does not have the form of a token.',
        { fix: 'Copy the token again: no quotes, no "Bearer", no line break. A global API key does not work here.' },
      );
    }
    if (code === 10000 || code === 9109 || code === 1000 || answer.status === 401 || answer.status === 403) {
      const state = await tokenState();
      return new Problem(
        'account',
        'cloudflare.token',
        `${at}: refused (${said || `HTTP ${answer.status}`}); ${state.replace(' but does not see it', ' but lacks the right for this')}.`,
        {
          fix: 'Give the token Zone:Read and DNS:Edit on the zone (My Profile, API Tokens), or make a new one.',
        },
      );
    }
    if (answer.status === 429)
      return new Problem('retry', 'cloudflare.rate', `${at}: too many requests.`, {
        fix: 'Run again in five minutes.',
        retry: {},
      });
    if (answer.status >= 500 || envelope === undefined) {
      return new Problem('unknown', 'cloudflare.down', `${at}: HTTP ${answer.status} without a usable answer.`, {
        fix: 'Run again: what was done is found by looking.',
        retry: {},
      });
    }
    if (code === 81053 || code === 81054 || code === 81056) {
      return new Problem('conflict', 'dns.occupied', `${at}: another record stands at the name (${said}).`, {
        fix: 'Run again: the plan shows which one.',
      });
    }
    if (code === 81057 || code === 81058 || code === 81044) {
      return new Problem('retry', 'dns.moved', `${at}: the zone has changed since it was read (${said}).`, {
        fix: 'Run again: nothing of this batch was written.',
        retry: {},
      });
    }
    return new Problem('failed', `cloudflare.${code ?? answer.status}`, `${at}: ${said || `HTTP ${answer.status}`}.`);
  }

  return {
    async read<T>(path: string, query: Readonly<Record<string, string>>) {
      return (await get(path, query)).result as T;
    },
    async readPage<T>(path: string, query: Readonly<Record<string, string>>) {
      const envelope = await get(path, query);
      return { result: (envelope.result ?? []) as T[], pages: envelope.result_info?.total_pages ?? 1 };
    },
    async write(method, path, body) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await send(method, path, {}, body);
        // Refused for its rate, a write did nothing: it may go again when it is told to.
        if (answer.status !== 429 || attempt >= 3) {
          await open(answer, `${method} ${path}`);
          return;
        }
        await clock.sleep(pause(answer, attempt));
      }
    },
    tokenState,
    tokenStatus,
  };
}
