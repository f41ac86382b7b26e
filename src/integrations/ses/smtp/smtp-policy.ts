import { Problem } from '../../../core/problem.ts';
import type { SmtpGrant } from '../../../core/smtp-credentials.ts';
import { arnOf } from '../tags.ts';

/** The inline policy's name. */
export const POLICY_NAME = 'mailwright-smtp';

/** Characters of all inline policies of one user, white space left out (IAM user guide, "IAM and AWS STS quotas"). */
const MOST_CHARACTERS = 2048;

/** A domain's mail in one region: its identity, and the configuration sets that it may leave by. */
export interface SmtpReach {
  readonly domain: string;
  readonly region: string;
  readonly configurationSets: readonly string[];
}

/** What a user needs to send for domains in regions: addresses of exactly these domains, not of names below them. */
export function smtpGrant(account: string, reaches: readonly SmtpReach[]): SmtpGrant {
  const resources = reaches.flatMap(({ domain, region, configurationSets }) => [
    arnOf(region, account, 'identity', domain),
    ...configurationSets.map((name) => arnOf(region, account, 'configuration-set', name)),
  ]);
  return {
    resources: [...new Set(resources)].toSorted(),
    from: [...new Set(reaches.map(({ domain }) => `*@${domain}`))].toSorted(),
  };
}

/**
 * The policy document of a grant: one statement, for the one action that SMTP is checked by.
 * Throws a Problem where it is longer than IAM takes. Source: SES developer guide, "Controlling access to Amazon SES" (IAM policies).
 */
export function smtpPolicy(grant: SmtpGrant) {
  const document = {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'MailwrightSmtp',
        Effect: 'Allow',
        Action: 'ses:SendRawEmail',
        Resource: grant.resources,
        Condition: { StringLike: { 'ses:FromAddress': grant.from } },
      },
    ],
  };
  const length = JSON.stringify(document).replaceAll(/\s/g, '').length;
  if (length > MOST_CHARACTERS)
    throw new Problem(
      'input',
      'smtp.policy-size',
      `The policy would have ${length} characters; IAM allows ${MOST_CHARACTERS} for one user's inline policies.`,
      { fix: 'Name fewer domains or regions, and make a second user for the others with another --name.' },
    );
  return document;
}

/** The grant of a policy document that we would write; 'unlike' for any other. */
export function readSmtpPolicy(text: string): SmtpGrant | 'unlike' {
  try {
    const [statement] = (JSON.parse(text) as { Statement: ReturnType<typeof smtpPolicy>['Statement'] }).Statement;
    const resources = statement?.Resource;
    const from = statement?.Condition.StringLike['ses:FromAddress'];
    if (!isTexts(resources) || !isTexts(from)) return 'unlike';
    const grant = { resources, from };
    return JSON.stringify(smtpPolicy(grant)) === JSON.stringify(JSON.parse(text)) ? grant : 'unlike';
  } catch {
    return 'unlike';
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
