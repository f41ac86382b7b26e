import type { GetEmailIdentityCommandOutput } from '@aws-sdk/client-sesv2';
import type { DomainSpec } from '../../core/domain-spec.ts';
import type { Clock, Facts } from '../../core/ground.ts';
import { type Json, Problem, toProblem } from '../../core/problem.ts';
import type { SesClient } from './client.ts';
import type { IdentityState, RegionState, SesStatus } from './state.ts';

/** Account and identity list change slowly: a reading of the last quarter of an hour is good enough, and its age is said. */
export const FACTS_MAX_AGE_MS = 15 * 60 * 1000;

/** What one run has learnt from its own writes, so that it need not ask for what it was just told. */
export interface Learnt {
  /** Identities whose create call answered with their state, by region and name; each spares one read. */
  readonly identities: Map<string, IdentityState>;
  /** Tenants by region and name, once read in this run and kept up with our own associations. */
  readonly tenants: Map<string, { exists: boolean; resources: readonly string[] }>;
  /** Readings of the account that are under way: what many domains ask at once is asked once. */
  readonly underWay: Map<string, Promise<unknown>>;
}

/** The reading under this key that is under way, else a new one. */
function sharing<T>(learnt: Learnt, key: string, read: () => Promise<T>): Promise<T> {
  const known = learnt.underWay.get(key) as Promise<T> | undefined;
  if (known) return known;
  const reading = read().finally(() => learnt.underWay.delete(key));
  learnt.underWay.set(key, reading);
  return reading;
}

/** Key of what was learnt of one thing in one region. */
export function learntKey(region: string, name: string): string {
  return `${region} ${name}`;
}

interface Listed {
  readonly name: string;
  readonly verified: boolean;
}

/** Reads everything about the domain in one region; `closely`: who else is there by now, too. Throws a Problem where the region can't be read. */
export async function readRegion(
  region: string,
  spec: DomainSpec,
  account: string,
  client: SesClient,
  needs: { facts: Facts; clock: Clock; learnt: Learnt },
  closely = false,
): Promise<RegionState> {
  const tenantName = spec.ses?.tenant;
  const [accountState, listed, tenant] = await Promise.all([
    readAccount(region, account, client, needs),
    readListed(region, spec.domain, account, client, needs, closely),
    tenantName === undefined ? undefined : readTenant(region, tenantName, client, needs.learnt),
  ]);
  const identity = listed.some((one) => one.name === spec.domain)
    ? await readIdentity(region, spec.domain, client, needs.learnt)
    : undefined;
  const token =
    identity && spec.ses?.verification === 'dkim+txt' ? await client.verificationToken(region, spec.domain) : undefined;
  return {
    region,
    account: accountState,
    ...(identity ? { identity } : {}),
    relatives: listed.filter((one) => isRelative(one.name, spec.domain)),
    neighbours: listed.filter((one) => one.name !== spec.domain).map((one) => one.name),
    ...(token === undefined ? {} : { verificationToken: token }),
    ...(tenant ? { tenant } : {}),
  };
}

function isRelative(name: string, domain: string): boolean {
  const host = name.slice(name.lastIndexOf('@') + 1);
  const below = host === domain ? name.includes('@') : host.endsWith(`.${domain}`);
  return below || (!name.includes('@') && domain.endsWith(`.${name}`));
}

interface Account {
  readonly production: boolean;
  readonly enforcement: string;
  readonly sending: boolean;
}

async function readAccount(
  region: string,
  account: string,
  client: SesClient,
  needs: { facts: Facts; clock: Clock; learnt: Learnt },
): Promise<Account & { readAt: number }> {
  const key = `ses ${account} ${region} account`;
  const known = await needs.facts.recall(key, FACTS_MAX_AGE_MS);
  const value = known?.value as unknown as Account | undefined;
  // Whoever has put right what stopped the account wants to see it.
  if (known && value?.sending && value.enforcement === 'HEALTHY') return { ...value, readAt: known.at };
  return sharing(needs.learnt, key, async () => {
    const answer = await client.call(region, 'GetAccount', {});
    const value = {
      production: answer.ProductionAccessEnabled ?? false,
      enforcement: answer.EnforcementStatus ?? 'HEALTHY',
      sending: answer.SendingEnabled ?? true,
    };
    await needs.facts.remember(key, value);
    return { ...value, readAt: needs.clock.now() };
  });
}

/** Key of the remembered identity list of a region. */
export function identitiesKey(account: string, region: string): string {
  return `ses ${account} ${region} identities`;
}

async function readListed(
  region: string,
  domain: string,
  account: string,
  client: SesClient,
  needs: { facts: Facts; learnt: Learnt },
  anew: boolean,
): Promise<readonly Listed[]> {
  const key = identitiesKey(account, region);
  const known = (await needs.facts.recall(key, FACTS_MAX_AGE_MS))?.value as readonly Listed[] | undefined;
  // A remembered list that lacks the domain may be older than the identity: then it is read anew.
  if (!anew && known?.some((one) => one.name === domain)) return known;
  return sharing(needs.learnt, key, () => listIdentities(region, account, client, needs));
}

