import type { HostedZone, ResourceRecordSet, RRType, Change as SetChange } from '@aws-sdk/client-route-53';
import * as z from 'zod';
import { type LiveRecord, sameData } from '../../core/dns.ts';
import type { DnsProvider, Zone } from '../../core/dns-provider.ts';
import { registeredDomain } from '../../core/domain.ts';
import { Problem } from '../../core/problem.ts';
import type { Change } from '../../core/resource.ts';
import type { DnsProviderNeeds } from './provider-file.ts';
import { openRoute53Api, type Route53Api } from './route53-api.ts';
import { examineRoute53 } from './route53-examine.ts';
import { decodeName, encodeValue, toRecords } from './route53-sets.ts';

export const name = 'route53';
export const title = 'Route 53';
export const credentials =
  'AWS credentials with the rights of docs/dns/route53.md: those of SES, or others (ROUTE53_…)';

/** Settings, their environment names, and whether they are secret. Without any of them the credentials of SES are used. */
export const settings = z.strictObject({
  profile: z
    .string()
    .meta({ env: 'ROUTE53_AWS_PROFILE', title: 'AWS profile for Route 53, where it is not in the account of SES' })
    .optional(),
  accessKeyId: z.string().meta({ env: 'ROUTE53_ACCESS_KEY_ID', title: 'Access key for Route 53, likewise' }).optional(),
  secretAccessKey: z
    .string()
    .meta({ env: 'ROUTE53_SECRET_ACCESS_KEY', secret: true, title: 'Secret key for Route 53' })
    .optional(),
  endpoint: z
    .url()
    .meta({
      env: 'AWS_ENDPOINT_URL_ROUTE_53',
      fallback: 'AWS_ENDPOINT_URL',
      title: 'Route 53 address, where it is not AWS’s own',
    })
    .optional(),
});

export const serves = (nameServer: string) => /\.awsdns-\d+\.(com|net|org|co\.uk)$/.test(nameServer);

/** Records in one call, and characters of their values; what replaces a set counts as it goes and as it comes. */
const BATCH_RECORDS = 1000;
const BATCH_CHARACTERS = 32_000;

/** Amazon Route 53: sets of records, changed by deleting exactly what was read and creating what is wanted, in one transaction. */
export async function open(config: z.infer<typeof settings>, needs: DnsProviderNeeds): Promise<DnsProvider> {
  const own = config.accessKeyId !== undefined || config.profile !== undefined;
  if ((config.accessKeyId === undefined) !== (config.secretAccessKey === undefined)) throw halfKey(config);
  const { accessKeyId: _id, secretAccessKey: _key, sessionToken: _token, profile: _profile, ...rest } = needs.aws;
  const aws = own ? { ...rest, ...config } : needs.aws;
  const api = await openRoute53Api(aws, config.endpoint, needs);
  const zones = new Map<string, Promise<Zone>>();
  /** The sets as they were last read: what a change expects to find. */
  const seen = new Map<string, readonly ResourceRecordSet[]>();
  let account: Promise<string> | undefined;
  const accountOf = () => {
    account ??= api.account().then((id) => rightAccount(id, needs.account));
    return account;
  };

  const provider: DnsProvider = {
    name,
    limits: {
      by: 'us',
      unit: 'set',
      reads: 'zone',
      minTtl: 1,
      maxTtl: 86_400,
      // 4,000 characters of a value, quotes and escapes included.
      txtBytes: 3900,
      batch: BATCH_RECORDS,
      marker: 'none',
      apexCname: 'refused',
    },
    findZone(domain) {
      const known =
        zones.get(domain) ?? accountOf().then(async (id) => toZone(api, await chooseZone(api, domain, needs.zone), id));
      zones.set(domain, known);
      // What could not be found out is asked again.
      known.catch(() => {
        zones.delete(domain);
        account = undefined;
      });
      return known;
    },
    async zones() {
      const id = await accountOf();
      const all = (await api.zones()).filter((zone) => !zone.Config?.PrivateZone);
      return all.map((zone) => ({
        id: idOf(zone),
        name: decodeName(zone.Name ?? ''),
        account: `AWS ${id}`,
        nameServers: [],
      }));
    },
    async records(zone) {
      const sets = await api.sets(zone.id);
      seen.set(zone.id, sets);
      return sets.flatMap(toRecords);
    },
    async apply(zone, changes, report) {
      const sets = seen.get(zone.id) ?? (await api.sets(zone.id));
      for (const batch of batchesOf(changes, sets)) {
        for (const change of batch.made) report.start(change.id);
        await api.change(zone.id, batch.sets, (what, until) => report.waiting?.(what, until));
        for (const change of batch.made) report.outcome(change.id, { status: 'done' });
      }
    },
    examine: (names) => examineRoute53(aws, api, { wanted: needs.account, findZone: provider.findZone }, names),
  };
  return provider;
}

