import { connect } from 'node:net';
import { hostname } from 'node:os';
import { escapeControls } from '../../core/txt.ts';

/** What a mail host said, or why nobody could ask it. `code`: the reply code that decided (RFC 5321 4.2). */
export type Reply =
  | { readonly code: number; readonly text: string; readonly at: 'greeting' | 'EHLO' | 'MAIL' | 'RCPT' }
  | { readonly silence: string };

/** How long a connection may take: what is closed from here is mostly silent. */
const CONNECT_MS = 5000;
/** How long each reply may take. postscreen greets after six seconds, tarpits later; RFC 5321 4.5.3.2 has five minutes. */
const REPLY_MS = 30_000;
const LONGEST_REPLY = 16 * 1024;

/**
 * Asks a mail host whether it takes mail for an address, and leaves without sending any (RFC 5321 4.1.1: MAIL with the null reverse-path,
 * RCPT, RSET, QUIT). Never throws for what the host says or fails to say.
 */
export async function askRecipient(host: { address: string; port: number }, recipient: string): Promise<Reply> {
  // What is written on the wire is one line: an address with a line break would be a command.
  if (/[\r\n<>\s]/.test(recipient)) throw new TypeError(`no address: ${JSON.stringify(recipient)}`);
  const line = openLine(host);
  try {
    const greeting = await line.read();
    if ('silence' in greeting || greeting.code !== 220) return told(greeting, 'greeting');
    let hello = await line.say(`EHLO ${helloName()}`);
    if (!('silence' in hello) && hello.code >= 500) hello = await line.say(`HELO ${helloName()}`);
    if ('silence' in hello || hello.code !== 250) return told(hello, 'EHLO');
    const mail = await line.say('MAIL FROM:<>');
    if ('silence' in mail || mail.code !== 250) return told(mail, 'MAIL');
    const answer = told(await line.say(`RCPT TO:<${recipient}>`), 'RCPT');
    await line.say('RSET');
    line.leave();
    return answer;
  } finally {
    line.close();
  }
}

type Said = { readonly code: number; readonly text: string } | { readonly silence: string };

function told(said: Said, at: 'greeting' | 'EHLO' | 'MAIL' | 'RCPT'): Reply {
  return 'silence' in said ? said : { ...said, at };
}

/** A name with a dot, as hosts want to be greeted; an address literal would be refused by many. */
function helloName(): string {
  const name = hostname().toLowerCase();
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name) ? name : 'mailwright.invalid';
}

/** A conversation, one line and one reply at a time. */
function openLine({ address, port }: { address: string; port: number }) {
  const socket = connect({ host: address, port });
  const giveUp = setTimeout(() => socket.destroy(new Error(`no answer in ${CONNECT_MS / 1000} s`)), CONNECT_MS);
  socket.once('connect', () => clearTimeout(giveUp));
  let heard = '';
  let ended: string | undefined;
  let waiting: (() => void) | undefined;
  const wake = () => waiting?.();
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    heard += chunk;
    if (heard.length > LONGEST_REPLY) socket.destroy(new Error('a reply without end'));
    wake();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    ended ??= reasonOf(error);
    wake();
  });
  socket.on('close', () => {
    clearTimeout(giveUp);
    ended ??= 'the connection was closed';
    wake();
  });

  async function read(): Promise<Said> {
    const until = Date.now() + REPLY_MS;
    for (;;) {
      const reply = takeReply();
      if (reply) return reply;
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
    return { code: Number(match[2]), text: escapeControls(`${match[2]} ${lines.join(' ')}`.trim()).slice(0, 300) };
  }

  return {
    read,
    async say(text: string): Promise<Said> {
      if (ended === undefined) socket.write(`${text}\r\n`);
      return read();
    },
    leave: () => void (ended === undefined && socket.write('QUIT\r\n')),
    close: () => void socket.destroySoon(),
  };
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nobody listens there',
    ETIMEDOUT: 'no answer',
    EHOSTUNREACH: 'the host can’t be reached',
    ENETUNREACH: 'the network can’t be reached',
    ECONNRESET: 'the connection was cut',
  };
  return known[error.code ?? ''] ?? error.message;
}
