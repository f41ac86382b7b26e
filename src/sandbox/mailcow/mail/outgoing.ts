import { isIP } from 'node:net';
import nodemailer from 'nodemailer';
import type { World } from '../../world.ts';
import { splitAddress } from '../api/names.ts';
import type { Installation } from '../installation.ts';
import type { Relayhost } from '../state.ts';
import type { Letter } from './post-office.ts';

/** A recipient that was refused, and the words for it. */
export interface Failure {
  readonly address: string;
  readonly text: string;
}

/** Hands letters to other mail servers. */
export interface Outgoing {
  /** The real one tries for days what is refused for now; here every refusal is final. */
  send(letter: Letter): Promise<readonly Failure[]>;
}

interface Hop {
  readonly host: string;
  readonly port: number;
  readonly auth?: { readonly user: string; readonly pass: string };
  /** A TLS policy demands it. */
  readonly requireTLS?: boolean;
}

/** What nodemailer says of a refusal. */
interface Refusal {
  readonly recipient?: string | undefined;
  readonly response?: string | undefined;
  readonly message: string;
}

/** Opens the way out: by the relayhost of the sender's domain, or straight to the world's mail server at `smtpPort`. */
export function openOutgoing(
  world: World,
  cow: Installation,
  { address, smtpPort }: { address: string; smtpPort: number },
): Outgoing {
  async function hand({ from, to, raw }: Letter, hop: Hop): Promise<readonly Failure[]> {
    const transport = nodemailer.createTransport({
      ...hop,
      name: cow.hostname,
      // A mail host is known by its address; one outside of loopback can't be reached from it.
      ...(hop.host.startsWith('127.') ? { localAddress: address } : {}),
      // As Postfix does by default: encrypted where it is offered, by whatever certificate.
      tls: { rejectUnauthorized: false },
      connectionTimeout: 5000,
      greetingTimeout: 5000,
      socketTimeout: 20_000,
    });
    try {
      const { rejectedErrors = [] } = await transport.sendMail({ envelope: { from, to: [...to] }, raw });
      return rejectedErrors.map((error: Refusal) => ({ address: error.recipient ?? '', text: textOf(error) }));
    } catch (error) {
      const refusal: Refusal = error instanceof Error ? error : new Error(String(error));
      return to.map((recipient) => ({ address: recipient, text: textOf(refusal) }));
    } finally {
      transport.close();
    }
  }

  return {
    async send(letter) {
      const relayhost = findRelayhost(cow, letter.from);
      const hop: Hop = relayhost
        ? { ...(await readHop(world, relayhost)), requireTLS: demandsTls(cow, relayhost) }
        : { host: '127.0.0.1', port: smtpPort };
      const failures = await hand(letter, hop);
      const { from, to, raw } = letter;
      world.ledger.write({
        system: 'mailcow',
        operation: 'delivery',
        request: { from, to, bytes: raw.length, via: relayhost?.hostname ?? 'direct', user: hop.auth?.user ?? null },
        status: failures.length === 0 ? 250 : 'failed',
        ...(failures[0] === undefined ? {} : { error: failures[0].text }),
        effect: failures.length < to.length,
      });
      return failures;
    },
  };
}

function findRelayhost(cow: Installation, from: string): Relayhost | undefined {
  const { domain } = splitAddress(from);
  const own = cow.mailboxes.get(from.toLowerCase())?.attributes.relayhost;
  const ids = [Number(own ?? 0), cow.domains.get(cow.aliasDomains.get(domain)?.target ?? domain)?.relayhost ?? 0];
  return ids.map((id) => cow.relayhosts.get(id)).find((relayhost) => relayhost?.active === 1);
}

/** Whether a policy lets nothing out without TLS to this next hop; whose certificate it is, is not played. */
function demandsTls(cow: Installation, { hostname }: Relayhost): boolean {
  const strict = ['encrypt', 'dane-only', 'fingerprint', 'verify', 'secure'];
  return [...cow.tlsPolicies.values()].some(
    ({ dest, policy, active }) => active === 1 && dest === hostname.toLowerCase() && strict.includes(policy),
  );
}

/** 'host:port', '[host]:port' or 'host'; the name is asked of the world's DNS. */
async function readHop(world: World, { hostname, username, password }: Relayhost): Promise<Hop> {
  const [, name = '', port = '25'] = /^\[?([^\]]+?)\]?(?::(\d+))?$/.exec(hostname) ?? [];
  const auth = username === '' ? {} : { auth: { user: username, pass: password } };
  return { host: await addressOf(world, name), port: Number(port), ...auth };
}

async function addressOf(world: World, name: string): Promise<string> {
  if (isIP(name) !== 0 || name === 'localhost') return name;
  const { records } = await world.internet.lookup(name, 'A');
  return records.find(({ type }) => type === 'A')?.value ?? name;
}

function textOf({ response, message }: Refusal): string {
  return response ?? message;
}
