import { Problem } from '../../core/problem.ts';
import type { SmtpGrant, SmtpStep, SmtpUser, SmtpWish } from '../../core/smtp-credentials.ts';
import { planKeys } from './plan-keys.ts';

/** What is to be done for a wish, in this order, and what a person should know besides. */
export interface SmtpPlan {
  readonly steps: readonly SmtpStep[];
  /** What the user may do when all is done. */
  readonly grant: SmtpGrant;
  /** Regions that a key made now serves: those asked for, and those that it could be used in already. */
  readonly regions: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Compares a wish with the user as it is. Pure; `now` in milliseconds.
 * @throws Problem where the user is somebody else's, or the wish can't be fulfilled without harm
 */
export function planSmtp(wish: SmtpWish, user: SmtpUser | undefined, now: number): SmtpPlan {
  const steps: SmtpStep[] = [];
  const notes: string[] = [];
  if (user === undefined) {
    if (wish.purpose.kind === 'retire')
      throw new Problem('input', 'smtp.no-user', `There is no IAM user ${wish.user}, so there is no key to retire.`, {
        fix: 'Name it with --name; without --retire it is made.',
      });
    steps.push({ kind: 'create-user', what: `IAM user ${wish.user}, path /mailwright/`, effect: 'nothing yet' });
  } else if (isMarkedOtherwise(wish, user)) {
    steps.push({ kind: 'tag-user', what: `tags of IAM user ${wish.user}: ours from now`, effect: 'nothing visible' });
  }
  for (const name of user?.otherPolicies ?? [])
    notes.push(`The user has another inline policy, ${name}: it may do what that allows, too.`);
  const live = user?.grant;
  if (wish.purpose.kind === 'retire') {
    const grant = live === undefined || live === 'unlike' ? wish.grant : live;
    return { steps: [...steps, ...planKeys(wish, user?.keys ?? [], now, notes)], grant, regions: wish.regions, notes };
  }
  const grant = grantFor(wish, live);
  if (!isSame(grant, live)) steps.push(policyStep(grant, live));
  const keys = planKeys(wish, user?.keys ?? [], now, notes);
  if (isKnown(live) && !keys.some((step) => step.kind === 'create-key'))
    for (const region of wish.regions.filter((one) => !regionsOf(live).has(one)))
      notes.push(`No password for ${region} can be derived any more: with --rotate the next key serves it, too.`);
  return { steps: [...steps, ...keys], grant, regions: [...new Set([...wish.regions, ...regionsOf(grant)])], notes };
}

/** Whether our tags are to be put on. @throws Problem for a user that is not ours to change */
function isMarkedOtherwise(wish: SmtpWish, user: SmtpUser): boolean {
  const differing = Object.entries(wish.tags).filter(([key, value]) => user.tags[key] !== value);
  if (differing.length === 0) return false;
  const ours = user.tags['managed-by'] === wish.tags['managed-by'];
  if (!ours)
    throw new Problem('conflict', 'smtp.foreign-user', `IAM has a user ${wish.user} that Mailwright did not make.`, {
      fix: 'Choose another name with --name; what is somebody else’s is not touched.',
    });
  if (!wish.adopt)
    throw new Problem('conflict', 'smtp.other-home', `The IAM user ${wish.user} is kept by another installation.`, {
      fix: 'Run it there, choose another --name, or take it over with --adopt.',
    });
  return true;
}

/** What the policy is to grant: all that is asked for and, unless --prune, all that it granted before. */
function grantFor(wish: SmtpWish, live: SmtpUser['grant']): SmtpGrant {
  if (live === 'unlike' && !wish.overwrite)
    throw new Problem(
      'conflict',
      'smtp.policy-changed',
      `The policy of IAM user ${wish.user} was changed by somebody.`,
      {
        fix: 'Look at it in IAM (inline policy mailwright-smtp); --overwrite writes ours over it.',
      },
    );
  if (!isKnown(live) || wish.prune) return wish.grant;
  const all = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])].toSorted();
  return { resources: all(live.resources, wish.grant.resources), from: all(live.from, wish.grant.from) };
}

function policyStep(grant: SmtpGrant, live: SmtpUser['grant']): SmtpStep {
  const loses = isKnown(live) ? live.from.filter((pattern) => !grant.from.includes(pattern)) : [];
  const gains = grant.from.filter((pattern) => !isKnown(live) || !live.from.includes(pattern));
  const words = [
    ...(gains.length > 0 ? [`may send as ${gains.join(', ')}`] : []),
    ...(loses.length > 0 ? [`no longer as ${loses.join(', ')}`] : []),
  ];
  return {
    kind: 'put-policy',
    grant,
    what: `its policy: ${words.length > 0 ? words.join(', ') : 'other identities or configuration sets'}`,
    effect: loses.length > 0 ? `mail as ${loses.join(', ')} is refused from now` : 'nothing visible',
  };
}

function isKnown(grant: SmtpUser['grant']): grant is SmtpGrant {
  return grant !== undefined && grant !== 'unlike';
}

function isSame(grant: SmtpGrant, live: SmtpUser['grant']): boolean {
  const text = ({ resources, from }: SmtpGrant) => JSON.stringify([resources.toSorted(), from.toSorted()]);
  return isKnown(live) && text(grant) === text(live);
}

/** The regions of a grant's ARNs. */
function regionsOf({ resources }: SmtpGrant): ReadonlySet<string> {
  return new Set(resources.flatMap((arn) => arn.split(':')[3] ?? []));
}
