import { Problem } from '../../core/problem.ts';
import { httpProblem, refusal, type Said, silentProblem } from './problems.ts';
import { type Answer, openTransport } from './transport.ts';

/** How Mailcow is reached. */
export interface ClientSettings {
  /** Its own name: 'mail.example.org'. */
  readonly host: string;
  /** 'https://mail.example.org' */
  readonly url: string;
  readonly apiKey: string;
  /** SHA-256 of the pinned certificate, 'AA:BB:…'. */
  readonly fingerprint?: string;
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
}

/** What a call is for, in sentences: 'domain example.com'. */
export interface About {
  readonly about: string;
}

/** Mailcow's API behind two verbs. */
export interface MailcowClient {
  readonly host: string;
  /** Asks; undefined where there is nothing ({} or []). Throws a Problem for what is no answer. */
  get(path: string, about: About): Promise<unknown>;
  /**
   * Writes once, never again: a lost answer is for the next look to find out. Gives what Mailcow said where it did what was asked: no
   * danger or error, and one of the expected words among it. Else throws the refusal.
   */
  write(
    path: string,
    body: unknown,
    about: About & { expect: readonly string[]; slow?: boolean },
  ): Promise<readonly Said[]>;
  /** Whether the key may write, by a call that has no such thing to write; undefined where that can't be told. */
  mayWrite(): Promise<boolean | undefined>;
  close(): void;
}

/** A restart of SOGo is waited for by the call that asks for it. */
const SLOW = 4;

/**
 * Opens it. Every business failure arrives in HTTP 200, a call without a key gets an empty answer, and ten refusals of a key lock our
 * address out on all ports: so the first call goes alone, and after a refusal none goes at all. Source: data/web/json_api.php,
 * data/web/inc/prerequisites.inc.php, data/web/inc/sessions.inc.php of mailcow-dockerized.
 */
export function openClient(settings: ClientSettings): MailcowClient {
  const { host, apiKey, timeoutMs } = settings;
  const transport = openTransport(settings.url, host, settings.fingerprint);
  let refused: Problem | undefined;
  let first: Promise<unknown> | undefined;
  let accepted = false;
  /** The key is in no sentence, whoever repeats it. */
  const clean = (text: string) => text.replaceAll(apiKey, '…').slice(0, 500);

  async function ask(
    method: 'GET' | 'POST',
    path: string,
    { about }: About,
    body?: unknown,
    slow = false,
  ): Promise<Answer> {
    if (refused) throw refused;
    const answer = await transport.send({
      method,
      path: `/api/v1/${path}`,
      headers: { 'x-api-key': apiKey },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: slow ? timeoutMs * SLOW : timeoutMs,
      once: method === 'POST',
    });
    if (answer.status === 401) {
      refused = httpProblem(host, about, 401, clean(saysOf(answer)));
      throw refused;
    }
    if (answer.status === 200 && answer.text.trim() === '') throw silentProblem(host, about);
    if (answer.status === 200 && answer.json !== undefined) accepted = true;
    return answer;
  }

  /** The first call alone says whether the key is good: several at once could be several refusals. */
  async function send(
    method: 'GET' | 'POST',
    path: string,
    about: About,
    body?: unknown,
    slow = false,
  ): Promise<Answer> {
    for (;;) {
      if (refused) throw refused;
      if (accepted) return ask(method, path, about, body, slow);
      if (!first) {
        const mine = ask(method, path, about, body, slow);
        first = mine
          .catch(() => undefined)
          .finally(() => {
            first = undefined;
          });
        return mine;
      }
      await first;
    }
  }

  function opened(answer: Answer, about: string): unknown {
    if (answer.status !== 200 || answer.json === undefined)
      throw httpProblem(host, about, answer.status, clean(saysOf(answer)));
    return answer.json;
  }

  return {
    host,
    async get(path, about) {
      const json = opened(await send('GET', path, about), about.about);
      const [said] = entriesOf(json);
      if (said && isRefusal(said) && !Array.isArray(json)) throw refusal(host, about.about, cleaned(said, clean));
      return isNothing(json) ? undefined : json;
    },
    async write(path, body, about) {
      const answer = await send('POST', path, about, body, about.slow);
      const said = entriesOf(opened(answer, about.about)).map((one) => cleaned(one, clean));
      const bad = said.find(isRefusal);
      if (bad) throw refusal(host, about.about, bad);
      if (said.some((one) => about.expect.includes(one.code))) return said;
      throw new Problem(
        'unknown',
        'mailcow.answer',
        `Mailcow ${host}, ${about.about}: it does not say that it was done (${said.map((one) => one.code).join(', ') || 'nothing'}).`,
        { fix: 'Run again: what was done is found by looking.', retry: {} },
      );
    },
    async mayWrite() {
      // The right to write is asked before the route: a key that has it learns that there is no such thing to add.
      const { status, text } = await send(
        'POST',
        'add/mailwright-looks',
        { about: 'the right to write' },
        { nothing: '1' },
      );
      if (status === 403 && /read.?write/i.test(text)) return false;
      return status === 404 && /route not found/i.test(text) ? true : undefined;
    },
    close: () => transport.close(),
  };
}

function isNothing(json: unknown): boolean {
  return json === null || json === false || (typeof json === 'object' && Object.keys(json).length === 0);
}

function isRefusal({ type }: Said): boolean {
  return type === 'danger' || type === 'error';
}

function cleaned(said: Said, clean: (text: string) => string): Said {
  return { type: said.type, code: clean(said.code), args: said.args.map(clean) };
}

const TYPES: readonly string[] = ['success', 'danger', 'error', 'warning', 'info'] satisfies Said['type'][];

/** The entries of an answer: a list, or one alone; `msg` is a word, or a word and what it is about. */
function entriesOf(json: unknown): Said[] {
  return (Array.isArray(json) ? json : [json]).flatMap((one): Said[] => {
    const { type, msg } = (one ?? {}) as { type?: unknown; msg?: unknown };
    if (typeof type !== 'string' || !TYPES.includes(type) || msg === undefined) return [];
    const [code = '', ...args] = (Array.isArray(msg) ? msg : [msg]).map(String);
    return [{ type: type as Said['type'], code, args }];
  });
}

/** What a refused call says: the sentence of its JSON, else the beginning of its text unless that is a page. */
function saysOf({ json, text }: Answer): string {
  const [said] = entriesOf(json);
  if (said) return [said.code, ...said.args].join(', ');
  return /<html|<!doctype/i.test(text) ? 'a page of HTML' : text.slice(0, 120);
}