function halfKey({ accessKeyId }: z.infer<typeof settings>): Problem {
  const [set, unset] = ['ROUTE53_ACCESS_KEY_ID', 'ROUTE53_SECRET_ACCESS_KEY'];
  const [there, missing] = accessKeyId === undefined ? [unset, set] : [set, unset];
  return new Problem('account', 'route53.half-key', `${there} is set, ${missing} is not.`, {
    fix: 'Set both, or neither to use the credentials of SES.',
  });
}

function rightAccount(id: string, wanted: string | undefined): string {
  if (wanted === undefined || wanted === id) return id;
  if (id === 'unknown') {
    throw new Problem(
      'unknown',
      'route53.account-unknown',
      'Route 53: whose the credentials are can’t be asked (STS gives no answer).',
      {
        fix: 'Run again; dns.account can’t be compared meanwhile.',
        retry: {},
      },
    );
  }
  throw new Problem(
    'account',
    'route53.account',
    `Route 53: the credentials are of account ${id}, the profile says ${wanted} (dns.account).`,
    { fix: 'Use credentials of that account (ROUTE53_AWS_PROFILE or ROUTE53_ACCESS_KEY_ID), or correct dns.account.' },
  );
}

/** The public zone that holds the name, the longest suffix first: one call lists all that could. */
async function chooseZone(api: Route53Api, domain: string, wanted: string | undefined): Promise<HostedZone> {
  const all = await api.zonesFrom(registeredDomain(domain));
  const isPublic = all.filter((zone) => !zone.Config?.PrivateZone);
  const holding = (zones: readonly HostedZone[]) =>
    zones
      .map((zone) => ({ zone, name: decodeName(zone.Name ?? '') }))
      .filter((one) => domain === one.name || domain.endsWith(`.${one.name}`))
      .toSorted((a, b) => b.name.length - a.name.length);
  const [first] = holding(isPublic);
  if (!first) {
    const hidden = holding(all).length > 0 ? ' but a private one, which nobody outside sees' : '';
    throw new Problem('conflict', 'route53.no-zone', `Route 53: no zone for ${domain}${hidden}.`, {
      fix: 'Create a public hosted zone, use credentials of the account that has it (ROUTE53_AWS_PROFILE), or choose who serves it with --dns.',
    });
  }
  const twins = holding(isPublic).filter((one) => one.name === first.name);
  // The zone that the profile names counts wherever it holds the name, also below a longer one.
  const named = holding(isPublic).find((one) => idOf(one.zone) === wanted);
  if (named) return named.zone;
  if (twins.length === 1) return first.zone;
  const shown = await Promise.all(
    twins.map(async ({ zone }) => `${idOf(zone)} (${(await api.nameServers(idOf(zone))).join(', ')})`),
  );
  throw new Problem(
    'conflict',
    'route53.twin-zones',
    `Route 53: there are ${twins.length} public zones named ${first.name}: ${shown.join(' and ')}${wanted === undefined ? '' : `; none is ${wanted} (dns.zone)`}.`,
    { fix: 'Name the one that the registrar delegates to in the profile (dns.zone: its id), or delete the other.' },
  );
}

async function toZone(api: Route53Api, zone: HostedZone, account: string): Promise<Zone> {
  const id = idOf(zone);
  return {
    id,
    name: decodeName(zone.Name ?? ''),
    account: `AWS ${account}`,
    nameServers: await api.nameServers(id),
  };
}

