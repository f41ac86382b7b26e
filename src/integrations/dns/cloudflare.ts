import * as z from 'zod';
import type { LiveRecord } from '../../core/dns.ts';
import type { DnsProvider, Zone } from '../../core/dns-provider.ts';
import { ancestors, registeredDomain } from '../../core/domain.ts';
import { Problem } from '../../core/problem.ts';
import { decodeTxt, encodeTxt } from '../../core/records/txt.ts';
import type { Change } from '../../core/resource.ts';
import { type CloudflareApi, openCloudflareApi } from './cloudflare-api.ts';
import { examineCloudflare } from './cloudflare-examine.ts';
import type { DnsProviderNeeds } from './provider-file.ts';

export const name = 'cloudflare';
export const title = 'Cloudflare';
export const credentials = 'an API token with Zone:Read and DNS:Edit on the zones (My Profile, API Tokens)';
export const serves = (nameServer: string) => /\.ns\.cloudflare\.com$/.test(nameServer);

/** Settings, their environment names, and whether they are secret. */
export const settings = z.strictObject({
  token: z
    .string()
    .min(1)
    .meta({ env: 'CLOUDFLARE_API_TOKEN', secret: true, title: 'API token with Zone:Read and DNS:Edit on the zones' }),
  endpoint: z
    .url()
    .default('https://api.cloudflare.com/client/v4')
    .meta({ env: 'CLOUDFLARE_BASE_URL', title: 'API address' }),
});

interface ZoneObject {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly name_servers?: readonly string[];
  readonly account?: { readonly id?: string; readonly name?: string };
  readonly plan?: { readonly legacy_id?: string };
}

interface RecordObject {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content?: string;
  readonly priority?: number;
  readonly ttl: number;
  readonly proxied?: boolean;
  readonly comment?: string | null;
  readonly meta?: { readonly read_only?: boolean; readonly email_routing?: boolean };
}

/** Record changes as the planner makes them (see merge-change.ts). */
interface RecordData {
  readonly id?: string;
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly preference?: number;
  readonly ttl: number | 'auto';
  readonly comment?: string;
  readonly proxied?: boolean;
}

/** Cloudflare API v4: one zone look-up, one list, one batch. Source: developers.cloudflare.com/api (DNS records, batch). */
export function open(
  config: z.infer<typeof settings>,
  needs: Pick<DnsProviderNeeds, 'clock' | 'timeoutMs' | 'account' | 'zone'>,
): DnsProvider {
  const api = openCloudflareApi(config, needs);
  const zones = new Map<string, Promise<Zone>>();
  const provider: DnsProvider = {
    name,
    limits: {
      by: 'us',
      unit: 'record',
      reads: 'zone',
      minTtl: 60,
      maxTtl: 86_400,
      txtBytes: 2048,
      batch: 200,
      marker: 'comment',
      apexCname: 'flattened',
    },
    findZone(domain) {
      const known = zones.get(domain) ?? findZone(api, domain, needs);
      zones.set(domain, known);
      // What could not be found out is asked again.
      known.catch(() => zones.delete(domain));
      return known;
    },
    zones: () => listZones(api, needs.account),
    records: (zone) => listRecords(api, zone),
    async apply(zone, changes, report) {
      for (let from = 0; from < changes.length; from += zone.batch ?? 200) {
        const chunk = changes.slice(from, from + (zone.batch ?? 200));
        for (const change of chunk) report.start(change.id);
        await api.write('POST', `/zones/${zone.id}/dns_records/batch`, batchOf(chunk));
        for (const change of chunk) report.outcome(change.id, { status: 'done' });
      }
    },
    examine: (names) => examineCloudflare(api, provider.findZone, names),
  };
  return provider;
}

