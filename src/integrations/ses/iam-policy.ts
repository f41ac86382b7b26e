import { type PolicyPart, SES_CALLS } from './calls.ts';

/** An IAM policy document; statement ids begin with their part: Read…, Provision…, Remove…, Send…. */
export interface IamPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly {
    Sid: string;
    Effect: 'Allow';
    Action: readonly string[];
    Resource: readonly string[];
  }[];
}

const PARTS: readonly PolicyPart[] = ['read', 'provision', 'remove', 'send'];

/**
 * The least that the calls of the table need, in parts: read is enough for plan and check, up needs provision, taking back needs remove, test messages need send.
 * Actions without resource-level support stand apart with '*', because a statement with an ARN never matches them.
 */
export function iamPolicy(parts: readonly PolicyPart[] = PARTS): IamPolicy {
  const statements = parts.flatMap((part) => {
    const byResources = new Map<string, Set<string>>();
    for (const [name, call] of Object.entries(SES_CALLS)) {
      if (call.part !== part) continue;
      const needed = [
        { action: `ses:${name}`, resources: call.resources as readonly string[] },
        ...('also' in call ? call.also : []),
      ];
      for (const { action, resources } of needed) {
        const key = [...resources].toSorted().join(' ');
        byResources.set(key, (byResources.get(key) ?? new Set()).add(action));
      }
    }
    return [...byResources]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, actions]) => ({
        Sid: `${title(part)}${key
          .split(' ')
          .map((resource) => (resource === '*' ? 'Account' : resource.split('-').map(title).join('')))
          .join('And')}`,
        Effect: 'Allow' as const,
        Action: [...actions].toSorted(),
        Resource: key.split(' ').map(arn),
      }));
  });
  return { Version: '2012-10-17', Statement: statements };
}

function arn(resource: string): string {
  if (resource === '*') return '*';
  // A tenant's ARN ends in an id that SES makes: tenant/<name>/<id>.
  return `arn:aws:ses:*:*:${resource}/*`;
}

function title(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
