import { SESv2Client } from '@aws-sdk/client-sesv2';
import { Clock } from '../clock.ts';
import { Faults } from '../faults.ts';
import { Ledger } from '../ledger.ts';
import { openInbox } from '../mail/main.ts';
import type { Answer, Internet, StandIn, World } from '../world.ts';
import { openAws } from './main.ts';

/** DNS in memory, for tests of the stand-ins only: CNAMEs are followed, misses are remembered until they are forgotten. */
export class MemoryInternet implements Internet {
  readonly #records = new Map<string, Map<string, { values: readonly string[]; ttl: number }>>();
  readonly #misses = new Map<string, Answer>();
  /** Names that answer with another rcode than they should. */
  readonly broken = new Map<string, Answer['rcode']>();
  readonly asked: string[] = [];

  publish(_zone: string, name: string, type: string, values: readonly string[], ttl = 300): void {
    const types = this.#records.get(name.toLowerCase()) ?? new Map();
    this.#records.set(name.toLowerCase(), types);
    if (values.length) types.set(type, { values, ttl });
    else types.delete(type);
  }

  forget(name: string): void {
    for (const key of this.#misses.keys()) if (key.startsWith(`${name.toLowerCase()} `)) this.#misses.delete(key);
  }

  async lookup(name: string, type: string): Promise<Answer> {
    this.asked.push(`${name} ${type}`);
    const key = `${name.toLowerCase()} ${type}`;
    const known = this.#misses.get(key);
    if (known) return known;
    const answer = this.#answer(name.toLowerCase(), type);
    if (answer.records.length === 0) this.#misses.set(key, answer);
    return answer;
  }

  #answer(name: string, type: string): Answer {
    const soa = { name: 'test', primary: 'ns1.dns.test', admin: 'hostmaster.dns.test', serial: 7, minimum: 300 };
    const rcode = this.broken.get(name);
    if (rcode) return { rcode, records: [] };
    const types = this.#records.get(name);
    if (!types?.size) {
      const below = [...this.#records].some(([other, held]) => held.size > 0 && other.endsWith(`.${name}`));
      return { rcode: below ? 'NOERROR' : 'NXDOMAIN', records: [], soa };
    }
    const records = (found: string) =>
      (types.get(found)?.values ?? []).map((value) => ({ name, type: found, ttl: 300, value }));
    const alias = types.get('CNAME')?.values[0];
    if (alias && type !== 'CNAME') {
      const rest = this.#answer(alias.toLowerCase().replace(/\.$/, ''), type);
      return { ...rest, records: [...records('CNAME'), ...rest.records] };
    }
    const found = records(type);
    return found.length ? { rcode: 'NOERROR', records: found } : { rcode: 'NOERROR', records: [], soa };
  }
}

/** A world with the AWS stand-in and an inbox, as the tests of both use it. */
export async function openTestAws(options: { switches?: unknown; policy?: unknown } = {}) {
  const clock = new Clock();
  const internet = new MemoryInternet();
  const world: World = { clock, ledger: new Ledger(() => clock.now()), faults: new Faults(), internet };
  const inbox = await openInbox(world);
  const smtpPort = Number(inbox.addresses.smtp?.split(':')[1]);
  const aws = await openAws(world, {
    smtpPort,
    ...options,
    switches: { verification: { firstMs: 20, everyMs: 20, maxMs: 50, recheckMs: 40 }, ...Object(options.switches) },
  });
  const clients: SESv2Client[] = [];
  const endpoint = aws.addresses.endpoint ?? '';
  const own = { accessKeyId: aws.env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: aws.env.AWS_SECRET_ACCESS_KEY ?? '' };
  return {
    world,
    internet,
    inbox,
    aws,
    endpoint,
    credentials: own,
    /** The official SDK at the stand-in, which tries once. */
    ses(region = 'us-east-1', credentials = own): SESv2Client {
      const client = new SESv2Client({ region, endpoint, credentials, maxAttempts: 1 });
      clients.push(client);
      return client;
    },
    /** A control route: 'POST /aws/keys', with a body, or with a query in the path. */
    async control(route: string, body?: unknown): Promise<unknown> {
      const [path = '', query] = route.split('?');
      const handle = standIns(aws, inbox)[path];
      if (!handle) throw new Error(`no control route ${path}`);
      return handle(body, new URLSearchParams(query));
    },
    async close(): Promise<void> {
      for (const client of clients) client.destroy();
      await aws.close();
      await inbox.close();
    },
  };
}

/** What a test works with. */
export type TestAws = Awaited<ReturnType<typeof openTestAws>>;

/** Publishes the DKIM CNAMEs of an identity. */
export function publishDkim(internet: Internet, domain: string, tokens: readonly string[], zone: string): void {
  for (const token of tokens) internet.publish(domain, `${token}._domainkey.${domain}`, 'CNAME', [`${token}.${zone}.`]);
}

/** Asks until the answer satisfies, at most three seconds. */
export async function until<T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  const end = Date.now() + 3000;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > end) throw new Error(`never came true: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function standIns(...all: StandIn[]): StandIn['control'] {
  return Object.assign({}, ...all.map(({ control }) => control));
}
