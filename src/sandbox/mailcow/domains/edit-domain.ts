import type { Write } from '../api/call.ts';
import { type Entry, Report } from '../api/entry.ts';
import { type Attributes, intOf, intOr, isEmpty, isGiven, textOf } from '../api/loose.ts';
import { asciiDomain, isDomainName } from '../api/names.ts';
import type { Installation } from '../installation.ts';
import type { Domain } from '../state.ts';
import { brokenQuotaRule } from './quotas.ts';
import { addTags } from './tags.ts';

const MIB = 1024 ** 2;

/** `edit/domain`: what is not given stays; tags are added to those that are there; 0 of quotas and aliases is "not given". */
export const editDomain: Write = ({ cow, attr, items }) => {
  const report = new Report(['mailbox', 'edit', 'domain', { domain: items, ...attr }, null]);
  for (const item of items) {
    const name = asciiDomain(textOf(item));
    const domain = isDomainName(name) ? findDomain(cow, name) : undefined;
    if (!domain) {
      report.danger('domain_invalid');
      continue;
    }
    const wanted = readChanges(domain, attr);
    const refusal = refusalOf(cow, domain, wanted);
    if (refusal) {
      report.danger(refusal);
      continue;
    }
    Object.assign(domain, wanted, { modifiedAt: cow.clock.now() });
    cow.touch();
    if (Array.isArray(attr.tags)) addTags(report, domain.tags, attr.tags);
    report.success(['domain_modified', name]);
  }
  return report.entries;
};

/** The domain of a name, or the one that an alias domain stands for. */
function findDomain(cow: Installation, name: string): Domain | undefined {
  return cow.domains.get(cow.aliasDomains.get(name)?.target ?? name);
}

function readChanges(now: Domain, attr: Attributes) {
  const filled = (field: string, present: number) => (isEmpty(attr[field]) ? present : intOf(attr[field]));
  const written = (field: string, present: number) =>
    isGiven(attr[field]) && attr[field] !== '' ? intOf(attr[field]) : present;
  const relayUnknownOnly = intOr(attr.relay_unknown_only, now.relayUnknownOnly);
  const relayAllRecipients = relayUnknownOnly === 1 ? 1 : intOr(attr.relay_all_recipients, now.relayAllRecipients);
  return {
    active: intOr(attr.active, now.active),
    gal: intOr(attr.gal, now.gal),
    relayUnknownOnly,
    relayAllRecipients,
    backupmx: relayAllRecipients === 1 ? 1 : intOr(attr.backupmx, now.backupmx),
    relayhost: intOr(attr.relayhost, now.relayhost),
    aliases: filled('aliases', now.aliases),
    mailboxes: written('mailboxes', now.mailboxes),
    defquota: written('defquota', now.defquota),
    maxquota: filled('maxquota', now.maxquota),
    quota: filled('quota', now.quota),
    description: isEmpty(attr.description) ? now.description : textOf(attr.description),
  };
}

function refusalOf(
  cow: Installation,
  { name }: Domain,
  wanted: ReturnType<typeof readChanges>,
): Entry['msg'] | undefined {
  const broken = brokenQuotaRule(wanted, 'edit');
  if (broken !== undefined) return broken;
  const mailboxes = cow.mailboxesOf(name);
  const biggest = Math.round(Math.max(0, ...mailboxes.map(({ quota }) => quota)) / MIB);
  if (biggest > wanted.maxquota) return ['max_quota_in_use', biggest];
  const all = Math.round(mailboxes.reduce((sum, { quota }) => sum + quota, 0) / MIB);
  if (all > wanted.quota) return ['domain_quota_m_in_use', all];
  if (mailboxes.length > wanted.mailboxes) return ['mailboxes_in_use', mailboxes.length];
  const aliases = cow.aliasesOf(name).length;
  if (aliases > wanted.aliases) return ['aliases_in_use', aliases];
  return undefined;
}
