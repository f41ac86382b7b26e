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
): Promise<readonly Diagnosis[]> {
  const keys = await examineKeys(api);
  if (keys.status !== 'ok') return [keys];
  const domains = [...new Set(names.map(registeredDomain))];
  const found = await Promise.all(domains.map((domain) => examineDomain(domain, findZone)));
  return [keys, ...found.flat()];
}

/** The list of domains takes right keys, as every call but ping does. */
async function examineKeys(api: PorkbunApi): Promise<Diagnosis> {
  try {
    const { domains = [] } = await api.read<{ domains?: readonly unknown[] }>('/domain/listAll', { start: '0' });
    const count = `${domains.length}${domains.length >= 1000 ? ' or more' : ''} ${domains.length === 1 ? 'domain' : 'domains'}`;
    return { ...CREDENTIALS, status: 'ok', says: `Porkbun accepts the keys; ${count} in their account` };
  } catch (error) {
    return toDiagnosis(toProblem(error), CREDENTIALS);
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
