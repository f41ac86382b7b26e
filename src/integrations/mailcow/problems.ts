import { Problem, type ProblemKind } from '../../core/problem.ts';

/** One entry of an answer: Mailcow's word and what it says with it. What it echoes of the request is never kept. */
export interface Said {
  readonly type: 'success' | 'danger' | 'error' | 'warning' | 'info';
  /** A key of its language files: 'mailbox_added'. */
  readonly code: string;
  readonly args: readonly string[];
}

type Sentence = (args: readonly string[]) => readonly [message: string, fix?: string, kind?: ProblemKind];

const LIMITS = 'Raise the domain’s limits in Mailcow (E-Mail, Configuration, Domains, Edit), then run again.';
const AGAIN = 'Run again: what was done is found by looking.';

/** What Mailcow's words mean. Source: data/web/lang/lang.en-gb.json ("danger") and the handlers that say them. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  password_complexity: () => [
    'the password is not what Mailcow’s password policy asks for',
    'Put a stronger one into the password file; the policy stands in Mailcow under System, Configuration, Options, Password policy.',
  ],
  password_empty: () => [
    'the password is empty',
    'Put one into the password file, or name no file: then one is made up.',
  ],
  password_mismatch: () => ['Mailcow did not get the same password twice', AGAIN],
  object_exists: () => ['it is there already', 'Run again: it is kept as it is.', 'conflict'],
  is_alias: () => ['an alias has the address', 'Remove the alias in Mailcow, or leave the mailbox out.', 'conflict'],
  is_spam_alias: () => [
    'a temporary alias has the address',
    'Remove it in its user’s settings, or wait for its end.',
    'conflict',
  ],
  is_alias_or_mailbox: () => [
    'a mailbox or an alias has the address',
    'Remove it in Mailcow if nobody uses it, or leave the alias out.',
    'conflict',
  ],
  domain_exists: () => [
    'a domain or alias domain of the name is there already',
    'Run again: it is looked at anew.',
    'conflict',
  ],
  domain_not_found: () => ['Mailcow does not have the domain', 'Run again: the domain is made first.'],
  domain_invalid: () => ['Mailcow takes no domain of that name'],
  domain_cannot_match_hostname: () => [
    'the domain is Mailcow’s own host name',
    'Take mailboxes of a name of its own; the host name can be no domain.',
    'conflict',
  ],
  domain_not_empty: () => ['it still has mailboxes', 'It stays as long as it has any.', 'conflict'],
  mailbox_invalid: () => ['Mailcow takes no mailbox of that name', 'Choose another local part.'],
  mailbox_invalid_suggest: () => ['Mailcow takes no mailbox of that name', 'Choose another local part.'],
  alias_invalid: () => ['Mailcow takes no alias of that name', 'Choose another local part.'],
  alias_empty: () => ['the alias has no address'],
  goto_empty: () => ['the alias leads nowhere', 'Name an address in mailcow.aliases.'],
  goto_invalid: ([address]) => [
    `it can’t lead to ${address ?? 'that address'}`,
    'Correct the address in mailcow.aliases: it has to be whole, and no calendar resource.',
  ],
  max_mailbox_exceeded: ([count, most]) => [
    `the domain may have ${most ?? 'no more'} mailboxes, and has ${count ?? 'them'}`,
    LIMITS,
  ],
  max_alias_exceeded: () => ['the domain may have no more aliases', LIMITS],
  mailbox_quota_exceeded: ([most]) => [`a mailbox of the domain may have ${most ?? '?'} MiB at most`, LIMITS],
  mailbox_quota_left_exceeded: ([left]) => [`the domain has only ${left ?? '?'} MiB left for mailboxes`, LIMITS],
  mailbox_defquota_exceeds_mailbox_maxquota: () => [
    'the quota of a new mailbox is larger than the largest that a mailbox may have',
    'Give mailcow.limits.maxQuota beside defaultQuota: what is not named is Mailcow’s template’s.',
  ],
  mailbox_quota_exceeds_domain_quota: () => [
    'a mailbox may have more than the whole domain',
    'Give mailcow.limits.quota beside maxQuota: what is not named is Mailcow’s template’s.',
  ],
  defquota_empty: () => ['the quota of a new mailbox is missing', 'Give mailcow.limits.defaultQuota.'],
  maxquota_empty: () => ['the largest quota of a mailbox is missing', 'Give mailcow.limits.maxQuota.'],
  unlimited_quota_acl: () => ['no mailbox may be without a quota', 'Give it one in mailcow.mailboxes.'],
  dkim_domain_or_sel_invalid: () => ['Mailcow makes no such DKIM key, or has one for the domain already', AGAIN],
  comment_too_long: () => ['the comment is too long'],
  invalid_host: ([host]) => [`${host ?? 'the host'} is no address`],
  access_denied: () => [
    'access denied',
    'Use the read-write key of an administrator (System, Configuration, Access, API).',
  ],
  redis_error: () => ['Mailcow’s Redis did not do its work', AGAIN, 'unknown'],
  valkey_error: () => ['Mailcow’s Valkey did not do its work', AGAIN, 'unknown'],
  mysql_error: () => ['Mailcow’s database did not do its work', AGAIN, 'unknown'],
};

/** A refusal as a sentence with its way out. `about`: what was asked for ('mailbox brett@example.com'). */
export function refusal(host: string, about: string, { code, args }: Said): Problem {
  const known = Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : undefined;
  const [message, fix, kind = 'failed'] = known?.(args) ?? [[code, ...args].join(', ')];
  const word = /^[a-z_]+$/.test(code) ? code.replaceAll('_', '-') : 'refused';
  return new Problem(kind, `mailcow.${word}`, `Mailcow ${host}, ${about}: ${message}.`, { fix });
}

