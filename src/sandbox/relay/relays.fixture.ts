import { readFileSync } from 'node:fs';
import nodemailer from 'nodemailer';
import ssh2 from 'ssh2';
import { openTestMailcow } from '../mailcow/cow.fixture.ts';
import { openRelays } from './main.ts';
import { sumOf } from './program/show.ts';

/** How a relay that was made is reached. */
export interface Access {
  readonly host: string;
  readonly address: string;
  readonly sshPort: number;
  readonly user: string;
  readonly keyFile: string;
  readonly hostKey: string;
}

/** A table as the control server shows it. */
export interface ShownTable {
  readonly parameter: string;
  readonly type: string;
  readonly path: string;
  readonly text: string;
  readonly index: Readonly<Record<string, string>> | null;
}

/** A relay as the control server shows it. */
export interface ShownRelay extends Access {
  readonly running: boolean;
  readonly reloads: number;
  readonly puts: number;
  readonly main: Readonly<Record<string, string>>;
  readonly tables: Readonly<Record<'relay_domains' | 'transport' | 'relay_recipients', ShownTable>>;
  readonly queue: readonly { readonly to: readonly string[]; readonly reason: string }[];
}

/** How a command over SSH ended; `code` is absent where the connection was cut. */
export interface Ran {
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}

const HELPER = 'sudo -n /usr/local/sbin/mailwright-relay';

/** Relays beside Mailcow and the inbox over a DNS world, for a test. */
export async function openTestRelays() {
  const cow = await openTestMailcow();
  const smtpPort = Number(cow.inbox.env.MAILWRIGHT_SMTP_PORT);
  const relays = await openRelays(cow.world, { smtpPort });
  const control = async <T = unknown>(route: string, body?: unknown): Promise<T> => {
    const [name = '', query] = route.split('?');
    const handle = relays.control[name];
    return handle ? ((await handle(body, new URLSearchParams(query))) as T) : cow.control<T>(route, body);
  };
  const make = (relay: object) => control<Access>('POST /relays', relay);
  const look = async (host: string) => {
    const found = (await control<ShownRelay[]>('GET /relays')).find((one) => one.host === host);
    if (!found) throw new Error(`no relay ${host}`);
    return found;
  };

  /** Runs a command by the SSH client of npm. */
  function run({ address, sshPort, user, keyFile }: Access, command: string, stdin = ''): Promise<Ran> {
    const client = new ssh2.Client();
    return new Promise<Ran>((resolve, reject) => {
      const heard = { stdout: '', stderr: '' };
      let code: number | undefined;
      client.once('close', () => resolve({ ...heard, ...(code === undefined ? {} : { code }) }));
      client.on('error', (error) => reject(error));
      client.once('connect', () => client.setNoDelay(true));
      client.once('ready', () =>
        client.exec(command, (error, stream) => {
          if (error) return reject(error);
          stream.on('data', (chunk: Buffer) => (heard.stdout += chunk));
          stream.stderr.on('data', (chunk: Buffer) => (heard.stderr += chunk));
          stream.once('exit', (ended: number) => (code = ended));
          stream.once('close', () => client.end());
          stream.end(stdin);
        }),
      );
      const privateKey = readFileSync(keyFile);
      client.connect({ host: address, port: sshPort, username: user, privateKey, hostVerifier: () => true });
    });
  }

  return {
    ...cow,
    smtpPort,
    relays,
    control,
    make,
    look,
    run,
    show: (access: Access, domains = '') => run(access, `${HELPER} show`, domains),
    put: (access: Access, input: string) => run(access, `${HELPER} put`, input),
    /** What a relay says to a message: '250 2.0.0 Ok …', '554 5.7.1 …'. */
    async send({ address }: Access, to: string | string[], more: object = {}): Promise<string> {
      const transport = nodemailer.createTransport({ host: address, port: smtpPort, name: 'client.test' });
      try {
        return (await transport.sendMail({ from: 'a@outside.test', to, subject: 'hi', text: 'there', ...more }))
          .response;
      } catch (error) {
        return (error as { response?: string }).response ?? (error as Error).message;
      } finally {
        transport.close();
      }
    },
    async close() {
      await relays.close();
      await cow.close();
    },
  };
}

export type TestRelays = Awaited<ReturnType<typeof openTestRelays>>;

/** Sections of an answer by name, unpacked: { '@done yes': '' }. */
export function sectionsOf(stdout: string): Record<string, string> {
  const parts = stdout.split(/^(?=@)/m).map((part) => part.split('\n'));
  return Object.fromEntries(
    parts.map(([head = '', ...lines]) => [head, Buffer.from(lines.join(''), 'base64').toString()]),
  );
}

/** One edit as the helper takes it. */
export function editOf({ parameter, type, path, text }: ShownTable, wanted: string): string {
  return `@edit ${parameter} ${type} ${path} ${sumOf(text)}\n${Buffer.from(wanted).toString('base64')}\n`;
}

/** Asks until the answer satisfies, at most five seconds. */
export async function until<T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  const end = Date.now() + 5000;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > end) throw new Error(`never came true: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
