import nodemailer from 'nodemailer';
import { findMailHosts, reachableAddresses } from '../../mail/mail-routes.ts';
import type { World } from '../../world.ts';
import { domainOf } from '../gate/names.ts';
import { sendingHost } from '../own-records.ts';
import type { Post } from '../state.ts';

/** What the receiving side said of each recipient. */
export interface Delivered {
  readonly accepted: readonly string[];
  /** The server's last word where it took the message. */
  readonly response: string;
  readonly failed: readonly Failed[];
}

/** A recipient that was refused: the SMTP reply code, 0 where there was no reply. */
interface Failed {
  readonly address: string;
  readonly code: number;
  readonly text: string;
}

/** What nodemailer says of a refusal. */
interface Refusal {
  readonly recipient?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  readonly message: string;
  /** Of each recipient, where all were refused. */
  readonly rejectedErrors?: readonly Refusal[] | undefined;
}

interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * Opens SES's outgoing servers: SMTP to the mail hosts of each recipient's domain that are in the sandbox, at the port
 * that all of them share, and to the inbox, which stands for every other host. Connections are kept per Region, because
 * each Region has its own EHLO name.
 */
export function openPost(world: World, smtpPort: number): Post {
  const open = (region: string, host: string) =>
    nodemailer.createTransport({
      pool: true,
      host,
      port: smtpPort,
      name: sendingHost(region),
      ignoreTLS: true,
      connectionTimeout: 5000,
      greetingTimeout: 5000,
      socketTimeout: 20_000,
    });
  const transports = new Map<string, ReturnType<typeof open>>();

  /** One attempt at one host. */
  async function hand(region: string, host: string, raw: Buffer, { from, to }: Envelope): Promise<Delivered> {
    const key = `${region} ${host}`;
    const transport = transports.get(key) ?? open(region, host);
    transports.set(key, transport);
    const envelope = { from, to: [...to] };
    try {
      const { accepted, response, rejectedErrors = [] } = await transport.sendMail({ envelope, raw });
      const failed = rejectedErrors.map((error) => readRefusal(error, error.recipient ?? ''));
      return { accepted: [...accepted], response, failed };
    } catch (error) {
      const refusal: Refusal = error instanceof Error ? error : new Error(String(error));
      world.ledger.write({
        system: 'ses',
        operation: 'delivery',
        region,
        request: { ...envelope, host },
        status: 'failed',
        error: refusal.message,
        effect: false,
      });
      const each = refusal.rejectedErrors ?? [];
      const failed = to.map((address) =>
        readRefusal(each.find((one) => one.recipient === address) ?? refusal, address),
      );
      return { accepted: [], response: '', failed };
    }
  }

  /** Recipients by the hosts that take mail for them: those of one way travel together. */
  async function sortByWay(to: readonly string[]): Promise<{ hosts: string[]; to: string[] }[]> {
    const ways = new Map<string, { hosts: string[]; to: string[] }>();
    for (const [domain, addresses] of Map.groupBy(to, domainOf)) {
      const hosts = reachableAddresses(await findMailHosts(world.internet, domain));
      const way = ways.get(hosts.join()) ?? { hosts, to: [] };
      way.to.push(...addresses);
      ways.set(hosts.join(), way);
    }
    return [...ways.values()];
  }

  /** Tries hosts in order until each recipient has an answer that is final: taken, or refused for good. */
  async function deliverBy(
    hosts: readonly string[],
    region: string,
    raw: Buffer,
    { from, to }: Envelope,
  ): Promise<Delivered> {
    const accepted: string[] = [];
    const refused: Failed[] = [];
    let response = '';
    let waiting: readonly Failed[] = to.map((address) => ({ address, code: 0, text: '' }));
    for (const host of hosts) {
      const told = await hand(region, host, raw, { from, to: waiting.map(({ address }) => address) });
      accepted.push(...told.accepted);
      if (told.accepted.length > 0) response = told.response;
      refused.push(...told.failed.filter(({ code }) => code >= 500));
      waiting = told.failed.filter(({ code }) => code < 500);
      if (waiting.length === 0) break;
    }
    return { accepted, response, failed: [...refused, ...waiting] };
  }

  return {
    async deliver(region, raw, { from, to }) {
      const told = await Promise.all(
        (await sortByWay(to)).map((way) => deliverBy(way.hosts, region, raw, { from, to: way.to })),
      );
      return {
        accepted: told.flatMap(({ accepted }) => accepted),
        response: told.findLast(({ accepted }) => accepted.length > 0)?.response ?? '',
        failed: told.flatMap(({ failed }) => failed),
      };
    },
    close() {
      for (const transport of transports.values()) transport.close();
    },
  };
}

function readRefusal({ responseCode = 0, response, message }: Refusal, address: string): Failed {
  return { address, code: responseCode, text: response ?? message };
}