/** What an answer of Mailcow without data means, by its HTTP status and words. */
export function httpProblem(host: string, about: string, status: number, says: string): Problem {
  const at = `Mailcow ${host}, ${about}`;
  const address = /denied for ip ([0-9a-f.:]+)/i.exec(says)?.[1];
  if (status === 401 && address !== undefined)
    return new Problem('account', 'mailcow.scope', `${at}: the API key may not be used from ${address}.`, {
      fix: `Add ${address} to the key’s list of allowed addresses in Mailcow (System, Configuration, Access, API), or run from an allowed one.`,
    });
  if (status === 401)
    return new Problem('account', 'mailcow.key', `${at}: Mailcow does not accept the API key.`, {
      fix: 'Copy MAILCOW_API_KEY again (System, Configuration, Access, API: the key for read-write access, switched on). It is not tried again: ten refusals lock this machine’s address out for half an hour.',
    });
  if (status === 403 && /read.?write/i.test(says))
    return new Problem('account', 'mailcow.access-denied', `${at}: the API key is only for reading.`, {
      fix: 'Use the key for read-write access (System, Configuration, Access, API).',
    });
  if (status === 403)
    return new Problem('account', 'mailcow.access-denied', `${at}: HTTP 403${says && `, ${says}`}.`, {
      fix: 'See what refuses it: Mailcow’s API settings, or a proxy in front of it.',
    });
  if (status >= 300 && status < 400)
    return new Problem('failed', 'mailcow.redirect', `${at}: the server sends us elsewhere (HTTP ${status}).`, {
      fix: 'Give the address of Mailcow’s own interface in MAILCOW_URL: https and the host name.',
    });
  if (status === 404)
    return new Problem('failed', 'mailcow.route', `${at}: the server knows no such call (HTTP 404).`, {
      fix: 'Check MAILCOW_URL; a Mailcow older than 2024 has to be updated first.',
    });
  return new Problem('unknown', 'mailcow.down', `${at}: HTTP ${status} without a usable answer.`, {
    fix: AGAIN,
    retry: {},
  });
}

/** The answer that a call without a key gets: nothing at all. */
export function silentProblem(host: string, about: string): Problem {
  return new Problem(
    'account',
    'mailcow.no-key',
    `Mailcow ${host}, ${about}: an empty answer, as without an API key.`,
    {
      fix: 'Switch the API on and copy its read-write key (System, Configuration, Access, API); a proxy in between has to pass X-API-Key on.',
    },
  );
}
