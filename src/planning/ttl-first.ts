import { type Check, check } from '../core/checks/check.ts';
import { type LiveRecord, showValue } from '../core/dns.ts';
import type { Ground } from '../core/ground.ts';
import type { Change } from '../core/resource.ts';
import type { Plan } from './plan.ts';

/** What a TTL is lowered to: resolvers let go of the old value in five minutes. */
const LOW = 300;
/** The longest that a resolver keeps anything, for remembering: TTLs are at most a day at every provider that we write. */
const LONGEST_MS = 86_400_000;

/** The change that lowers a record's TTL; by its id the ground remembers when that was. */
export function loweringId(record: LiveRecord): string {
  return `ttl ${record.name} ${record.type} ${record.value}`;
}

/**
 * With --ttl-first: records that are to change and would linger get a lower TTL now, and change in a later run, when the old value has
 * expired everywhere. Without: a change says how long the old value is still seen, also where the TTL was lowered a short while ago.
 */
export async function applyTtlFirst(
  plan: Plan,
  ttlFirst: boolean,
  ground: Pick<Ground, 'facts' | 'clock'>,
): Promise<Plan> {
  const lowest = (record: LiveRecord) => lowestTtl(record, plan.zones);
  const changes: Change[] = [];
  const checks = [...plan.checks];
  /** Names and types that change when the old value has expired, and when that is. */
  const waits = new Map<string, string>();
  for (const change of ttlFirst ? plan.changes : []) {
    if (change.system !== 'dns' || change.lingers === undefined) continue;
    const before = change.before as unknown as LiveRecord;
    const lingers = Math.max(change.lingers, await stillSeen(before, ground));
    if (lingers > lowest(before)) waits.set(`${before.name} ${before.type}`, inSeconds(lingers, ground));
  }
  for (const change of plan.changes) {
    const made = change.after as unknown as LiveRecord | undefined;
    // A new value beside the old one would be answered at once: both wait.
    if (change.system === 'dns' && change.verb === 'create' && waits.has(`${made?.name} ${made?.type}`)) continue;
    if (change.system !== 'dns' || change.lingers === undefined) {
      changes.push(change);
      continue;
    }
    const before = change.before as unknown as LiveRecord;
    const lingers = Math.max(change.lingers, await stillSeen(before, ground));
    if (!ttlFirst || lingers <= lowest(before)) {
      changes.push({ ...change, lingers });
      continue;
    }
    const live = before.ttl === 'auto' ? LOW : before.ttl;
    if (live > lowest(before)) changes.push(lowering(change, before, live, lowest(before)));
    checks.push(
      check('dns.ttl-first', {
        status: 'pending',
        system: 'dns',
        name: before.name,
        expected: change.what,
        seen: [{ by: 'DNS provider', value: `${before.type} ${showValue(before)}, TTL ${before.ttl}` }],
        next: afterThat(inSeconds(lingers, ground)),
      }),
    );
  }
  const putOff = checks.map((one): Check => {
    const until = waits.get(`${one.name} ${one.expected.split(' ')[0]}`);
    return until !== undefined && one.status === 'failed' ? { ...one, status: 'pending', next: afterThat(until) } : one;
  });
  return { ...plan, changes, checks: putOff };
}

function inSeconds(seconds: number, { clock }: Pick<Ground, 'clock'>): string {
  return new Date(clock.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

function afterThat(until: string): string {
  return `resolvers may hold the old value until ${until}; run again after that to change it`;
}

/** Whether a change lowers a TTL. */
export function isLowering(change: Pick<Change, 'id'>): boolean {
  return change.id.startsWith('ttl ');
}

/** A person was asked to lower a TTL: when they did is the first look that sees it. */
export async function rememberAsked(change: Change, { facts }: Pick<Ground, 'facts'>): Promise<void> {
  const { ttl } = change.before as { ttl?: number | 'auto' };
  await facts.remember(change.id, { from: typeof ttl === 'number' ? ttl : LOW, asked: true });
}

/** Seconds for which resolvers may still hold the value with the TTL that it had before we lowered it. */
async function stillSeen(record: LiveRecord, { facts, clock }: Pick<Ground, 'facts' | 'clock'>): Promise<number> {
  const known = await facts.recall(loweringId(record), LONGEST_MS);
  if (!known) return 0;
  const { from, asked } = known.value as { from: number; asked?: true };
  if (asked) {
    if (record.ttl === from) return 0;
    await facts.remember(loweringId(record), { from });
    return from;
  }
  return Math.max(0, Math.ceil((known.at + from * 1000 - clock.now()) / 1000));
}

/** As low as the provider of the zone lets a TTL be. */
function lowestTtl({ name }: LiveRecord, zones: Plan['zones']): number {
  const holding = zones.filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`));
  return Math.max(LOW, ...holding.map((zone) => zone.minTtl));
}

function lowering(change: Change, record: LiveRecord, from: number, to: number): Change {
  return {
    id: loweringId(record),
    system: 'dns',
    verb: 'update',
    what: `${record.name} ${record.type} ${showValue(record)}: TTL ${from} becomes ${to}`,
    effect: 'nothing visible: resolvers ask again sooner',
    before: change.before as NonNullable<Change['before']>,
    after: { ...(change.before as object), ttl: to } as NonNullable<Change['before']>,
    owns: {},
    by: change.by,
    undo: 'inverse',
  };
}
