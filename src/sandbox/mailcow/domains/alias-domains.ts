import type { Read, Write } from '../api/call.ts';
import { type Entry, Report } from '../api/entry.ts';
import { intOf, intOr, isEmpty, textOf, wordsOf } from '../api/loose.ts';
import { asciiDomain, dateTime, isDomainName } from '../api/names.ts';
import type { Installation } from '../installation.ts';
import type { AliasDomain } from '../state.ts';
import { makeKeys } from './dkim.ts';

/** `add/alias-domain`: names in `alias_domain` get the mailboxes of `target_domain`; inactive without `active`. */
export const addAliasDomain: Write = async ({ cow, attr }) => {
  const report = new Report(['mailbox', 'add', 'alias_domain', attr, null]);
  const target = asciiDomain(textOf(attr.target_domain));
  if (!isDomainName(target)) return report.danger('target_domain_invalid').entries;
  if (!cow.has(target)) return report.danger('access_denied').entries;
  for (const word of wordsOf(attr.alias_domain).filter((one) => one !== '')) {
    const name = asciiDomain(word);
    const refusal = refusalOf(cow, name, target);
    if (refusal) {
      report.danger(refusal);
      continue;
    }
    cow.aliasDomains.set(name, { name, target, active: intOf(attr.active), createdAt: cow.clock.now() });
    cow.touch();
    if (!isEmpty(attr.key_size) && !isEmpty(attr.dkim_selector)) {
      if (cow.dkimKeys.has(name)) report.success('domain_add_dkim_available');
      else
        report.join(await makeKeys(cow, { key_size: attr.key_size, dkim_selector: attr.dkim_selector, domains: name }));
    }
    report.success(['aliasd_added', name]);
  }
  return report.entries;
};

function refusalOf(cow: Installation, name: string, target: string): Entry['msg'] | undefined {
  if (!isDomainName(name)) return ['alias_domain_invalid', name];
  if (name === target) return ['aliasd_targetd_identical', target];
  const domain = cow.domains.get(target);
  if (!domain) return ['targetd_not_found', target];
  if (domain.backupmx === 1) return ['targetd_relay_domain', target];
  return cow.has(name) ? ['alias_domain_invalid', name] : undefined;
}

/** `edit/alias-domain`. */
export const editAliasDomain: Write = ({ cow, attr, items }) => {
  const report = new Report(['mailbox', 'edit', 'alias_domain', { alias_domain: items, ...attr }, null]);
  for (const item of items) {
    const name = asciiDomain(textOf(item));
    const alias = cow.aliasDomains.get(name);
    const target = isEmpty(attr.target_domain) ? alias?.target : asciiDomain(textOf(attr.target_domain));
    if (!alias || target === undefined) {
      report.danger(['alias_domain_invalid', name]);
      continue;
    }
    if (!cow.domains.has(target)) {
      report.danger(['targetd_not_found', target]);
      continue;
    }
    Object.assign(alias, { target, active: intOr(attr.active, alias.active), modifiedAt: cow.clock.now() });
    cow.touch();
    report.success(['aliasd_modified', name]);
  }
  return report.entries;
};

/** `delete/alias-domain`: with the aliases in it. */
export const deleteAliasDomain: Write = ({ cow, items }) => {
  const report = new Report(['mailbox', 'delete', 'alias_domain', { alias_domain: items }, null]);
  for (const item of items) {
    const name = textOf(item);
    if (!isDomainName(name)) {
      report.danger('domain_invalid');
      continue;
    }
    if (!cow.aliasDomains.delete(name)) {
      report.danger('access_denied');
      continue;
    }
    for (const alias of [...cow.aliases.values()]) if (alias.domain === name) cow.aliases.delete(alias.id);
    cow.touch();
    report.success(['alias_domain_removed', name]);
  }
  return report.entries;
};

/** `get/alias-domain/{name|all}`. */
export const getAliasDomain: Read = ({ cow, object = '' }) => {
  if (object === 'all') return [...cow.aliasDomains.values()].map((alias) => show(cow, alias));
  const alias = cow.aliasDomains.get(object);
  return alias && show(cow, alias);
};

function show(cow: Installation, alias: AliasDomain) {
  const active = cow.switches.flagsAs === 'texts' ? String(alias.active) : alias.active;
  return {
    alias_domain: alias.name,
    parent_is_backupmx: cow.domains.get(alias.target)?.backupmx ?? null,
    target_domain: alias.target,
    active,
    active_int: active,
    rl: false,
    created: dateTime(alias.createdAt),
    modified: alias.modifiedAt === undefined ? null : dateTime(alias.modifiedAt),
  };
}
