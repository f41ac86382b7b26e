/**
 * Every call that Mailwright can make at IAM for SMTP credentials, and what for. docs/iam-policy-smtp.json and the reference are generated
 * from it. Source: AWS service authorization reference for IAM.
 */
export interface IamCallRights {
  readonly part: 'read' | 'write';
  readonly for: string;
  /** once: a lost answer is looked for and never repeated, because a second call would make a second thing, or say that it is there. */
  readonly once?: true;
}

export const IAM_CALLS = {
  GetUser: { part: 'read', for: 'whether the user is there, and whose it is' },
  ListUserPolicies: { part: 'read', for: 'policies that somebody gave it besides' },
  GetUserPolicy: { part: 'read', for: 'what it may do' },
  ListAccessKeys: { part: 'read', for: 'its keys and their ages' },
  GetAccessKeyLastUsed: { part: 'read', for: 'whether a relay still uses a key' },
  CreateUser: { part: 'write', for: 'the user', once: true },
  TagUser: { part: 'write', for: 'the user’s tags, also as it is made' },
  PutUserPolicy: { part: 'write', for: 'its one policy' },
  CreateAccessKey: { part: 'write', for: 'a key, and one more by `--rotate`', once: true },
  UpdateAccessKey: { part: 'write', for: '`--retire`' },
  DeleteAccessKey: { part: 'write', for: '`--retire` of a key that is inactive or was never used' },
} as const satisfies Readonly<Record<string, IamCallRights>>;

export type IamCall = keyof typeof IAM_CALLS;

/** Where our users lie. */
export const USER_PATH = '/mailwright/';

/** How their names begin. */
export const USER_PREFIX = 'mailwright-smtp-';

/**
 * The least that the calls of the table need. Reads are allowed for users without the path, too: one that is not there yet has none, and
 * IAM would answer "access denied" for "no such user".
 */
export function smtpCredentialsPolicy() {
  const statement = (part: IamCallRights['part'], Sid: string, Resource: readonly string[]) => ({
    Sid,
    Effect: 'Allow',
    Action: Object.entries(IAM_CALLS)
      .filter(([, call]) => call.part === part)
      .map(([name]) => `iam:${name}`)
      .toSorted(),
    Resource,
  });
  const users = `arn:aws:iam::*:user${USER_PATH}${USER_PREFIX}*`;
  return {
    Version: '2012-10-17',
    Statement: [
      statement('read', 'SmtpCredentialsRead', [`arn:aws:iam::*:user/${USER_PREFIX}*`, users]),
      statement('write', 'SmtpCredentialsWrite', [users]),
    ],
  };
}
