import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { Change } from '../core/resource.ts';
import { type Applied, type ApplyNeeds, applyPlans } from './apply.ts';
import { type Approved, approve, NOTHING_APPROVED, notCovered, useUp } from './approval.ts';
import type { RoundEvent } from './events.ts';
import { rememberMxGoing } from './expiry.ts';
import { nameOf, shareConflicts } from './guards.ts';
import type { Look } from './look.ts';
import type { Plan } from './plan.ts';
import { isLowering, rememberAsked } from './ttl-first.ts';
import { watchPace } from './watch-pace.ts';
import { readable, type ZoneCache, zoneOf } from './zones.ts';

/** One domain of a run, over its rounds: how it is looked at, what was approved, what failed for good and is not tried again. */
export interface Course {
  readonly spec: DomainSpec;
  readonly look: (cache: ZoneCache) => Promise<Look>;
  approved: Approved;
  readonly given: Set<string>;
  /** Changes that a person was shown, by id: each is written down once. */
  readonly told?: Set<string>;
}

/** A plan that holds something nobody approved. */
export interface Unapproved {
  readonly plan: Plan;
  readonly changes: readonly Change[];
}

/** What a round is given: its domains, the ground, and who may say yes. */
export interface RoundInput {
  readonly courses: readonly Course[];
  /** Those of them that are applied in this round; the others are only planned and approved. */
  readonly applies: ReadonlySet<Course>;
  readonly ground: Ground;
  readonly number: number;
  readonly direction: ApplyNeeds['direction'];
  /** Asked once for all plans that hold something nobody approved; absent: look only. */
  readonly ask?: ((open: readonly Unapproved[]) => Promise<'yes' | 'no'>) | undefined;
  readonly approvedBy?: 'person' | 'flag' | 'plan';
  /** A domain in conflict is left out, and the others go on. */
  readonly keepGoing?: boolean | undefined;
  readonly emit: (event: RoundEvent) => void;
  readonly stop?: AbortSignal | undefined;
}

/** How a round ended for one domain: only looked, was refused, is in conflict, or applied what it could. */
export interface RoundResult {
  readonly course: Course;
  readonly plan: Plan;
  readonly ended: 'looked' | 'conflict' | 'refused' | 'applied';
  readonly applied?: Applied;
}

/**
 * One round over one or several domains: read in parallel, plan, approve, apply. Everything that the command line and the worker share.
 * A conflict of any of them stops all before anything is touched, with all conflicts at once; `keepGoing` leaves only that one out.
 */
export async function runRound(input: RoundInput): Promise<readonly RoundResult[]> {
  const watch = watchPace(input.ground, input.emit);
  try {
    return await lookAndApply(input);
  } finally {
    watch.end();
  }
}