/** All identities of a region, and remembers them. */
export async function listIdentities(
  region: string,
  account: string,
  client: SesClient,
  needs: { facts: Facts },
): Promise<readonly Listed[]> {
  const all: Listed[] = [];
  let token: string | undefined;
  do {
    const page = await client.call(region, 'ListEmailIdentities', {
      PageSize: 1000,
      ...(token ? { NextToken: token } : {}),
    });
    for (const one of page.EmailIdentities ?? []) {
      if (one.IdentityName)
        all.push({ name: one.IdentityName.toLowerCase(), verified: one.VerificationStatus === 'SUCCESS' });
    }
    token = page.NextToken;
  } while (token);
  await needs.facts.remember(identitiesKey(account, region), all as unknown as Json);
  return all;
}

interface Tenant {
  readonly exists: boolean;
  readonly resources: readonly string[];
}

async function readTenant(region: string, name: string, client: SesClient, learnt: Learnt): Promise<Tenant> {
  const known = learnt.tenants.get(learntKey(region, name));
  if (known) return known;
  return sharing(learnt, `tenant ${region} ${name}`, () => listTenant(region, name, client, learnt));
}

async function listTenant(region: string, name: string, client: SesClient, learnt: Learnt): Promise<Tenant> {
  const resources: string[] = [];
  let token: string | undefined;
  try {
    do {
      const page = await client.call(region, 'ListTenantResources', {
        TenantName: name,
        PageSize: 1000,
        ...(token ? { NextToken: token } : {}),
      });
      resources.push(...(page.TenantResources ?? []).map((one) => one.ResourceArn ?? ''));
      token = page.NextToken;
    } while (token);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'ses.NotFound') throw error;
    const none = { exists: false, resources: [] };
    learnt.tenants.set(learntKey(region, name), none);
    return none;
  }
  const tenant = { exists: true, resources };
  learnt.tenants.set(learntKey(region, name), tenant);
  return tenant;
}

async function readIdentity(
  region: string,
  domain: string,
  client: SesClient,
  learnt: Learnt,
): Promise<IdentityState | undefined> {
  const told = learnt.identities.get(learntKey(region, domain));
  if (told) {
    learnt.identities.delete(learntKey(region, domain));
    return told;
  }
  try {
    return toIdentity(await client.call(region, 'GetEmailIdentity', { EmailIdentity: domain }));
  } catch (error) {
    if (toProblem(error).code === 'ses.NotFound') return undefined;
    throw error;
  }
}

type Shown = Pick<
  GetEmailIdentityCommandOutput,
  | 'VerifiedForSendingStatus'
  | 'DkimAttributes'
  | 'MailFromAttributes'
  | 'ConfigurationSetName'
  | 'Tags'
  | 'VerificationInfo'
>;

/** SES's own words for an identity, in ours. */
export function toIdentity(shown: Shown): IdentityState {
  const dkim = shown.DkimAttributes;
  const mailFrom = shown.MailFromAttributes;
  return {
    verified: shown.VerifiedForSendingStatus ?? false,
    dkim: {
      status: (dkim?.Status ?? 'NOT_STARTED') as SesStatus,
      signing: dkim?.SigningEnabled ?? false,
      origin: dkim?.SigningAttributesOrigin ?? 'AWS_SES',
      tokens: dkim?.Tokens ?? [],
      // Only SDKs and emulators older than the field leave it out.
      hostedZone: (dkim?.SigningHostedZone ?? 'dkim.amazonses.com').toLowerCase(),
      ...(dkim?.LastKeyGenerationTimestamp ? { keysMadeAt: dkim.LastKeyGenerationTimestamp.getTime() } : {}),
      ...(dkim?.CurrentSigningKeyLength ? { keyLength: dkim.CurrentSigningKeyLength } : {}),
      ...(dkim?.NextSigningKeyLength ? { nextKeyLength: dkim.NextSigningKeyLength } : {}),
    },
    ...(mailFrom?.MailFromDomain
      ? {
          mailFrom: {
            name: mailFrom.MailFromDomain.toLowerCase(),
            status: (mailFrom.MailFromDomainStatus ?? 'PENDING') as SesStatus,
            onMxFailure: mailFrom.BehaviorOnMxFailure ?? 'USE_DEFAULT_VALUE',
          },
        }
      : {}),
    ...(shown.ConfigurationSetName ? { configurationSet: shown.ConfigurationSetName } : {}),
    tags: Object.fromEntries((shown.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    ...(shown.VerificationInfo?.LastCheckedTimestamp
      ? { lastCheckedAt: shown.VerificationInfo.LastCheckedTimestamp.getTime() }
      : {}),
    ...(shown.VerificationInfo?.ErrorType ? { error: shown.VerificationInfo.ErrorType } : {}),
  };
}
