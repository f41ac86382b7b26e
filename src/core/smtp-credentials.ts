import { Problem } from './problem.ts';

/** What a user may do: send as these patterns of From addresses, by these identities and configuration sets. */
export interface SmtpGrant {
  /** ARNs of SES identities and configuration sets, sorted. */
  readonly resources: readonly string[];
  /** Patterns of From addresses ('*@example.com'), sorted. */
  readonly from: readonly string[];
}

/** An access key, without its secret, which IAM tells once only. */
export interface SmtpKey {
  readonly id: string;
  readonly active: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** The last request signed by it, as IAM knows hours later; absent: none ever. */
  readonly lastUsed?: { readonly at: number; readonly service: string; readonly region: string };
}

/** An IAM user that mail is sent as. */
export interface SmtpUser {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  /** What its policy of ours grants; undefined: it has none; 'unlike': there is one of that name which we would not write. */
  readonly grant: SmtpGrant | 'unlike' | undefined;
  /** Names of other inline policies. */
  readonly otherPolicies: readonly string[];
  readonly keys: readonly SmtpKey[];
}

/** What a mail server signs in with in one region. */
export interface SmtpCredential {
  readonly region: string;
  readonly host: string;
  readonly port: number;
  /** The access key's id. */
  readonly username: string;
  /** Derived from the key's secret for this region alone. */
  readonly password: string;
}

/** What is wanted of a user. */
export interface SmtpWish {
  /** The user's name: 'mailwright-smtp-example.com'. */
  readonly user: string;
  readonly grant: SmtpGrant;
  /** Regions that credentials are for. */
  readonly regions: readonly string[];
  /** Our tags. */
  readonly tags: Readonly<Record<string, string>>;
  /**
   * make: a key where there is none · rotate: one more key beside the one in use ·
   * retire: a key ends, the named one or that which was replaced.
   */
  readonly purpose: { readonly kind: 'make' | 'rotate' } | { readonly kind: 'retire'; readonly key?: string };
  /** Take over a user of another installation. */
  readonly adopt: boolean;
  /** Write over a policy that somebody changed. */
  readonly overwrite: boolean;
  /** Take away what the policy grants and nobody asks for; otherwise it is only added to. */
  readonly prune: boolean;
}

/** One thing to do at IAM. */
export type SmtpStep = { readonly what: string; readonly effect: string } & (
  | { readonly kind: 'create-user' | 'tag-user' | 'create-key' }
  | { readonly kind: 'put-policy'; readonly grant: SmtpGrant }
  | { readonly kind: 'deactivate-key' | 'delete-key'; readonly key: string }
);

/** Lines of a Postfix password table (smtp_sasl_password_maps; '#' begins a comment there), one for each region. Secret. */
export function saslPasswords(credentials: readonly SmtpCredential[]): string {
  return credentials
    .map(({ region, host, port, username, password }) => `# ${region}\n[${host}]:${port} ${username}:${password}\n`)
    .join('');
}

/** The credentials of these regions, in their order. Throws a Problem that names the regions which `file` has no password for. */
export function credentialsOf(
  file: string,
  all: readonly SmtpCredential[],
  regions: readonly string[],
): readonly SmtpCredential[] {
  const missing = regions.filter((region) => all.every((one) => one.region !== region));
  if (missing.length === 0) return regions.flatMap((region) => all.filter((one) => one.region === region).slice(0, 1));
  throw new Problem(
    'conflict',
    'outbound.region',
    `ses.smtpCredentials: ${file} has no password for ${missing.join(' and ')} (it has ${all.map(({ region }) => region).join(', ') || 'none'}).`,
    {
      fix: 'Passwords are for the regions of the moment: `mailwright ses smtp-credentials DOMAIN --rotate --out FILE` makes them for all regions of the profile.',
    },
  );
}
