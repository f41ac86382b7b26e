import * as z from 'zod';
import { type LiveRecord, sameData } from '../../core/dns.ts';
import type { DnsProvider, Zone } from '../../core/dns-provider.ts';
import { registeredDomain } from '../../core/domain.ts';
import { Problem, toProblem } from '../../core/problem.ts';
import { decodeTxt, fromBytes } from '../../core/records/txt.ts';
import type { Change, Report } from '../../core/resource.ts';
import { openPorkbunApi, type PorkbunApi } from './porkbun-api.ts';
import { examinePorkbun } from './porkbun-examine.ts';
import type { DnsProviderNeeds } from './provider-file.ts';

export const name = 'porkbun';
export const title = 'Porkbun';
export const credentials = 'an API key and its secret (Account, API Access), and API ACCESS switched on for the domain';

/** Settings, their environment names, and whether they are secret. */
export const settings = z.strictObject({
  apiKey: z.string().min(1).meta({ env: 'PORKBUN_API_KEY', secret: true, title: 'Porkbun API key (pk1_…)' }),
  secretApiKey: z.string().min(1).meta({ env: 'PORKBUN_SECRET_API_KEY', secret: true, title: 'Its secret (sk1_…)' }),
  endpoint: z
    .url()
    .default('https://api.porkbun.com/api/json/v3')
    .meta({ env: 'PORKBUN_BASE_URL', title: 'Porkbun API address' }),
});

export const serves = (nameServer: string) => /\.(ns\.)?porkbun\.com$/.test(nameServer);

/** The servers that answer for every domain whose DNS is at Porkbun. */
const NAME_SERVERS = ['curitiba', 'fortaleza', 'maceio', 'salvador'].map((city) => `${city}.ns.porkbun.com`);

const textOrNumber = z.union([z.string(), z.number()]);

/** Everything is a string on reading; older answers hold numbers and nulls in places. */
const recordSchema = z.object({
  id: textOrNumber,
  name: z.string(),
  type: z.string(),
  content: textOrNumber.nullish(),
  ttl: textOrNumber.nullish(),
  prio: textOrNumber.nullish(),
  notes: z.string().nullish(),
});
const zoneSchema = z.object({ records: z.array(recordSchema) });
type RecordObject = z.infer<typeof recordSchema>;

/** A zone is the registered domain; a read of it within this time serves the look that follows the search for it. */
const FRESH_MS = 5000;

/** Porkbun's DNS: one call reads a zone, one call writes a record. Source: porkbun.com/api/json/v3/spec (dns). */
export function open(config: z.infer<typeof settings>, needs: DnsProviderNeeds): DnsProvider {
  const api = openPorkbunApi(config, needs);
  const zones = new Map<string, Promise<Zone>>();
  const fresh = new Map<string, { at: number; records: readonly LiveRecord[] }>();

  async function retrieve(zone: string): Promise<readonly LiveRecord[]> {
    const answer = zoneSchema.safeParse(await api.read(`/dns/retrieve/${zone}`));
    if (answer.success) return answer.data.records.map(toLive);
    // An answer of another form is no empty zone.
    const [issue] = answer.error.issues;
    throw new Problem(
      'unknown',
      'porkbun.answer',
      `Porkbun, dns/retrieve/${zone}: an answer of an unknown form (${issue?.path.join('.')}: ${issue?.message}).`,
      { fix: 'Run again; if it stays, a newer version of Mailwright may know it.', retry: {} },
    );
  }

  const provider: DnsProvider = {
    name,
    limits: {
      by: 'us',
      unit: 'record',
      reads: 'zone',
      minTtl: 600,
      maxTtl: 86_400,
      txtBytes: 2048,
      batch: 1,
      marker: 'comment',
      apexCname: 'refused',
    },
    findZone(domain) {
      const zone = registeredDomain(domain);
      const known =
        zones.get(zone) ??
        // The call that says whether the domain is there brings its records.
        retrieve(zone).then((records): Zone => {
          fresh.set(zone, { at: needs.clock.now(), records });
          return {
            id: zone,
            name: zone,
            account: `of the API key …${config.apiKey.slice(-4)}`,
            nameServers: NAME_SERVERS,
          };
        });
      zones.set(zone, known);
      // What could not be found out is asked again.
      known.catch(() => zones.delete(zone));
      return known;
    },
    async zones() {
      return (await listDomains(api)).map((zone) => ({
        id: zone,
        name: zone,
        account: `of the API key …${config.apiKey.slice(-4)}`,
        nameServers: NAME_SERVERS,
      }));
    },
    async records(zone) {
      const known = fresh.get(zone.name);
      fresh.delete(zone.name);
      if (known && needs.clock.now() - known.at < FRESH_MS) return known.records;
      return retrieve(zone.name);
    },
    async apply(zone, changes, report) {
      // Each is a call of its own, and they have to keep the pace.
      const until = needs.clock.now() + changes.length * 1000;
      if (changes.length > 2) report.waiting?.(`Porkbun to take ${changes.length} changes, one a second`, until);
      await applyEach(zone, inOrder(changes), report, { api, retrieve });
    },
    examine: (names) => examinePorkbun(api, provider.findZone, names, needs.clock.now()),
  };
  return provider;
}

