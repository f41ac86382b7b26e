import { domainToUnicode } from 'node:url';
import type { Read } from '../api/call.ts';
import { asciiDomain, dateTime } from '../api/names.ts';
import type { Installation } from '../installation.ts';
import type { Domain } from '../state.ts';
import { hasTag } from './tags.ts';

const MIB = 1024 ** 2;

/** `get/domain/{name|all}`; an alias domain's name shows the domain that it stands for. */
export const getDomain: Read = ({ cow, object = '', tags }) => {
  if (object === 'all')
    return [...cow.domains.values()]
      .filter((domain) => tags === undefined || hasTag(domain.tags, tags))
      .map((domain) => showDomain(cow, domain));
  const name = asciiDomain(object);
  const domain = cow.domains.get(cow.aliasDomains.get(name)?.target ?? name);
  return domain && showDomain(cow, domain);
};

/** A domain as get/domain shows it: quotas in bytes, sums as texts, flags as numbers. */
function showDomain(cow: Installation, domain: Domain): Record<string, unknown> {
  const mailboxes = cow.mailboxesOf(domain.name);
  const inUse = mailboxes.reduce((sum, { quota }) => sum + quota, 0);
  const bytes = mailboxes.reduce((sum, { mail }) => sum + mail.bytes, 0);
  const messages = mailboxes.reduce((sum, { mail }) => sum + mail.count, 0);
  const ofAliasDomains = [...cow.aliasDomains.values()].filter(({ target }) => target === domain.name);
  const aliases = [domain, ...ofAliasDomains].reduce((sum, { name }) => sum + cow.aliasesOf(name).length, 0);
  const most = Math.min(domain.quota * MIB - inUse, domain.maxquota * MIB);
  const flag = (value: number) => (cow.switches.flagsAs === 'texts' ? String(value) : value);
  const flags = (name: string, value: number) => ({ [name]: flag(value), [`${name}_int`]: flag(value) });
  return {
    max_new_mailbox_quota: most,
    def_new_mailbox_quota: Math.min(most, domain.defquota * MIB),
    quota_used_in_domain: String(inUse),
    bytes_total: bytes === 0 ? 0 : String(bytes),
    msgs_total: messages === 0 ? 0 : String(messages),
    mboxes_in_domain: mailboxes.length,
    mboxes_left: domain.mailboxes - mailboxes.length,
    domain_name: domain.name,
    domain_h_name: domainToUnicode(domain.name),
    description: domain.description,
    max_num_aliases_for_domain: domain.aliases,
    max_num_mboxes_for_domain: domain.mailboxes,
    def_quota_for_mbox: domain.defquota * MIB,
    max_quota_for_mbox: domain.maxquota * MIB,
    max_quota_for_domain: domain.quota * MIB,
    relayhost: String(domain.relayhost),
    ...flags('backupmx', domain.backupmx),
    ...flags('gal', domain.gal),
    rl: domain.rateLimit ?? false,
    ...flags('active', domain.active),
    ...flags('relay_all_recipients', domain.relayAllRecipients),
    ...flags('relay_unknown_only', domain.relayUnknownOnly),
    created: dateTime(domain.createdAt),
    modified: domain.modifiedAt === undefined ? null : dateTime(domain.modifiedAt),
    aliases_in_domain: aliases,
    aliases_left: domain.aliases - aliases,
    domain_admins: '-',
    ...(domain.tags.size > 0 ? { tags: [...domain.tags] } : {}),
  };
}
