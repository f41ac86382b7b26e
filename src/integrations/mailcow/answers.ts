import * as z from 'zod';
import { Problem } from '../../core/problem.ts';
import { decodeTxt } from '../../core/records/txt.ts';
import type { PasswordPolicy } from './password.ts';
import type {
  ForwardingHost,
  MailcowAlias,
  MailcowDkim,
  MailcowDomain,
  MailcowMailbox,
  Relayhost,
  TlsPolicy,
} from './state.ts';

/** Numbers come as numbers or as text, depending on the field and the version; nothing is 0. */
const number = z
  .union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/), z.null()])
  .optional()
  .transform((value) => Number(value ?? 0));
const flag = z
  .union([z.number(), z.string(), z.boolean(), z.null()])
  .optional()
  .transform((value) => value === true || String(value) === '1');
const tags = z
  .union([z.array(z.string()), z.null()])
  .optional()
  .transform((value) => value ?? []);
const text = z.string().nullish();

const MIB = 1024 * 1024;

/** Quotas are written in MiB and read in bytes. */
const domainSchema = z
  .object({
    domain_name: z.string(),
    active: flag,
    backupmx: flag,
    mboxes_in_domain: number,
    mboxes_left: number,
    aliases_in_domain: number,
    aliases_left: number,
    def_quota_for_mbox: number,
    max_quota_for_mbox: number,
    max_quota_for_domain: number,
    quota_used_in_domain: number,
    msgs_total: number,
    bytes_total: number,
    relayhost: number,
    tags,
  })
  .transform(
    (one): MailcowDomain => ({
      name: one.domain_name.toLowerCase(),
      active: one.active,
      backupMx: one.backupmx,
      mailboxes: one.mboxes_in_domain,
      mailboxesLeft: one.mboxes_left,
      aliases: one.aliases_in_domain,
      aliasesLeft: one.aliases_left,
      defaultQuota: one.def_quota_for_mbox / MIB,
      maxQuota: one.max_quota_for_mbox / MIB,
      quota: one.max_quota_for_domain / MIB,
      quotaGiven: one.quota_used_in_domain / MIB,
      messages: one.msgs_total,
      bytes: one.bytes_total,
      tags: one.tags,
      ...(one.relayhost > 0 ? { relayhost: String(one.relayhost) } : {}),
    }),
  );

const mailboxSchema = z
  .object({ username: z.string(), active: flag, messages: number, quota_used: number, tags })
  .transform(
    (one): MailcowMailbox => ({
      address: one.username.toLowerCase(),
      active: one.active,
      messages: one.messages,
      bytes: one.quota_used,
      tags: one.tags,
    }),
  );

const aliasSchema = z
  .object({
    id: z.union([z.number(), z.string()]),
    address: z.string(),
    goto: z.string(),
    active: flag,
    private_comment: text,
  })
  .transform(
    (one): MailcowAlias => ({
      id: String(one.id),
      address: one.address.toLowerCase(),
      goto: one.goto
        .split(',')
        .map((address) => address.trim())
        .filter((address) => address !== ''),
      active: one.active,
      ...(one.private_comment ? { comment: one.private_comment } : {}),
    }),
  );

const aliasDomainSchema = z
  .object({ alias_domain: z.string(), target_domain: z.string() })
  .transform((one) => ({ name: one.alias_domain.toLowerCase(), target: one.target_domain.toLowerCase() }));

/** `dkim_txt` comes quoted in pieces where the administrator set SPLIT_DKIM_255. */
const dkimSchema = z
  .object({ dkim_selector: z.string(), dkim_txt: z.string() })
  .transform((one): MailcowDkim => ({ selector: one.dkim_selector.toLowerCase(), record: decodeTxt(one.dkim_txt) }));

const forwardingSchema = z
  .object({ host: z.string(), keep_spam: text })
  .transform((one): ForwardingHost => ({ address: one.host.toLowerCase(), filtered: one.keep_spam !== 'yes' }));

const names = text.transform((value) => (value ?? '').split(',').flatMap((one) => one.trim().toLowerCase() || []));

/** Mailcow shows the password, too: it is left where it is. */
const relayhostSchema = z
  .object({
    id: z.union([z.number(), z.string()]),
    hostname: z.string(),
    username: text,
    active: flag,
    used_by_domains: names,
    used_by_mailboxes: names,
  })
  .transform(
    (one): Relayhost => ({
      id: String(one.id),
      hostname: one.hostname,
      username: one.username ?? '',
      active: one.active,
      usedBy: [...one.used_by_domains, ...one.used_by_mailboxes],
    }),
  );

/** `active` is a word in Mailcow's language, where `active_int` is there. */
const tlsPolicySchema = z
  .object({
    id: z.union([z.number(), z.string()]),
    dest: z.string(),
    policy: z.string(),
    active: flag,
    active_int: z.union([z.number(), z.string()]).optional(),
  })
  .transform(
    (one): TlsPolicy => ({
      id: String(one.id),
      dest: one.dest.toLowerCase(),
      policy: one.policy,
      active: one.active_int === undefined ? one.active : String(one.active_int) === '1',
    }),
  );

const policySchema = z
  .object({ length: number, chars: number, special_chars: number, lowerupper: number, numbers: number })
  .transform(
    (one): PasswordPolicy => ({
      length: one.length,
      letters: one.chars > 0,
      special: one.special_chars > 0,
      bothCases: one.lowerupper > 0,
      numbers: one.numbers > 0,
    }),
  );

const SCHEMAS = {
  version: z.object({ version: z.string() }).transform((one) => one.version),
  domain: domainSchema,
  domains: z.array(z.object({ domain_name: z.string() }).transform((one) => one.domain_name.toLowerCase())),
  mailbox: mailboxSchema,
  mailboxes: z.array(mailboxSchema),
  alias: aliasSchema,
  aliases: z.array(aliasSchema),
  aliasDomains: z.array(aliasDomainSchema),
  dkim: dkimSchema,
  forwarding: z.array(forwardingSchema),
  relayhosts: z.array(relayhostSchema),
  tlsPolicies: z.array(tlsPolicySchema),
  policy: policySchema,
  containers: z.record(z.string(), z.object({ state: z.string().nullish() })),
};

/** The data of an answer that is there. An answer of another form is unknown, never empty: throws a Problem. */
export function parseAnswer<K extends keyof typeof SCHEMAS>(
  host: string,
  kind: K,
  answer: unknown,
): z.output<(typeof SCHEMAS)[K]> {
  const parsed = SCHEMAS[kind].safeParse(answer);
  if (parsed.success) return parsed.data as z.output<(typeof SCHEMAS)[K]>;
  const [issue] = parsed.error.issues;
  throw new Problem(
    'unknown',
    'mailcow.answer',
    `Mailcow ${host}, ${kind}: an answer of an unknown form (${issue?.path.join('.')}: ${issue?.message}).`,
    { fix: 'Run again; if it stays, a newer version of Mailwright may know it.', retry: {} },
  );
}
