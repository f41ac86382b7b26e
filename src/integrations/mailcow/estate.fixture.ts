import { type DomainSpec, type MailcowSpec, NO_CONSENTS } from '../../core/domain-spec.ts';
import type { Json } from '../../core/problem.ts';
import type { Owned } from '../../core/resource.ts';
import type { MailcowDomain, MailcowMailbox, MailcowState } from './state.ts';

export const HOST = 'mail.example.org';
export const DOMAIN = 'example.com';
export const HOME = 'home';
export const TAGS = ['mailwright', `mailwright:home=${HOME}`];

/** A wish for the domain at Mailcow. */
export function spec(mailcow: Partial<MailcowSpec> = {}, more: Partial<DomainSpec> = {}): DomainSpec {
  return {
    domain: DOMAIN,
    dmarc: { policy: 'none', rua: [], ruf: [], reports: 'keep' },
    spf: { root: 'keep', include: [] },
    mailHost: HOST,
    mailcow: {
      host: HOST,
      limits: {},
      mailboxes: [],
      aliases: [],
      dkim: 'publish',
      clientRecords: false,
      forwardingHosts: 'no',
      ...mailcow,
    },
    dns: { provider: 'auto' },
    ttl: 3600,
    consents: NO_CONSENTS,
    ...more,
  };
}

/** A domain as Mailcow's factory template makes it, empty. */
export function domain(more: Partial<MailcowDomain> = {}): MailcowDomain {
  return {
    name: DOMAIN,
    active: true,
    backupMx: false,
    mailboxes: 0,
    mailboxesLeft: 10,
    aliases: 0,
    aliasesLeft: 400,
    defaultQuota: 3072,
    maxQuota: 10240,
    quota: 10240,
    quotaGiven: 0,
    messages: 0,
    bytes: 0,
    tags: [],
    ...more,
  };
}

/** A mailbox of the domain. */
export function mailbox(local: string, more: Partial<MailcowMailbox> = {}): MailcowMailbox {
  return { address: `${local}@${DOMAIN}`, active: true, messages: 0, bytes: 0, tags: [], ...more };
}

/** What a look shows; nothing of the domain unless said. */
export function state(more: Partial<MailcowState> = {}): MailcowState {
  return { version: '2026-08', mailboxes: [], aliases: [], forwarding: [], relays: [], ...more };
}

export const DKIM = { selector: 'dkim', record: 'v=DKIM1;k=rsa;t=s;s=email;p=MIIB' };

/** A ledger with these entries. */
export function owned(entries: Readonly<Record<string, unknown>> = {}): Owned {
  const all = new Map(Object.entries(entries) as [string, Json][]);
  return { get: (id) => all.get(id), entries: () => all.entries() };
}
