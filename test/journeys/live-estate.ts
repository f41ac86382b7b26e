import { type LedgerRow, openStage, type Ran } from './stage.ts';

export const EAST = 'us-east-1';
export const WEST = 'us-west-2';

/** An identity as SES shows it in one region. */
export interface Shown {
  readonly region: string;
  readonly publicKey?: string;
  readonly Tags: { Key: string; Value: string }[];
  readonly ConfigurationSetName?: string;
  readonly MailFromAttributes?: { MailFromDomain: string };
  readonly DkimAttributes: {
    Status: string;
    SigningAttributesOrigin: string;
    Tokens: string[];
    NextSigningKeyLength?: string;
  };
}

/** An identity that is there already: the fields of the sandbox's route. */
export interface Seed {
  readonly region: string;
  readonly [key: string]: unknown;
}

/** Three tokens that begin with a letter; each domain has its own, because SES publishes a key under each. */
export const tokens = (letter: string, domain = '') =>
  ['a', 'b', 'c'].map(
    (last) => `${letter}${(domain.split('.')[0] ?? '').replace(/[^a-z2-7]/g, 'z').padEnd(30, 'q')}${last}`,
  );

/** An identity in each region, with Easy DKIM of its own unless told otherwise. */
export const both = (east: object = {}, west: object = {}): Seed[] => [
  { region: EAST, tokens: tokens('e'), ...east },
  { region: WEST, tokens: tokens('w'), ...west },
];

/** Calls that would touch a signing key, or take something away. */
export const touching = (rows: readonly LedgerRow[]) =>
  rows.filter((row) => row.effect && /Dkim|^Delete|^Untag/.test(row.operation)).map((row) => row.operation);
/** Calls that changed anything. */
export const effects = (rows: readonly LedgerRow[]) => rows.filter((row) => row.effect);
/** What a run would do, or did. */
export const ids = (ran: Ran) => ran.report.operations.map((one) => one.id);

/** What a receiver says of a message in order. */
export const GOOD = { spf: 'pass', dkim: 'pass', dmarc: 'pass' };

/** A stage with SES in production in two regions, and what sets up domains as people do by hand. */
export async function openEstates() {
  const stage = await openStage();
  for (const region of [EAST, WEST])
    await stage.control('POST /control/aws/account', { region, productionAccess: true });

  /** What SES shows of a domain, by region. */
  async function shown(domain: string): Promise<Record<string, Shown>> {
    const all = (await stage.control(`GET /control/aws/identities?name=${domain}`)) as Shown[];
    return Object.fromEntries(all.map((one) => [one.region, one]));
  }

  /** A domain that somebody set up by hand: identities as given, each with MAIL FROM, and the records that they need. */
  async function estate(domain: string, given: readonly Seed[], records: readonly object[] = []): Promise<void> {
    const seeds = given.map((seed) => {
      const [first] = (seed.tokens as string[] | undefined) ?? [];
      return first === undefined ? seed : { ...seed, tokens: tokens(first.charAt(0), domain) };
    }) as readonly Seed[];
    const cnames = seeds.flatMap((seed) =>
      ((seed.tokens as string[] | undefined) ?? []).map((token) => ({
        name: `${token}._domainkey`,
        type: 'CNAME',
        content: `${token}.dkim.amazonses.com`,
        ttl: 300,
      })),
    );
    const mailFrom = (region: string) => (region === EAST ? 'mail' : `mail-${region}`);
    const envelopes = seeds.flatMap(({ region }) => [
      { name: mailFrom(region), type: 'MX', content: `feedback-smtp.${region}.amazonses.com`, priority: 10, ttl: 300 },
      { name: mailFrom(region), type: 'TXT', content: '"v=spf1 include:amazonses.com ~all"', ttl: 300 },
    ]);
    await stage.zone(domain, [...cnames, ...envelopes, ...records]);
    for (const seed of seeds) {
      await stage.control('POST /control/aws/identities', {
        name: domain,
        mailFrom: { domain: `${mailFrom(seed.region)}.${domain}` },
        ...seed,
      });
    }
  }

  /** A message from each region, and what its receiver says of it. */
  async function verdicts(domain: string, path: string): Promise<unknown[]> {
    const ran = await stage.run(['up', domain, '--profile', path, '--yes', '--json', '--send-test', 'you@inbox.test']);
    return (ran.report.sent as { verdict: unknown }[]).map((sent) => sent.verdict);
  }
  return {
    stage,
    shown,
    estate,
    verdicts,
    /** A profile for both regions, with more keys of `ses`. */
    profile: (text = '') => stage.profile(`ses: { regions: [${EAST}, ${WEST}]${text} }\n`),
  };
}

export type Estates = Awaited<ReturnType<typeof openEstates>>;