async function listDomains(api: PorkbunApi): Promise<string[]> {
  const all: string[] = [];
  for (let start = 0; ; start += 1000) {
    const { domains = [] } = await api.read<{ domains?: readonly { domain: string }[] }>('/domain/listAll', {
      start: String(start),
    });
    all.push(...domains.map(({ domain }) => domain.toLowerCase()));
    if (domains.length < 1000) return all;
  }
}

function toLive(record: RecordObject): LiveRecord {
  const { type } = record;
  const content = String(record.content ?? '');
  return {
    id: String(record.id),
    name: record.name.toLowerCase().replace(/\.$/, ''),
    type,
    value: type === 'TXT' ? decodeTxt(content) : content.toLowerCase().replace(/\.$/, ''),
    // Any record has a priority here; it means something to MX alone.
    ...(type === 'MX' ? { preference: Number(record.prio ?? 0) } : {}),
    ttl: Number(record.ttl ?? 600),
    ...(record.notes ? { comment: record.notes } : {}),
  };
}

/**
 * There is no transaction: what is new comes before what goes, so that a run which is cut off leaves no hole; but where a CNAME
 * and other records take each other's place, the old ones must go first.
 */
function inOrder(changes: readonly Change[]): readonly Change[] {
  const aliases = new Set(
    changes.filter((change) => dataOf(change).type === 'CNAME').map((change) => dataOf(change).name),
  );
  const rank = (change: Change) => {
    if (change.verb === 'delete') return aliases.has(dataOf(change).name) ? 0 : 3;
    return change.verb === 'create' ? 1 : 2;
  };
  return changes.toSorted((a, b) => rank(a) - rank(b));
}

function dataOf(change: Change): LiveRecord {
  return (change.after ?? change.before) as unknown as LiveRecord;
}

/** One after the other, to the first that fails: what was not tried is said to be so. */
async function applyEach(
  zone: Zone,
  changes: readonly Change[],
  report: Report,
  { api, retrieve }: { api: PorkbunApi; retrieve: (zone: string) => Promise<readonly LiveRecord[]> },
): Promise<void> {
  let broken: string | undefined;
  for (const change of changes) {
    if (broken !== undefined) {
      const message = `not tried, because ${broken} went wrong`;
      report.outcome(change.id, { status: 'failed', problem: { code: 'dns.not-tried', kind: 'retry', message } });
      continue;
    }
    report.start(change.id);
    try {
      const [path, body] = callOf(zone, change);
      const took = async () => isThere(change, await retrieve(zone.name));
      await api.write(path, body, took).catch(async (error: unknown) => {
        // An edit that changes nothing is refused: somebody may have made it already.
        if (toProblem(error).code !== 'dns.moved' || change.verb !== 'update' || !(await took())) throw error;
      });
      report.outcome(change.id, { status: 'done' });
    } catch (error) {
      broken = change.what;
      report.outcome(change.id, { status: 'failed', problem: toProblem(error).toJSON() });
    }
  }
}

/** Whether a change took place, whatever its answer was. */
function isThere(change: Change, live: readonly LiveRecord[]): boolean {
  const before = change.before as unknown as LiveRecord | undefined;
  if (change.after === undefined) return !live.some((record) => record.id === before?.id);
  const after = change.after as unknown as LiveRecord;
  if (before === undefined) return live.some((record) => sameData(record, after));
  const now = live.find((record) => record.id === before.id);
  const noted = after.comment === undefined || (now?.comment ?? '') === after.comment;
  const timed = after.ttl === 'auto' || after.ttl === before.ttl || now?.ttl === after.ttl;
  return now !== undefined && sameData(now, after) && noted && timed;
}

function callOf(zone: Zone, change: Change): [path: string, body: Readonly<Record<string, unknown>>] {
  const before = change.before as unknown as LiveRecord | undefined;
  if (change.after === undefined) return [`/dns/delete/${zone.name}/${before?.id}`, {}];
  const after = change.after as unknown as LiveRecord;
  const body = {
    // The bare part below the zone is written, the full name is read back.
    name: after.name === zone.name ? '' : after.name.slice(0, -zone.name.length - 1),
    type: after.type,
    content:
      after.type === 'TXT' ? fromBytes(after.value) : after.value === '' && after.type === 'MX' ? '.' : after.value,
    ...(after.ttl === 'auto' ? {} : { ttl: String(after.ttl) }),
    ...(after.type === 'MX' ? { prio: String(after.preference ?? 0) } : {}),
    // Left out, a note stays what it is; empty, it goes.
    ...(after.comment === undefined ? {} : { notes: after.comment }),
  };
  return before ? [`/dns/edit/${zone.name}/${before.id}`, body] : [`/dns/create/${zone.name}`, body];
}