/** The zone that holds the name: candidates are asked in one go, the longest that exists wins. */
async function findZone(
  api: CloudflareApi,
  domain: string,
  { account, zone: wanted }: Pick<DnsProviderNeeds, 'account' | 'zone'>,
): Promise<Zone> {
  const top = registeredDomain(domain);
  const candidates = [domain, ...ancestors(domain)].filter((one) => one === top || one.endsWith(`.${top}`));
  const found = await Promise.all(
    candidates.map((candidate) =>
      api.read<ZoneObject[]>('/zones', {
        name: candidate,
        per_page: '50',
        ...(account ? { 'account.id': account } : {}),
      }),
    ),
  );
  // The zone that the profile names counts wherever it holds the name, also below a longer one.
  const named = found.flat().filter((one) => one.id === wanted);
  const zones = named.length > 0 ? named : (found.find((list) => list.length > 0) ?? []);
  const [zone, twin] = zones;
  if (!zone) {
    const status = await api.tokenState();
    throw new Problem(
      'conflict',
      'cloudflare.no-zone',
      `Cloudflare: no zone for ${domain} (asked for ${candidates.join(', ')}); ${status}.`,
      {
        fix: 'Add the domain at Cloudflare, give the token access to its zone, or choose another DNS provider with --dns.',
      },
    );
  }
  if (twin) {
    const accounts = zones.map((one) => `${one.account?.name ?? '?'} (${one.account?.id ?? '?'})`).join(' and ');
    throw new Problem(
      'conflict',
      'cloudflare.twin-zones',
      `Cloudflare: the token sees ${zones.length} zones named ${zone.name}, in ${accounts}.`,
      {
        fix: 'Name the account in the profile (dns.account), or the zone’s id (dns.zone).',
      },
    );
  }
  return toZone(zone);
}

async function listZones(api: CloudflareApi, account: string | undefined): Promise<Zone[]> {
  const all: ZoneObject[] = [];
  for (let page = 1; ; page += 1) {
    const { result, pages } = await api.readPage<ZoneObject>('/zones', {
      page: String(page),
      per_page: '50',
      ...(account ? { 'account.id': account } : {}),
    });
    all.push(...result);
    if (page >= pages || result.length === 0) return all.map(toZone);
  }
}

function toZone(zone: ZoneObject): Zone {
  return {
    id: zone.id,
    name: zone.name,
    account: `${zone.account?.name ?? 'unnamed'} (${zone.account?.id ?? 'unknown'})`,
    nameServers: (zone.name_servers ?? []).map((server) => server.toLowerCase()),
    batch: zone.plan?.legacy_id === undefined || zone.plan.legacy_id === 'free' ? 200 : 3500,
  };
}

/** Zones of ordinary size come in one page; larger ones page by page until all are there. */
async function listRecords(api: CloudflareApi, zone: Zone): Promise<LiveRecord[]> {
  const all: RecordObject[] = [];
  for (let page = 1; ; page += 1) {
    const { result, pages } = await api.readPage<RecordObject>(`/zones/${zone.id}/dns_records`, {
      page: String(page),
      per_page: '5000',
    });
    all.push(...result);
    if (page >= pages || result.length === 0) return all.map(toLive);
  }
}

function toLive(record: RecordObject): LiveRecord {
  const type = record.type;
  const content = record.content ?? '';
  return {
    id: record.id,
    name: record.name.toLowerCase(),
    type,
    value: type === 'TXT' ? decodeTxt(content) : content.toLowerCase().replace(/\.$/, ''),
    ...(record.priority !== undefined && type === 'MX' ? { preference: record.priority } : {}),
    ttl: record.ttl === 1 ? 'auto' : record.ttl,
    ...(record.comment ? { comment: record.comment } : {}),
    ...(record.proxied ? { proxied: true } : {}),
    ...(record.meta?.read_only
      ? { readOnly: record.meta.email_routing ? 'managed by Cloudflare Email Routing' : 'managed by Cloudflare' }
      : {}),
  };
}

/** One transaction in Cloudflare's fixed order: deletes, patches, posts. Updates are patches: what they do not name is kept. */
function batchOf(changes: readonly Change[]) {
  const of = (verb: Change['verb']) => changes.filter((change) => change.verb === verb);
  const before = (change: Change) => change.before as unknown as RecordData;
  return {
    deletes: of('delete').map((change) => ({ id: before(change).id })),
    patches: of('update').map((change) => ({ id: before(change).id, ...body(change.after as unknown as RecordData) })),
    posts: of('create').map((change) => body(change.after as unknown as RecordData)),
  };
}

function body(data: RecordData) {
  return {
    name: data.name,
    type: data.type,
    // A null MX (RFC 7505) is the root.
    content: data.type === 'TXT' ? encodeTxt(data.value) : data.value === '' && data.type === 'MX' ? '.' : data.value,
    ttl: data.ttl === 'auto' ? 1 : data.ttl,
    ...(data.preference === undefined ? {} : { priority: data.preference }),
    // Answered by Cloudflare itself, a name of mail is of no use; said explicitly, because accounts may default to it.
    ...(['A', 'AAAA', 'CNAME'].includes(data.type) ? { proxied: data.proxied ?? false } : {}),
    ...(data.comment === undefined ? {} : { comment: data.comment.slice(0, 100) }),
  };
}
