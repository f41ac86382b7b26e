import { type Consents, type DomainSpec, NO_CONSENTS, type SesSpec } from '../../core/domain-spec.ts';
import type { Json, Problem } from '../../core/problem.ts';
import type { Findings, Owned } from '../../core/resource.ts';
import { planSes } from './plan/plan.ts';
import type { IdentityState, RegionState, SesState } from './state.ts';

export const DOMAIN = 'example.com';
export const ACCOUNT = '111122223333';

export function spec(ses: Partial<SesSpec> = {}, more: Partial<DomainSpec> = {}): DomainSpec {
  return {
    domain: DOMAIN,
    dmarc: { policy: 'none', rua: [], ruf: [], reports: 'keep' },
    spf: { root: 'keep', include: ['amazonses.com'] },
    ses: {
      regions: ['us-east-1', 'us-west-2'],
      tenantFromProfile: false,
      dkim: 'replicated',
      mailFrom: 'per-region',
      ...ses,
    },
    dns: { provider: 'cloudflare' },
    ttl: 3600,
    consents: NO_CONSENTS,
    ...more,
  };
}

export function identity(
  region: string,
  more: { origin?: string; status?: IdentityState['dkim']['status']; dkim?: Partial<IdentityState['dkim']> } & Partial<
    Omit<IdentityState, 'dkim'>
  > = {},
): IdentityState {
  const { origin = 'AWS_SES', status = 'SUCCESS', dkim, ...rest } = more;
  return {
    verified: status === 'SUCCESS',
    dkim: {
      status,
      signing: true,
      origin,
      tokens: [1, 2, 3].map((n) => `t${n}${region.replaceAll('-', '')}`),
      hostedZone: 'dkim.amazonses.com',
      ...dkim,
    },
    tags: {},
    ...rest,
  };
}

export function region(name: string, more: Partial<RegionState> = {}): RegionState {
  return {
    region: name,
    account: { production: true, enforcement: 'HEALTHY', sending: true, readAt: 0 },
    relatives: [],
    neighbours: [],
    ...more,
  };
}

export function state(
  regions: readonly (RegionState | [string, Problem])[],
  names: SesState['mailFromNames'] = new Map(),
  more: Partial<SesState> = {},
): SesState {
  return {
    caller: { account: ACCOUNT, arn: 'arn:aws:iam::111122223333:user/x' },
    regions: new Map<string, RegionState | Problem>(
      regions.map((one) => (Array.isArray(one) ? one : [one.region, one])),
    ),
    mailFromNames: names,
    mailFromHosts: new Map(),
    at: Date.UTC(2026, 0, 10),
    ...more,
  };
}

/** A ledger that holds these entries. */
export function owns(entries: Readonly<Record<string, Json>> = {}): Owned {
  return { get: (id) => entries[id], entries: () => Object.entries(entries) };
}

/** The plan for a spec over a state, by the installation 'home'. */
export function plan(wish: DomainSpec, live: SesState, home = 'home', owned = owns()): Findings {
  return planSes(wish, live, home, owned);
}

/** A key of one's own, as a look shows it; its record's id. */
export const KEY = { selector: 'mailwright', keyFile: '/keys/dkim.pem', publicKey: 'MIIBPUBLIC' };
export const KEY_RECORD = `dns mailwright._domainkey.${DOMAIN} TXT`;
/** What makes an identity sign with that key. */
export const own = { origin: 'EXTERNAL', dkim: { tokens: ['mailwright'] } };

/** A MAIL FROM that SES accepts. */
export function accepted(name: string): NonNullable<IdentityState['mailFrom']> {
  return { name, status: 'SUCCESS', onMxFailure: 'USE_DEFAULT_VALUE' };
}

/** The identity of us-east-1, with its MAIL FROM. */
export function east(more: Parameters<typeof identity>[1] = {}): IdentityState {
  return identity('us-east-1', { mailFrom: accepted(`mail.${DOMAIN}`), ...more });
}

/** The identity of us-west-2, with its MAIL FROM. */
export function west(more: Parameters<typeof identity>[1] = {}): IdentityState {
  return identity('us-west-2', { mailFrom: accepted(`mail-us-west-2.${DOMAIN}`), ...more });
}

/** Both regions as one look shows them. */
export function both(a?: IdentityState, b?: IdentityState, more: Partial<SesState> = {}): SesState {
  return state(
    [region('us-east-1', a ? { identity: a } : {}), region('us-west-2', b ? { identity: b } : {})],
    new Map(),
    more,
  );
}

/** A spec for both regions, with what a person allows. */
export function wish(ses: Partial<SesSpec> = {}, consents: Partial<Consents> = {}): DomainSpec {
  const { selector, keyFile } = KEY;
  return spec(ses, {
    consents: { ...NO_CONSENTS, ...consents },
    ...(ses.dkim === 'byodkim' ? { dkim: { selector, keyFile } } : {}),
  });
}
