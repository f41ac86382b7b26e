import type { IdentityState } from './state.ts';

/** The tag that says whose an identity is: the installation's own name. */
export const HOME = 'mailwright:home';

/** When DKIM was last begun or its method changed by us, ISO 8601: SES itself does not tell, and the former records must stay a while. */
export const SWITCHED = 'mailwright:dkim-switched';

/** The tags of what an installation makes. */
export function ourTags(home: string): Readonly<Record<string, string>> {
  return { 'managed-by': 'mailwright', [HOME]: home };
}

/** Whether all our tags are on an identity. */
export function isMarked(identity: IdentityState, home: string): boolean {
  return Object.entries(ourTags(home)).every(([key, value]) => identity.tags[key] === value);
}

/** The partition that a region's ARNs begin with. */
export function arnOf(
  region: string,
  account: string,
  kind: 'identity' | 'configuration-set' | 'tenant',
  name: string,
): string {
  const partition = region.startsWith('us-gov-') ? 'aws-us-gov' : region.startsWith('cn-') ? 'aws-cn' : 'aws';
  return `arn:${partition}:ses:${region}:${account}:${kind}/${name}`;
}
