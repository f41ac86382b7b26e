import { Problem, toProblem } from '../core/problem.ts';
import type { SmtpCredential, SmtpStep, SmtpUser, SmtpWish } from '../core/smtp-credentials.ts';
import type { SmtpNeeds } from './needs.ts';
import { planSmtp, type SmtpPlan } from './smtp/plan-smtp.ts';

/** A step and what became of it. */
export interface SmtpOutcome {
  readonly step: SmtpStep;
  readonly outcome: 'done' | 'failed' | 'held';
}

/** What was planned and done. The credentials are there only where a key was made now: nobody is told them again. */
export interface SmtpResult {
  readonly plan: SmtpPlan;
  readonly before: SmtpUser | undefined;
  readonly after: SmtpUser | undefined;
  readonly approved: boolean;
  readonly outcomes: readonly SmtpOutcome[];
  readonly credentials: readonly SmtpCredential[];
  readonly problem?: Problem;
}

/** Who approves, and when it is. */
export interface SmtpOptions {
  /** Shows the plan and asks; only for a plan that has steps. Throws a Problem where the outcome could not be handed over. */
  approve(plan: SmtpPlan, before: SmtpUser | undefined): Promise<boolean>;
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** Looks, plans, asks, makes, in that order, and stops at the first step that fails. @throws Problem where nothing may be done */
export async function smtpCredentials(wish: SmtpWish, needs: SmtpNeeds, options: SmtpOptions): Promise<SmtpResult> {
  const before = await needs.read(wish.user);
  const plan = planSmtp(wish, before, options.now());
  const nothing = { plan, before, after: before, outcomes: [], credentials: [] };
  if (plan.steps.length === 0) return { ...nothing, approved: true };
  if (!(await options.approve(plan, before)))
    return { ...nothing, approved: false, outcomes: plan.steps.map((step) => ({ step, outcome: 'held' })) };
  const outcomes: SmtpOutcome[] = [];
  let credentials: readonly SmtpCredential[] = [];
  let problem: Problem | undefined;
  for (const step of plan.steps) {
    if (problem) {
      outcomes.push({ step, outcome: 'held' });
      continue;
    }
    try {
      credentials = (await make(step, { wish, regions: plan.regions, before }, needs, options)) ?? credentials;
      outcomes.push({ step, outcome: 'done' });
    } catch (error) {
      problem = toProblem(error);
      outcomes.push({ step, outcome: 'failed' });
    }
  }
  // What was made is handed over even where looking again fails.
  const after = await needs.read(wish.user).catch(() => undefined);
  return { plan, before, after, approved: true, outcomes, credentials, ...(problem ? { problem } : {}) };
}

async function make(
  step: SmtpStep,
  { wish, regions, before }: { wish: SmtpWish; regions: readonly string[]; before: SmtpUser | undefined },
  needs: SmtpNeeds,
  options: SmtpOptions,
): Promise<readonly SmtpCredential[] | undefined> {
  const { user, tags } = wish;
  switch (step.kind) {
    case 'create-user':
      await needs.createUser(user, tags).catch((error: unknown) => findUser(error, wish, needs, options));
      return undefined;
    case 'tag-user':
      await needs.tagUser(user, tags);
      return undefined;
    case 'put-policy':
      await needs.putPolicy(user, step.grant);
      return undefined;
    case 'create-key':
      return needs.createKey(user, regions).catch((error: unknown) => findLostKey(error, wish, before, needs, options));
    case 'deactivate-key':
      await needs.deactivateKey(user, step.key);
      return undefined;
    case 'delete-key':
      await needs.deleteKey(user, step.key);
      return undefined;
  }
}

/** Looks three times, with pauses, for what a lost answer may have made. */
async function lookFor<T>(find: () => Promise<T | undefined>, { sleep }: SmtpOptions): Promise<T | undefined> {
  for (const pauseMs of [500, 1500, 3000]) {
    await sleep(pauseMs);
    const found = await find();
    if (found !== undefined) return found;
  }
  return undefined;
}

function isLost(error: unknown): error is Problem {
  return error instanceof Problem && error.code === 'iam.lost';
}

/** A user whose making was not answered counts when it is there with our tags. */
async function findUser(error: unknown, wish: SmtpWish, needs: SmtpNeeds, options: SmtpOptions): Promise<void> {
  if (!isLost(error)) throw error;
  const found = await lookFor(() => needs.read(wish.user), options);
  const ours = found && Object.entries(wish.tags).every(([key, value]) => found.tags[key] === value);
  if (!ours) throw error;
}

/** The secret of a key whose making was not answered is lost for good: the key is named, so that it can be removed. */
async function findLostKey(
  error: unknown,
  wish: SmtpWish,
  before: SmtpUser | undefined,
  needs: SmtpNeeds,
  options: SmtpOptions,
): Promise<never> {
  if (!isLost(error)) throw error;
  const known = new Set(before?.keys.map(({ id }) => id));
  const find = async () => (await needs.read(wish.user))?.keys.find(({ id, lastUsed }) => !known.has(id) && !lastUsed);
  const lost = await lookFor(find, options);
  if (!lost) throw error;
  throw new Problem(
    'failed',
    'smtp.lost-key',
    `IAM made the key ${lost.id}, but its answer was lost: nobody has its secret.`,
    { fix: `Remove it with --retire=${lost.id}, then run again.`, cause: error },
  );
}
