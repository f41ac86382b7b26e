import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { Problem } from '../../core/problem.ts';
import { openPinned } from './pinned.ts';

/** An HTTP answer; `json` is undefined where the body is none. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** One request. `once`: on a connection of its own, so that nobody has to guess whether a stale one took it along. */
export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly once: boolean;
}

/** Sends requests to one server over TLS: checked as usual, or against the one certificate that is pinned. */
export interface Transport {
  /** Throws a Problem where there is no answer. */
  send(ask: Ask): Promise<Answer>;
  close(): void;
}

/** No answer of Mailcow is larger; whoever sends more is not Mailcow. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Chains that a program without the pin can't believe. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_|ERR_TLS_CERT/;

/** Opens it. Without TLS only this machine itself is spoken to: the key would be readable on the way. Throws a Problem for any other. */
export function openTransport(address: string, host: string, fingerprint?: string): Transport {
  const url = new URL(address);
  const secure = url.protocol === 'https:';
  if (!secure && !isLoopback(url.hostname))
    throw new Problem(
      'input',
      'mailcow.plain',
      `MAILCOW_URL: ${address} is not https, and the API key would be readable on the way.`,
      {
        fix: 'Write https://…; for a self-signed certificate give its fingerprint in MAILCOW_FINGERPRINT.',
      },
    );
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 8 })
    : new HttpAgent({ keepAlive: true, maxSockets: 8 });
  const base = url.pathname.replace(/\/$/, '');
  const name = url.hostname.replace(/^\[|\]$/g, '');

  async function connected(ask: Ask, signal: AbortSignal): Promise<RequestOptions> {
    if (!secure || fingerprint === undefined) return { agent: ask.once ? false : agent };
    // A connection of its own for each call: nothing is sent before its certificate was seen.
    const socket = await openPinned({ host: name, port: Number(url.port || 443), fingerprint }, signal);
    // An agent would make another connection.
    return { createConnection: () => socket };
  }

  async function attempt(ask: Ask): Promise<Answer> {
    const signal = AbortSignal.timeout(ask.timeoutMs);
    const connection = await connected(ask, signal);
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? httpsRequest : httpRequest)(
        {
          ...connection,
          host: name,
          port: url.port || (secure ? 443 : 80),
          ...(secure && isIP(name) === 0 ? { servername: name } : {}),
          method: ask.method,
          path: `${base}${ask.path}`,
          headers: {
            ...ask.headers,
            accept: 'application/json',
            ...(ask.body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(ask.body) }),
          },
          signal,
        },
        (incoming) => readAnswer(incoming).then(resolve, reject),
      );
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        reject(Object.assign(error, { stale: outgoing.reusedSocket && error.code === 'ECONNRESET' }));
      });
      outgoing.end(ask.body);
    });
  }

  return {
    async send(ask) {
      try {
        return await attempt(ask).catch((error: unknown) => {
          // The server had closed the kept connection just before: a look may simply go again.
          if (ask.once || !(error as { stale?: boolean }).stale) throw error;
          return attempt(ask);
        });
      } catch (error) {
        throw error instanceof Problem ? error : unanswered(error, host, ask.timeoutMs);
      }
    },
    close: () => agent.destroy(),
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
}

async function readAnswer(incoming: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error('the answer has no end');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: incoming.statusCode ?? 0, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** No answer: what a write did meanwhile is for the next look to find out. */
function unanswered(error: unknown, host: string, timeoutMs: number): Problem {
  const { code = '', name, message } = error as NodeJS.ErrnoException;
  if (UNTRUSTED.test(code))
    return new Problem('failed', 'mailcow.tls', `Mailcow ${host}: its certificate can’t be trusted (${code}).`, {
      fix: 'Let Mailcow get one (ACME), or pin the one it has: put its SHA-256 fingerprint into MAILCOW_FINGERPRINT (on the host: openssl x509 -in data/assets/ssl/cert.pem -noout -fingerprint -sha256).',
    });
  const late = name === 'TimeoutError' || name === 'AbortError';
  const why = late ? `no answer in ${timeoutMs / 1000} s` : `no answer (${code || message})`;
  return new Problem('unknown', 'mailcow.unreachable', `Mailcow ${host}: ${why}.`, {
    fix: 'Check MAILCOW_URL and the network; Mailcow’s own fail2ban may have locked this machine’s address out. Then run again: what was done is found by looking.',
    retry: {},
  });
}
