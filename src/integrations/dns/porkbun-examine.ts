import { type Diagnosis, toDiagnosis } from '../../core/diagnosis.ts';
import type { Zone } from '../../core/dns-provider.ts';
import { registeredDomain } from '../../core/domain.ts';
import { Problem, toProblem } from '../../core/problem.ts';
import type { PorkbunApi } from './porkbun-api.ts';

const CREDENTIALS = { id: 'porkbun.keys', system: 'porkbun' };

/** Whether Porkbun accepts the keys, how many domains their account has, and whether the API may read and write these names' domains. */
export async function examinePorkbun(
  api: PorkbunApi,
  findZone: (name: string) => Promise<Zone>,
  names: readonly string[],
  now: number,
): Promise<readonly Diagnosis[]> {
  const { keys, listed } = await examineKeys(api);
  if (keys.status !== 'ok') return [keys];
  const domains = [...new Set(names.map(registeredDomain))];
  const found = await Promise.all(domains.map((domain) => examineDomain(domain, findZone)));
  const expiring = listed
    .filter((one) => domains.includes(one.domain.toLowerCase()))
    .flatMap((one) => expiry(one, now));
  return [keys, ...found.flat(), ...expiring];
}

/** A domain of the account, as far as it matters here. */
interface Registered {
  readonly domain: string;
  /** '2027-01-31 12:00:00', UTC. */
  readonly expireDate?: string;
  readonly autoRenew?: string | number | boolean;
}

const SOON_DAYS = 30;

/** A domain that expires soon takes its mail with it. */
function expiry({ domain, expireDate = '', autoRenew }: Registered, now: number): Diagnosis[] {
  const at = Date.parse(`${expireDate.replace(' ', 'T')}Z`);
  const days = Math.floor((at - now) / 86_400_000);
  if (Number.isNaN(at) || days >= SOON_DAYS) return [];
  const renews = ['1', 'yes', 'true'].includes(String(autoRenew));
  const when = days < 0 ? 'has expired' : `expires in ${days} ${days === 1 ? 'day' : 'days'}`;
  return [
    {
      id: 'porkbun.expiry',
      system: 'porkbun',
      about: domain,
      status: 'warning',
      says: `${domain} ${when} (${expireDate.slice(0, 10)}); auto-renewal is ${renews ? 'on' : 'off'}`,
      fix: renews ? 'See that the account can pay for it.' : 'Renew it at Porkbun, or switch auto-renewal on.',
    },
  ];
}

/** The list of domains takes right keys, as every call but ping does. */
async function examineKeys(api: PorkbunApi): Promise<{ keys: Diagnosis; listed: readonly Registered[] }> {
  try {
    const { domains = [] } = await api.read<{ domains?: readonly Registered[] }>('/domain/listAll', { start: '0' });
    const count = `${domains.length}${domains.length >= 1000 ? ' or more' : ''} ${domains.length === 1 ? 'domain' : 'domains'}`;
    const says = `Porkbun accepts the keys; ${count} in their account`;
    return { keys: { ...CREDENTIALS, status: 'ok', says }, listed: domains };
  } catch (error) {
    return { keys: toDiagnosis(toProblem(error), CREDENTIALS), listed: [] };
  }
}

async function examineDomain(domain: string, findZone: (name: string) => Promise<Zone>): Promise<readonly Diagnosis[]> {
  const of = (action: string) => ({
    id: 'porkbun.permission',
    system: 'porkbun',
    about: domain,
    permission: { action },
  });
  const zone = await findZone(domain).catch(toProblem);
  if (zone instanceof Problem) return [toDiagnosis(zone, of('dns/retrieve'))];
  const read = of('dns/retrieve');
  return [
    { ...read, permission: { ...read.permission, proof: 'call' }, status: 'ok', says: 'proved by a call' },
    ...['dns/create', 'dns/edit', 'dns/delete'].map((action) => ({
      ...of(action),
      status: 'unprovable' as const,
      says: 'not provable without writing (--write-test)',
    })),
  ];
}