function idOf(zone: HostedZone): string {
  return (zone.Id ?? '').replace(/^\/hostedzone\//, '');
}

interface Batch {
  readonly made: readonly Change[];
  readonly sets: readonly SetChange[];
}

/** The changes as batches of whole names, all deletions before what is created, so that a CNAME and others can take each other's place. */
function batchesOf(changes: readonly Change[], sets: readonly ResourceRecordSet[]): readonly Batch[] {
  const names = [...Map.groupBy(changes, (change) => dataOf(change).name).values()].map((made) => ({
    made,
    sets: [...Map.groupBy(made, (change) => dataOf(change).type)].flatMap(([type, ofType]) =>
      changeSet(type, ofType, sets),
    ),
  }));
  const batches: { made: Change[]; sets: SetChange[] }[] = [];
  for (const one of names) {
    const last = batches.at(-1);
    const fits = last && [...last.sets, ...one.sets];
    if (last && fits && weigh(fits).records <= BATCH_RECORDS && weigh(fits).characters <= BATCH_CHARACTERS) {
      last.made.push(...one.made);
      last.sets.push(...one.sets);
    } else batches.push({ made: [...one.made], sets: [...one.sets] });
  }
  const deletesFirst = (set: SetChange) => (set.Action === 'DELETE' ? 0 : 1);
  return batches.map(({ made, sets }) => ({ made, sets: sets.toSorted((a, b) => deletesFirst(a) - deletesFirst(b)) }));
}

function weigh(sets: readonly SetChange[]): { records: number; characters: number } {
  const values = sets.flatMap((set) => set.ResourceRecordSet?.ResourceRecords ?? []);
  return { records: values.length, characters: values.reduce((sum, one) => sum + (one.Value?.length ?? 0), 0) };
}

/** One set from what was read to what it is to be. Values that no change names stay byte for byte. */
function changeSet(type: string, changes: readonly Change[], sets: readonly ResourceRecordSet[]): SetChange[] {
  const [first] = changes;
  const name = first ? dataOf(first).name : '';
  const old = sets.find((set) => decodeName(set.Name ?? '') === name && set.Type === type);
  if (old?.AliasTarget || old?.SetIdentifier !== undefined) throw lockedProblem(name, type);
  let values = (old?.ResourceRecords ?? []).map(({ Value = '' }, index) => ({
    text: Value,
    record: old ? toRecords(old)[index] : undefined,
    stays: true,
  }));
  let ttl = old?.TTL;
  for (const change of changes) {
    const before = change.before as unknown as LiveRecord | undefined;
    const after = change.after as unknown as LiveRecord | undefined;
    const at = before ? values.findIndex(({ record }) => record && sameData(record, before)) : -1;
    if (before && at < 0) throw movedProblem(name, type);
    if (before && after) {
      values = values.with(at, {
        text: sameData(before, after) ? (values[at]?.text ?? '') : encodeValue(after),
        record: after,
        stays: true,
      });
      if (after.ttl !== before.ttl) ttl = secondsOf(after);
    } else if (after) {
      values = [...values, { text: encodeValue(after), record: after, stays: false }];
    } else values = values.toSpliced(at, 1);
  }
  // A set has one TTL: what joins one takes its, and what takes the place of all of it brings its own.
  const [joining] = values;
  if (joining?.record && values.every(({ stays }) => !stays)) ttl = secondsOf(joining.record);
  const set = (records: readonly string[], seconds: number | undefined): ResourceRecordSet => ({
    Name: old?.Name ?? `${name}.`,
    Type: type as RRType,
    TTL: seconds,
    ResourceRecords: records.map((Value) => ({ Value })),
  });
  return [
    ...(old ? [{ Action: 'DELETE' as const, ResourceRecordSet: old }] : []),
    ...(values.length > 0
      ? [
          {
            Action: 'CREATE' as const,
            ResourceRecordSet: set(
              values.map(({ text }) => text),
              ttl,
            ),
          },
        ]
      : []),
  ];
}

function lockedProblem(name: string, type: string): Problem {
  return new Problem('conflict', 'dns.read-only', `Route 53: ${name} ${type} is an alias or has a routing policy.`, {
    fix: 'Replace it by a plain set in the Route 53 console, or leave it as it is.',
  });
}

function movedProblem(name: string, type: string): Problem {
  return new Problem('retry', 'dns.moved', `Route 53: ${name} ${type} has changed since it was read.`, {
    fix: 'Run again: it is planned anew.',
    retry: {},
  });
}

function dataOf(change: Change): LiveRecord {
  return (change.after ?? change.before) as unknown as LiveRecord;
}

function secondsOf(record: LiveRecord): number {
  return record.ttl === 'auto' ? 300 : record.ttl;
}
