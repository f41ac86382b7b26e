import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import { isNote, tombstoneEntry } from '../core/ledger.ts';
import { madeOf } from '../core/merge/our-words.ts';
import type { Json } from '../core/problem.ts';
import type { RunReport } from '../core/report.ts';
import type { Change, Owned, Resource } from '../core/resource.ts';
import type { RoundEvent } from '../planning/events.ts';
import { lookBack } from '../planning/look-back.ts';
import type { Plan } from '../planning/plan.ts';
import { type Looked, lookOnce } from './look.ts';
import { runDomains } from './run.ts';
import type { RunOptions, Task } from './task.ts';

/** How long what proves sent mail stays: it is checked when it arrives, is opened again, or comes back. */
const PROOF_DAYS = 7;
const DAY_MS = 86_400_000;

/** What the ledger keeps of a domain that is being, or was, taken down. */
export interface Tombstone {
  /** When it began: from then on nothing was to be sent. ISO 8601. */
  readonly at: string;
  readonly run: string;
  /** The names of its DKIM records, by which a later set-up would be known. */
  readonly dkim: readonly string[];
}

/**
 * Takes domains down: all that is ours of them by the ledger, as far as nobody changed it since, in an order that loses no letter. First
 * what sends (tenant associations) and the MX; when that has expired, relays and Mailcow; after seven days (`now`: at once) what proves
 * mail that is under way: DKIM and MAIL FROM records, identities. What holds people's mail stays, and is named. Runs again until it is done.
 */
export function down(
  specs: readonly DomainSpec[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  options: RunOptions,
  { now }: { now: boolean },
): Promise<readonly RunReport[]> {
  const tasks = async () =>
    specs.map((spec): Task => ({ spec, look: (cache) => lookDown(spec, resources, ground, cache, now) }));
  return runDomains('down', specs, ground, options, tasks, { direction: 'back' });
}

/** Says what `down` would do now and later, and what stays. Touches nothing. */
export function planDown(
  specs: readonly DomainSpec[],
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  emit: (event: RoundEvent) => void,
  { now }: { now: boolean },
): Promise<readonly Looked[]> {
  return lookOnce(
    'down',
    specs,
    ground,
    emit,
    async (spec) => (cache) => lookDown(spec, resources, ground, cache, now),
  );
}

/** One look at what there is to take down. Changes nothing. */
async function lookDown(
  spec: DomainSpec,
  resources: readonly Resource<DomainSpec>[],
  ground: Ground,
  cache: Parameters<typeof lookBack>[4],
  now: boolean,
): ReturnType<typeof lookBack> {
  const owned = await ground.owned.read(spec.domain);
  const made = [...owned.entries()]
    .filter(([id]) => !isNote(id))
    .map(([id, entry]) => ({ ...madeOf(id, entry), sure: true }));
  const look = await lookBack(spec, { made, madeAt: {}, asked: [] }, resources, ground, cache);
  return { ...look, plan: inPhases(look.plan, owned, { now, at: ground.clock.now(), run: ground.journal.run }) };
}

/** The plan with what proves sent mail held back, and the tombstone that says since when. Pure. */
export function inPhases(plan: Plan, owned: Owned, { now, at, run }: { now: boolean; at: number; run: string }): Plan {
  if (plan.changes.length === 0) return plan;
  const id = tombstoneEntry(plan.domain);
  const known = owned.get(id) as unknown as Tombstone | undefined;
  const until = Date.parse(known?.at ?? new Date(at).toISOString()) + PROOF_DAYS * DAY_MS;
  const day = new Date(until).toISOString().replace(/\.\d+Z$/, 'Z');
  const held =
    now || until <= at ? [] : [`seven days to pass since nothing is sent any more (until ${day}; --now does not wait)`];
  const changes = plan.changes.map((change): Change => {
    if (held.length === 0 || !provesMail(change, plan.domain)) return change;
    return { ...change, waitsFor: [...(change.waitsFor ?? []), ...held] };
  });
  if (known) return { ...plan, changes };
  const dkim = [...owned.entries()].flatMap(([entry]) => /^dns (\S+\._domainkey\.\S+) /.exec(entry)?.[1] ?? []);
  const stone: Tombstone = { at: new Date(at).toISOString(), run, dkim: [...new Set(dkim)] };
  const marking: Change = {
    id: `ledger ${id}`,
    system: 'ledger',
    verb: 'create',
    what: `${plan.domain}: remembered as taken down`,
    effect: 'nothing visible: only our own memory changes',
    after: stone as unknown as Json,
    owns: { [id]: stone as unknown as Json },
    by: 'us',
    undo: 'inverse',
    marks: true,
  };
  return { ...plan, changes: [marking, ...changes] };
}

/** What mail that is under way still needs: every record but the MX, and all of SES but a tenant's right to send. */
function provesMail(change: Change, domain: string): boolean {
  if (change.endsSending || change.receivesAt) return false;
  if (change.system === 'dns') {
    const before = change.before as { type?: string; name?: string } | undefined;
    return !(before?.type === 'MX' && before.name === domain);
  }
  return change.system === 'ses';
}
