import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { escapeControls } from '../../../core/records/txt.ts';

/** One reply (RFC 5321 4.2): its code, all of it in one line, and what each of its lines says after the code. */
export interface Heard {
  readonly code: number;
  readonly text: string;
  readonly lines: readonly string[];
}

/** A reply, or why none came. */
export type Said = Heard | { readonly silence: string };

/** How long a connection may take: what is closed from here is mostly silent. */
const CONNECT_MS = 5000;
/** How long each reply may take. postscreen greets after six seconds, tarpits later; RFC 5321 4.5.3.2 has five minutes. */
const REPLY_MS = 30_000;
const LONGEST_REPLY = 16 * 1024;

/** A name with a dot, as hosts want to be greeted; an address literal would be refused by many. */
export function helloName(): string {
  const name = hostname().toLowerCase();
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name) ? name : 'mailwright.invalid';
}

/** A conversation with a mail host, one line and one reply at a time; `signal` ends all of it. Never throws for what the host does. */
export function openLine({ address, port }: { address: string; port: number }, signal?: AbortSignal) {
  let socket: Socket = connect({ host: address, port, ...(signal ? { signal } : {}) });
  const giveUp = setTimeout(() => socket.destroy(new Error(`no answer in ${CONNECT_MS / 1000} s`)), CONNECT_MS);
  socket.once('connect', () => clearTimeout(giveUp));
  let heard = '';
  let ended: string | undefined;
  let waiting: (() => void) | undefined;
  const wake = () => waiting?.();
  listen(socket);

  function listen(to: Socket): void {
    to.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      if (heard.length > LONGEST_REPLY) to.destroy(new Error('a reply without end'));
      wake();
    });
    to.on('error', (error: NodeJS.ErrnoException) => {
      ended ??= reasonOf(error);
      wake();
    });
    to.on('close', () => {
      clearTimeout(giveUp);
      ended ??= 'the connection was closed';
      wake();
    });
  }

  /** What `take` finds, as soon as it does; else why nothing came. */
  async function wait<T>(take: () => T | undefined): Promise<T | { readonly silence: string }> {
    const until = Date.now() + REPLY_MS;
    for (;;) {
      const found = take();
      if (found !== undefined) return found;
      if (ended !== undefined) return { silence: ended };
      const left = until - Date.now();
      if (left <= 0) return { silence: `no answer in ${REPLY_MS / 1000} s` };
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      waiting = undefined;
    }
  }

  /** The reply that has come whole: its last line has a space after the code. */
  function takeReply(): Said | undefined {
    const match = /^((?:\d{3}-[^\n]*\n)*)(\d{3})(?: ([^\n]*))?\r?\n/.exec(heard);
    if (!match) return /^(?!\d{0,3}\r?$|\d{3}[ -])/.test(heard) ? { silence: 'it does not speak SMTP' } : undefined;
    heard = heard.slice(match[0].length);
    const lines = [...match[0].matchAll(/^\d{3}[ -]?(.*?)\r?$/gm)].map((line) => line[1] ?? '');
    const text = escapeControls(`${match[2]} ${lines.join(' ')}`.trim()).slice(0, 300);
    return { code: Number(match[2]), text, lines };
  }

  const read = () => wait(takeReply);
  return {
    read,
    async say(text: string): Promise<Said> {
      if (ended === undefined) socket.write(`${text}\r\n`);
      return read();
    },
    /**
     * Goes on in TLS, after the yes to STARTTLS. What the host sent beyond that yes is no part of it: whoever stands between could have
     * written it (RFC 3207 4.2), so that the conversation ends there.
     */
    async secure(options: ConnectionOptions): Promise<TLSSocket | { readonly silence: string }> {
      if (heard !== '') return { silence: 'it sent plain text after its reply to STARTTLS' };
      if (ended !== undefined) return { silence: ended };
      socket.removeAllListeners('data');
      const secured = tlsConnect({ ...options, socket });
      let isSecure = false;
      secured.once('secureConnect', () => {
        isSecure = true;
        wake();
      });
      socket = secured;
      listen(secured);
      const outcome = await wait(() => (isSecure ? secured : undefined));
      // What never became TLS can't be ended politely.
      if (!isSecure) secured.destroy();
      return outcome;
    },
    leave: () => void (ended === undefined && socket.write('QUIT\r\n')),
    close: () => void socket.destroySoon(),
  };
}

function reasonOf(error: NodeJS.ErrnoException & { readonly reason?: string }): string {
  const known: Readonly<Record<string, string>> = {
    ABORT_ERR: 'it took too long',
    ECONNREFUSED: 'nobody listens there',
    ETIMEDOUT: 'no answer',
    EHOSTUNREACH: 'the host can’t be reached',
    ENETUNREACH: 'the network can’t be reached',
    ECONNRESET: 'the connection was cut',
  };
  // OpenSSL’s own words are in `reason`; the message has file names of its source as well.
  return known[error.code ?? ''] ?? error.reason ?? error.message;
}
