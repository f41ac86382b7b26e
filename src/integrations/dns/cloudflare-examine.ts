import { type Diagnosis, toDiagnosis } from '../../core/diagnosis.ts';
import type { Zone } from '../../core/dns-provider.ts';
import { Problem, toProblem } from '../../core/problem.ts';
import type { CloudflareApi } from './cloudflare-api.ts';

interface ListedZone {
  readonly name: string;
  readonly account?: { readonly id?: string; readonly name?: string };
}

const CREDENTIALS = { id: 'cloudflare.token', system: 'cloudflare' };
const GIVE =
  'Give the token Zone:Read and DNS:Edit on the zone (My Profile, API Tokens; of an account’s: Manage Account).';

/** Whether the token lives, of which family it is, which accounts it sees, and what it may do with the zones of these names. */
export async function examineCloudflare(
  api: CloudflareApi,
  findZone: (name: string) => Promise<Zone>,
  names: readonly string[],
): Promise<readonly Diagnosis[]> {
  const [user, listed] = await Promise.all([
    api.tokenStatus(),
    api
      .readPage<ListedZone>('/zones', { per_page: '50' })
      .then(({ result }) => result)
      .catch(toProblem),
  ]);
  if (listed instanceof Problem && !(user === 'active' && listed.code === 'cloudflare.token'))
    return [toDiagnosis(listed, CREDENTIALS)];
  const zones = listed instanceof Problem ? [] : listed;
  const accounts = new Map(zones.flatMap(({ account }) => (account?.id ? [[account.id, account.name ?? '?']] : [])));
  const family = user === undefined ? await ownedBy([...accounts.keys()], api) : { owner: 'user', status: user };
  const token = tokenLine(family, accounts, zones.length);
  if (token.status === 'credentials') return [token];
  const found = await Promise.all(names.map((name) => examineName(api, findZone, name)));
  // Several names lie in one zone.
  const lines = new Map(found.flat().map((line) => [JSON.stringify(line), line]));
  return [token, ...lines.values()];
}

/** The account that owns the token: only its own verify call knows it. */
async function ownedBy(accounts: readonly string[], api: CloudflareApi) {
  const asked = await Promise.all(accounts.map((account) => api.tokenStatus(account)));
  const status = asked.find((one) => one !== undefined);
  return status === undefined ? undefined : { owner: 'account', status };
}

function tokenLine(
  family: { owner: string; status: string } | undefined,
  accounts: ReadonlyMap<string, string>,
  zones: number,
): Diagnosis {
  if (family && family.status !== 'active') {
    const fix = 'Make a new token, or switch this one on again (My Profile, API Tokens).';
    return { ...CREDENTIALS, status: 'credentials', says: `the token is ${family.status}`, fix };
  }
  const kind = family ? `${family.owner} token, active` : 'valid token, of which family can’t be told';
  const seen = [...accounts].map(([id, name]) => `${name} (${id})`).join(' and ');
  const count = zones >= 50 ? '50 zones or more' : `${zones} ${zones === 1 ? 'zone' : 'zones'}`;
  if (zones > 0) return { ...CREDENTIALS, status: 'ok', says: `${kind}; sees ${count} of ${seen}` };
  return { ...CREDENTIALS, status: 'warning', says: `${kind}; sees no zone`, fix: GIVE };
}

async function examineName(api: CloudflareApi, findZone: (name: string) => Promise<Zone>, name: string) {
  const of = (action: string, zone?: Zone) => ({
    id: 'cloudflare.permission',
    system: 'cloudflare',
    about: zone?.name ?? name,
    permission: { action },
  });
  const zone = await findZone(name).catch(toProblem);
  if (zone instanceof Problem) return [toDiagnosis(zone, of('Zone:Read'))];
  const read = await api.readPage(`/zones/${zone.id}/dns_records`, { per_page: '1' }).then(() => undefined, toProblem);
  const lines: Diagnosis[] = [proved(of('Zone:Read', zone))];
  if (read?.code === 'cloudflare.token')
    return [...lines, { ...of('DNS:Read', zone), status: 'refused' as const, says: read.message, fix: GIVE }];
  if (read) return [...lines, toDiagnosis(read, of('DNS:Read', zone))];
  const unprovable = { status: 'unprovable' as const, says: 'not provable without writing (--write-test)' };
  return [...lines, proved(of('DNS:Read', zone)), { ...of('DNS:Edit', zone), ...unprovable }];
}

function proved(line: Omit<Diagnosis, 'status' | 'says'>): Diagnosis {
  const permission = { action: '', ...line.permission, proof: 'call' as const };
  return { ...line, permission, status: 'ok', says: 'proved by a call' };
}
