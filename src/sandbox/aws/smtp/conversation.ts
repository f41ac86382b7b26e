import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Fault } from '../../faults.ts';
import type { AccessKey } from '../gate/keys.ts';
import { type Lines, readLines } from './lines.ts';

/** Who sends to whom, as the envelope says. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** What lies behind the endpoint of one Region. */
export interface Desk {
  /** Bytes that a message may have. */
  readonly mostBytes: number;
  /** The key, or the refusal. */
  signIn(username: string, password: string): AccessKey | string;
  /** Takes a message: the reply, and how its delivery to the client is bent. */
  take(
    key: AccessKey,
    envelope: Envelope,
    message: Buffer | 'too long',
  ): Promise<{ reply: string; faults: readonly Fault[] }>;
}

const HOST = 'email-smtp.amazonaws.com';
const IDLE_MS = 60_000;
const NO_TLS = '530 Must issue a STARTTLS command first';

/**
 * Talks SMTP as SES does (developer guide, "SMTP response codes returned by Amazon SES"): nothing of a message before TLS and AUTH.
 * `secure`: TLS from the first byte on. Ends when the client does.
 */
export async function converse(socket: Socket, context: SecureContext, secure: boolean, desk: Desk): Promise<void> {
  const plain = secure ? new TLSSocket(socket, { isServer: true, secureContext: context }) : socket;
  plain.setTimeout(IDLE_MS, () => plain.end('451 Timeout waiting for data from client\r\n'));
  const end = await talk(plain, desk, secure, true);
  if (end !== 'starttls') return;
  const upgraded = new TLSSocket(socket, { isServer: true, secureContext: context });
  // A client that does not trust the certificate goes away in the middle.
  upgraded.on('error', () => upgraded.destroy());
  await talk(upgraded, desk, true, false);
}

/** A conversation until it ends, or until the client wants TLS. */
async function talk(stream: Duplex, desk: Desk, secure: boolean, greet: boolean): Promise<'starttls' | 'ended'> {
  stream.on('error', () => stream.destroy());
  const lines = readLines(stream);
  const say = (text: string) => stream.write(`${text}\r\n`);
  if (greet) say(`220 ${HOST} ESMTP SimpleEmailService-d-SANDBOX`);
  let key: AccessKey | undefined;
  let from: string | undefined;
  let to: string[] = [];
  const reset = () => {
    from = undefined;
    to = [];
  };
  for (;;) {
    const line = await lines.line();
    if (line === undefined) return 'ended';
    const [, verb = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(line) ?? [];
    const command = verb.toUpperCase();
    if (command === 'QUIT') {
      stream.end('221 Bye\r\n');
      return 'ended';
    }
    if (['AUTH', 'MAIL', 'RCPT', 'DATA'].includes(command) && !secure) {
      say(NO_TLS);
      continue;
    }
    if (['MAIL', 'RCPT', 'DATA'].includes(command) && !key) {
      say('530 Authentication required');
      continue;
    }
    switch (command) {
      case 'EHLO':
        reset();
        for (const offer of [
          HOST,
          '8BITMIME',
          `SIZE ${desk.mostBytes}`,
          ...(secure ? [] : ['STARTTLS']),
          'AUTH PLAIN LOGIN',
        ])
          say(`250-${offer}`);
        say('250 Ok');
        break;
      case 'HELO':
        reset();
        say(`250 ${HOST}`);
        break;
      case 'STARTTLS':
        if (secure) {
          say('503 Bad sequence of commands');
          break;
        }
        lines.leave();
        say('220 Ready to start TLS');
        return 'starttls';
      case 'AUTH': {
        const found = key ? '503 Already authenticated' : await signIn(rest, lines, say, desk);
        if (found === undefined) return 'ended';
        if (typeof found === 'object') key = found;
        say(typeof found === 'string' ? found : '235 Authentication successful.');
        break;
      }
      case 'MAIL': {
        const sender = readSender(rest, desk.mostBytes);
        if (from !== undefined) say('503 Error: nested MAIL command');
        else if ('refusal' in sender) say(sender.refusal);
        else {
          from = sender.address;
          say('250 Ok');
        }
        break;
      }
      case 'RCPT': {
        const address = /^TO:\s*<([^<>\s]+@[^<>\s]+)>/i.exec(rest)?.[1];
        if (from === undefined) say('503 Error: need MAIL command');
        else if (address === undefined) say('501 Invalid RCPT TO address provided');
        else {
          to.push(address);
          say('250 Ok');
        }
        break;
      }
      case 'DATA': {
        if (from === undefined || to.length === 0 || !key) {
          say('503 Error: need RCPT command');
          break;
        }
        say('354 End data with <CR><LF>.<CR><LF>');
        const message = await lines.message(desk.mostBytes);
        if (message === undefined) return 'ended';
        const { reply, faults } = await desk.take(key, { from, to }, message);
        reset();
        if (!(await deliver(stream, reply, faults))) return 'ended';
        break;
      }
      case 'RSET':
        reset();
        say('250 Ok');
        break;
      case 'NOOP':
        say('250 Ok');
        break;
      default:
        say('502 Error: command not implemented');
    }
  }
}

/** AUTH PLAIN (RFC 4616) and AUTH LOGIN: the key, the refusal, or nothing where the client left. */
async function signIn(
  rest: string,
  lines: Lines,
  say: (text: string) => void,
  desk: Desk,
): Promise<AccessKey | string | undefined> {
  const [mechanism = '', initial] = rest.split(/\s+/);
  const ask = async (prompt: string) => {
    say(`334 ${prompt}`);
    return lines.line();
  };
  const decode = (text: string) => Buffer.from(text, 'base64').toString('utf8');
  if (mechanism.toUpperCase() === 'PLAIN') {
    const given = initial ?? (await ask(''));
    if (given === undefined) return undefined;
    const [, username = '', password = ''] = decode(given).split('\0');
    return desk.signIn(username, password);
  }
  if (mechanism.toUpperCase() === 'LOGIN') {
    const username = initial ?? (await ask('VXNlcm5hbWU6'));
    const password = username === undefined ? undefined : await ask('UGFzc3dvcmQ6');
    if (username === undefined || password === undefined) return undefined;
    return desk.signIn(decode(username), decode(password));
  }
  return '504 Unrecognized authentication type';
}

/** SES takes no null sender: bounces do not leave by it. */
function readSender(rest: string, mostBytes: number): { address: string } | { refusal: string } {
  const [, address, more = ''] = /^FROM:\s*<([^<>\s]+@[^<>\s]+)>(.*)$/i.exec(rest) ?? [];
  if (address === undefined) return { refusal: '501 Invalid MAIL FROM address provided' };
  const size = Number(/\bSIZE=(\d+)/i.exec(more)?.[1] ?? 0);
  return size > mostBytes ? { refusal: '552 Message is too long.' } : { address };
}

/** Sends a reply as faults bend it; whether the conversation goes on. */
async function deliver(stream: Duplex, reply: string, faults: readonly Fault[]): Promise<boolean> {
  for (const fault of faults)
    if (fault.kind === 'slow') await new Promise((done) => setTimeout(done, fault.ms ?? 1000));
  const drop = faults.find(({ kind }) => kind === 'drop');
  if (drop) {
    stream.write(`${reply}\r\n`.slice(0, drop.bytes ?? 0), () => stream.destroy());
    return false;
  }
  if (!faults.some(({ kind }) => kind === 'hang')) stream.write(`${reply}\r\n`);
  return true;
}