async function lookAndApply(input: RoundInput): Promise<readonly RoundResult[]> {
  const { courses, ground, emit } = input;
  emit({ kind: 'reading', domains: courses.map((course) => course.spec.domain), systems: ['dns'] });
  const cache: ZoneCache = new Map();
  const looks = await Promise.all(
    courses.map(async (course) => {
      const look = await course.look(cache);
      return { course, ...look };
    }),
  );
  guardShared(looks);
  for (const { course, plan } of looks) {
    emit({ kind: 'planned', domain: course.spec.domain, round: input.number, plan });
  }
  const ended = (how: RoundResult['ended']) => looks.map(({ course, plan }) => ({ course, plan, ended: how }));
  if (!input.ask) return ended('looked');
  const conflicting = looks.filter(({ plan }) => plan.conflicts.length > 0);
  if (conflicting.length > 0 && (!input.keepGoing || conflicting.length === looks.length)) return ended('conflict');

  const free = looks.filter((look) => !conflicting.includes(look));
  const open = free.map(({ course, plan, survey }) => {
    // A plan without its zone is not the whole of it: nothing is asked, or begun, before that can be read.
    const whole = course.approved !== NOTHING_APPROVED || !plan.unknown.some(({ system }) => system === 'dns');
    const changes = plan.changes.filter((change) => whole && change.by === 'us' && !course.given.has(change.id));
    const unapproved = notCovered(plan, course.approved).filter((change) => changes.includes(change));
    return { course, plan, survey, changes, unapproved };
  });
  const refused: RoundResult[] = [];
  const asked = open.filter(({ unapproved }) => unapproved.length > 0);
  if (asked.length > 0) {
    const answer = await input.ask(asked.map(({ plan, unapproved }) => ({ plan, changes: unapproved })));
    if (answer === 'no' && !input.keepGoing) return ended('refused');
    if (answer === 'no')
      refused.push(...asked.map(({ course, plan }): RoundResult => ({ course, plan, ended: 'refused' })));
    for (const { course, plan } of answer === 'no' ? [] : asked) {
      course.approved = approve(plan, course.approved);
      const at = new Date(ground.clock.now()).toISOString();
      const by = input.approvedBy ?? 'person';
      await ground.journal.write({
        kind: 'approved',
        domain: course.spec.domain,
        at,
        by,
        accounts: plan.accounts,
        changes: plan.changes,
      });
    }
  }
  const now = open.filter(({ course }) => input.applies.has(course) && !refused.some((one) => one.course === course));
  for (const { course, changes } of now) if (changes.length > 0) course.approved = useUp(course.approved, changes);
  for (const { course, plan } of now) await ground.owned.write(course.spec.domain, plan.recovered);
  for (const { course, plan } of now) await writeAsked(course, plan, ground);
  const applied = await applyPlans(
    now.filter(({ changes }) => changes.length > 0).map(({ course, ...rest }) => ({ spec: course.spec, ...rest })),
    { ground, emit, stop: input.stop, direction: input.direction },
  );
  return [
    ...refused,
    ...conflicting.map(({ course, plan }): RoundResult => ({ course, plan, ended: 'conflict' })),
    ...now.map(
      ({ course, plan }): RoundResult => ({
        course,
        plan,
        ended: 'applied',
        applied: applied.get(course.spec.domain) ?? { outcomes: new Map(), held: new Map(), moved: false },
      }),
    ),
  ];
}

/** What a person is to enter is in the journal, too: whoever undoes the run is told of it. */
async function writeAsked(course: Course, plan: Plan, ground: Ground): Promise<void> {
  const { journal, clock } = ground;
  const fresh = plan.changes.filter((change) => change.by === 'person' && !course.told?.has(change.id));
  if (fresh.length === 0) return;
  for (const change of fresh) {
    course.told?.add(change.id);
    if (isLowering(change)) await rememberAsked(change, ground);
    await rememberMxGoing(change, course.spec.domain, ground, true);
  }
  const at = new Date(clock.now()).toISOString();
  await journal.write({ kind: 'asked', domain: course.spec.domain, at, changes: fresh });
}

interface LookOfCourse extends Look {
  readonly course: Course;
}

/** Several domains of one zone are judged together: what each may do alone could be most of a zone. */
function guardShared(looks: LookOfCourse[]): void {
  const views = new Map(
    looks.flatMap(({ survey }) => readable(survey.zones).map((view) => [view.zone.id, view] as const)),
  );
  for (const view of views.values()) {
    const here = looks.filter(({ survey }) => readable(survey.zones).some((one) => one.zone.id === view.zone.id));
    if (here.length < 2 || here.some(({ course }) => course.spec.consents.force)) continue;
    const changes = here.flatMap(({ plan, survey }) =>
      plan.changes.filter(
        (change) => change.system === 'dns' && zoneOf(nameOf(change), survey.zones)?.zone.id === view.zone.id,
      ),
    );
    const conflicts = shareConflicts(changes, view);
    for (const look of here) {
      const known = look.plan.conflicts.some((one) => one.code === 'dns.too-many');
      if (!known) Object.assign(look, { plan: { ...look.plan, conflicts: [...look.plan.conflicts, ...conflicts] } });
    }
  }
}
