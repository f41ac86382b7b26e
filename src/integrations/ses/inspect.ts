import type { Clock, Facts, Pace } from '../../core/ground.ts';
import type { Seen, SesFacts, SesRegionFacts } from '../../core/inspection.ts';
import { Problem } from '../../core/problem.ts';
import type { AwsSettings } from '../wire/aws/aws.ts';
import { openSesClient, type SesClient } from './client.ts';
import { listIdentities, toIdentity } from './read.ts';
import { SES_REGIONS } from './regions.ts';
import { type IdentityState, regionOf } from './state.ts';
import { arnOf } from './tags.ts';

/** What SES shows of domains that somebody set up, in the regions that were named, else in all that the account has enabled. */
export interface SesInspection {
  /** Throws a Problem where SES can't be asked at all. */
  read(domain: string): Promise<SesFacts>;
  /** Regions that could not be read, by the reason. Throws like `read`. */
  unread(): Promise<readonly { regions: readonly string[]; reason: string }[]>;
  close(): void;
}

/** The account's identities by region, and the regions that did not say. */
interface Survey {
  readonly caller: { readonly account: string; readonly arn: string };
  readonly regions: ReadonlyMap<string, readonly { name: string; verified: boolean }[]>;
  readonly unread: ReadonlyMap<string, Problem>;
}

/** Nothing is remembered from one inspection to the next. */
const NO_FACTS: Facts = { recall: async () => undefined, remember: async () => {} };

/** Opens it. Costs one call in each region, and two more for each identity that is inspected. */
export async function openSesInspection(
  settings: AwsSettings,
  needs: { pace: Pace; clock: Clock },
  named: readonly string[] | undefined,
): Promise<SesInspection> {
  const client = await openSesClient(settings, needs);
  let surveying: Promise<Survey> | undefined;
  const survey = () => {
    surveying ??= readSurvey(client, named);
    return surveying;
  };
  return {
    async read(domain) {
      const { caller, regions, unread } = await survey();
      const found = [...regions].flatMap(([region, listed]) => {
        const one = listed.find(({ name }) => name === domain);
        return one ? [{ region, verified: one.verified }] : [];
      });
      if (found.length === 0 && unread.size > 0)
        return {
          status: 'unknown',
          reason: `no identity where it could be looked for; not read: ${[...unread.keys()].join(', ')}`,
        };
      if (found.length === 0) return { status: 'absent' };
      const states = await Promise.all(
        found.map(
          async ({ region, verified }): Promise<SesRegionFacts> => ({
            region,
            verified,
            identity: await readIdentity(client, region, domain, caller.account),
          }),
        ),
      );
      return { status: 'present', value: { account: caller.account, regions: states } };
    },
    async unread() {
      const { unread } = await survey();
      const sentences = [...unread].map(([region, problem]) => ({
        region,
        reason: problem.message.replaceAll(region, 'the region'),
      }));
      return [...Map.groupBy(sentences, ({ reason }) => reason)].map(([reason, alike]) => ({
        regions: alike.map(({ region }) => region),
        reason,
      }));
    },
    close: () => client.close(),
  };
}

async function readSurvey(client: SesClient, named: readonly string[] | undefined): Promise<Survey> {
  // A key is of one partition: the first of these that knows it says which.
  const caller = await client.caller(named ?? ['us-east-1', 'us-gov-west-1']);
  const isGov = (region: string) => region.startsWith('us-gov-');
  const asked = named ?? SES_REGIONS.filter((region) => isGov(region) === caller.arn.startsWith('arn:aws-us-gov:'));
  const regions = new Map<string, readonly { name: string; verified: boolean }[]>();
  const unread = new Map<string, Problem>();
  await Promise.all(
    asked.map(async (region) => {
      try {
        regions.set(region, await listIdentities(region, caller.account, client, { facts: NO_FACTS }));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        // Where nobody asked for the region by name, one that the account has not enabled holds nothing of it.
        if (named === undefined && error.code === 'ses.region-not-enabled') return;
        unread.set(region, error);
      }
    }),
  );
  return { caller, regions: new Map([...regions].toSorted(([a], [b]) => a.localeCompare(b))), unread };
}

async function readIdentity(
  client: SesClient,
  region: string,
  domain: string,
  account: string,
): Promise<SesRegionFacts['identity']> {
  const [shown, tenants] = await Promise.all([
    attempt(() => client.call(region, 'GetEmailIdentity', { EmailIdentity: domain })),
    attempt(() => listTenants(client, region, arnOf(region, account, 'identity', domain))),
  ]);
  if (shown.status !== 'present') return shown;
  const identity = toIdentity(shown.value);
  return {
    status: 'present',
    value: {
      dkim: toDkim(identity),
      ...(identity.mailFrom ? { mailFrom: identity.mailFrom } : {}),
      ...(identity.configurationSet === undefined ? {} : { configurationSet: identity.configurationSet }),
      tenants: tenants.status === 'present' && tenants.value.length === 0 ? { status: 'absent' } : tenants,
    },
  };
}

async function listTenants(client: SesClient, region: string, arn: string): Promise<string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.call(region, 'ListResourceTenants', {
      ResourceArn: arn,
      ...(token ? { NextToken: token } : {}),
    });
    names.push(...(page.ResourceTenants ?? []).map((one) => one.TenantName ?? ''));
    token = page.NextToken;
  } while (token);
  return names.toSorted();
}

function toDkim({ dkim }: IdentityState) {
  const parent = regionOf(dkim.origin);
  return {
    status: dkim.status,
    method:
      dkim.origin === 'EXTERNAL' ? ('own' as const) : parent === undefined ? ('easy' as const) : ('replica' as const),
    ...(parent === undefined ? {} : { parent }),
    tokens: [...dkim.tokens],
    ...(dkim.keyLength ? { keyLength: dkim.keyLength } : {}),
    signing: dkim.signing,
  };
}

async function attempt<T>(read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { status: 'present', value: await read() };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { status: 'unknown', reason: error.message };
  }
}
