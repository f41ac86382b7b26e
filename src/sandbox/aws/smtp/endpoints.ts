import { timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { AccessKey } from '../gate/keys.ts';
import { isRegion } from '../regions.ts';
import type { Aws } from '../state.ts';
import { makeCertificate } from './certificate.ts';
import { converse, type Desk } from './conversation.ts';
import { smtpPasswordOf } from './password.ts';
import { MOST_BYTES, takeMessage } from './take-message.ts';

/** Where a Region's endpoint listens, as HOST:PORT. */
export interface SmtpEndpoint {
  readonly region: string;
  /** STARTTLS, as ports 25, 587 and 2587 of the real one. */
  readonly starttls: string;
  /** TLS from the first byte on, as ports 465 and 2465. */
  readonly tls: string;
}

/** SES's SMTP endpoints: each Region has its own, because the password is for one Region. */
export interface SmtpEndpoints {
  /** PEM of the one certificate: for the names of the Regions that were open first, for localhost and 127.0.0.1. */
  readonly certificate: string;
  list(): readonly SmtpEndpoint[];
  /** Opens a Region's endpoint, or gives the open one. @throws RangeError for what is no Region */
  open(region: string): Promise<SmtpEndpoint>;
  close(): Promise<void>;
}

const ADDRESS = '127.0.0.1';
const REFUSED = '535 Authentication Credentials Invalid';

/** Opens the endpoints of some Regions at free ports of loopback. */
export async function openSmtpEndpoints(aws: Aws, regions: readonly string[]): Promise<SmtpEndpoints> {
  const hosts = [...regions.map((region) => `email-smtp.${region}.amazonaws.com`), 'localhost'];
  const { certificate, key } = makeCertificate(hosts, [ADDRESS]);
  const context = createSecureContext({ cert: certificate, key });
  const endpoints = new Map<string, Promise<SmtpEndpoint>>();
  const known: SmtpEndpoint[] = [];
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  async function listen(region: string, secure: boolean): Promise<string> {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // What a client does to its connection is the client's business.
      socket.on('error', () => socket.destroy());
      serve(socket, context, secure, deskOf(aws, region));
    });
    servers.push(server);
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, ADDRESS, resolve));
    return `${ADDRESS}:${(server.address() as AddressInfo).port}`;
  }

  async function openOne(region: string): Promise<SmtpEndpoint> {
    const [starttls, tls] = await Promise.all([listen(region, false), listen(region, true)]);
    const endpoint = { region, starttls, tls };
    known.push(endpoint);
    return endpoint;
  }

  const open = (region: string): Promise<SmtpEndpoint> => {
    if (!isRegion(region)) throw new RangeError(`${region} is no Region of SES`);
    const endpoint = endpoints.get(region) ?? openOne(region);
    endpoints.set(region, endpoint);
    return endpoint;
  };
  await Promise.all(regions.map(open));
  return {
    certificate,
    list: () => known.toSorted((a, b) => a.region.localeCompare(b.region)),
    open,
    async close() {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((server) => new Promise<void>((done) => server.close(() => done()))));
    },
  };
}

function serve(socket: Socket, context: SecureContext, secure: boolean, desk: Desk): void {
  converse(socket, context, secure, desk).catch((error: unknown) => {
    // A stand-in that breaks must be seen at once, not read as the real thing's behaviour.
    process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`);
    socket.destroy();
  });
}

function deskOf(aws: Aws, region: string): Desk {
  return {
    mostBytes: MOST_BYTES,
    signIn: (username, password) => signIn(aws, region, username, password),
    take: (key, envelope, message) => takeMessage(aws, region, key, envelope, message),
  };
}

/** The key whose id is the user name, where the password is the one that belongs to its secret in this Region. */
function signIn(aws: Aws, region: string, username: string, password: string): AccessKey | string {
  const { world } = aws;
  const key = aws.keys.get(username);
  if (key && isSame(password, smtpPasswordOf(key.secret, region))) {
    key.lastUsed = { at: world.clock.now(), service: 'ses', region };
    return key;
  }
  // What is no key's id may be a password at the wrong place.
  const caller = /^AKIA[A-Z0-9]{16}$/.test(username) ? { caller: username } : {};
  world.ledger.write({
    system: 'ses',
    operation: 'SMTP',
    region,
    ...caller,
    request: { command: 'AUTH' },
    status: Number(REFUSED.slice(0, 3)),
    error: REFUSED.slice(4),
    effect: false,
  });
  return REFUSED;
}

function isSame(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
