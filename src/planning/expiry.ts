import type { DnsRecord } from '../core/dns.ts';
import type { Ground } from '../core/ground.ts';
import type { Change, Left } from '../core/resource.ts';
import type { Plan } from './plan.ts';
import type { Survey } from './survey.ts';
import { zoneOf } from './zones.ts';

/** The longest that a resolver keeps an MX record: TTLs are at most a day at every provider that we write. */
const LONGEST_MS = 86_400_000;

/** What the ground remembers of MX records that went: with what TTL, and whether a person was only asked to remove them. */
interface Gone {
  readonly lingers: number;
  readonly asked?: true;
}

function factOf(domain: string): string {
  return `mx gone ${domain}`;
}

/** Whether a change takes an MX record of the domain away. */
function isMxDeletion(change: Change, domain: string): boolean {
  const before = change.before as unknown as DnsRecord | undefined;
  return change.system === 'dns' && change.verb === 'delete' && before?.type === 'MX' && before.name === domain;
}

/** Remembers that an MX record goes now (`asked`: that a person was asked to remove it): mail may come for as long as its TTL. */
export async function rememberMxGoing(
  change: Change,
  domain: string,
  { facts }: Pick<Ground, 'facts'>,
  asked = false,
): Promise<void> {
  if (!isMxDeletion(change, domain)) return;
  const { ttl } = change.before as unknown as DnsRecord;
  const before = (await facts.recall(factOf(domain), LONGEST_MS))?.value as Gone | undefined;
  const lingers = Math.max(typeof ttl === 'number' ? ttl : 300, before?.lingers ?? 0);
  await facts.remember(factOf(domain), { lingers, ...(asked ? { asked: true } : {}) });
}

/**
 * What receives a domain's mail goes last: not while an MX names a host by which mail comes to it, and not before the removed MX records
 * have expired everywhere. A letter that is on its way finds its mailbox.
 */
export async function awaitExpiry(
  plan: Plan,
  survey: Survey,
  { facts, clock }: Pick<Ground, 'facts' | 'clock'>,
): Promise<Plan> {
  const { domain } = plan;
  if (!plan.changes.some((change) => change.receivesAt)) return plan;
  const deletions = plan.changes.filter((change) => isMxDeletion(change, domain));
  const going = deletions.map((change) => (change.before as unknown as DnsRecord).value);
  const view = zoneOf(domain, survey.zones);
  const live = (view?.live ?? []).filter((record) => record.name === domain && record.type === 'MX');
  const staying = live.map((record) => record.value).filter((host) => !going.includes(host));
  const left: Left[] = [];
  const until = await expiry(domain, live.length > 0, { facts, clock });
  const changes = plan.changes.flatMap((change): Change[] => {
    if (!change.receivesAt) return [change];
    const used = change.receivesAt.find((host) => staying.includes(host));
    if (!view || used !== undefined) {
      const why = view
        ? `mail for ${domain} still goes to ${used} (MX)`
        : 'the zone can’t be read: mail may still go there';
      left.push({ id: change.id, what: change.what, why, ours: true });
      return [];
    }
    const waits = [
      ...deletions.map(({ id }) => id),
      ...(deletions.length > 0 ? ['the removed MX records to expire'] : []),
      ...(until === undefined ? [] : [`the removed MX records to expire (until ${until})`]),
    ];
    return [waits.length > 0 ? { ...change, waitsFor: [...(change.waitsFor ?? []), ...waits] } : change];
  });
  return { ...plan, changes, left: [...plan.left, ...left] };
}

/** When the MX records that went have expired everywhere; undefined where they have. */
async function expiry(
  domain: string,
  isLive: boolean,
  { facts, clock }: Pick<Ground, 'facts' | 'clock'>,
): Promise<string | undefined> {
  const known = await facts.recall(factOf(domain), LONGEST_MS);
  if (!known) return undefined;
  const { lingers, asked } = known.value as unknown as Gone;
  // When the person did it, nobody knows: the first look without the record counts.
  if (asked && isLive) return undefined;
  if (asked) await facts.remember(factOf(domain), { lingers });
  const end = (asked ? clock.now() : known.at) + lingers * 1000;
  return end > clock.now() ? new Date(end).toISOString().replace(/\.\d+Z$/, 'Z') : undefined;
}
