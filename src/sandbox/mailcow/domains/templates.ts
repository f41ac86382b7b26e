import type { Read } from '../api/call.ts';

const MIB = 1024 ** 2;

/** Defaults for new domains or mailboxes. Quotas are bytes. */
export interface Template {
  readonly id: number;
  readonly type: 'domain' | 'mailbox';
  readonly template: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The two templates of a new installation, both named Default. */
export function factoryTemplates(): Map<number, Template> {
  const domain = {
    tags: [],
    max_num_aliases_for_domain: 400,
    max_num_mboxes_for_domain: 10,
    def_quota_for_mbox: 3072 * MIB,
    max_quota_for_mbox: 10_240 * MIB,
    max_quota_for_domain: 10_240 * MIB,
    rl_frame: 's',
    rl_value: '',
    active: 1,
    gal: 1,
    backupmx: 0,
    relay_all_recipients: 0,
    relay_unknown_only: 0,
    dkim_selector: 'dkim',
    key_size: 2048,
  };
  const mailbox = {
    tags: [],
    quota: 0,
    quarantine_notification: 'hourly',
    quarantine_category: 'reject',
    rl_frame: 's',
    rl_value: '',
    force_pw_update: 0,
    force_tfa: 0,
    sogo_access: 1,
    active: 1,
    tls_enforce_in: 0,
    tls_enforce_out: 0,
    imap_access: 1,
    pop3_access: 1,
    smtp_access: 1,
    sieve_access: 1,
  };
  return new Map([
    [1, { id: 1, type: 'domain', template: 'Default', attributes: domain }],
    [2, { id: 2, type: 'mailbox', template: 'Default', attributes: mailbox }],
  ]);
}

/** The template of an id, or the first of its type. */
export function pickTemplate(
  templates: ReadonlyMap<number, Template>,
  type: Template['type'],
  id: number,
): Template['attributes'] {
  const all = [...templates.values()].filter((template) => template.type === type);
  return (all.find((template) => template.id === id) ?? all[0])?.attributes ?? {};
}

/** `get/domain/template/{all|id}` and the same of mailboxes. */
export function getTemplates(type: Template['type']): Read {
  return ({ cow, extra = '' }) => {
    const all = [...cow.templates.values()].filter((template) => template.type === type);
    return extra === 'all' ? all : all.find(({ id }) => String(id) === extra);
  };
}
