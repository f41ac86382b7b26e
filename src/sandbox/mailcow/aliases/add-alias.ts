import type { Write } from '../api/call.ts';
import { type Entry, Report } from '../api/entry.ts';
import { intOf, isEmpty, textOf, wordsOf } from '../api/loose.ts';
import { isAddress, splitAddress } from '../api/names.ts';
import type { Installation } from '../installation.ts';
import { findSink, readTargets } from './goto.ts';

/** `add/alias`: each address of a list for itself, so some may be made and others not; flags that are missing are 0. */
export const addAlias: Write = ({ cow, attr }) => {
  const report = new Report(['mailbox', 'add', 'alias', attr, null]);
  const comments = { publicComment: textOf(attr.public_comment), privateComment: textOf(attr.private_comment) };
  if (Object.values(comments).some((comment) => comment.length > 160)) return report.danger('comment_too_long').entries;
  const addresses = wordsOf(attr.address);
  if (isEmpty(addresses[0])) return report.danger('alias_empty').entries;
  const sink = findSink(attr);
  if (sink === undefined && isEmpty(wordsOf(attr.goto)[0])) return report.danger('goto_empty').entries;
  const targets = sink === undefined ? readTargets(attr.goto, report) : [sink];
  if (targets.length === 0) return report.entries;
  for (const given of addresses) {
    if (isEmpty(given) || targets.includes(given)) continue;
    const { local, domain } = splitAddress(given);
    const address = `${local}@${domain}`;
    // Here, unlike with the other refusals, the addresses after it are not tried.
    if (!hasRoom(cow, domain)) return report.danger('max_alias_exceeded').entries;
    const refusal = refusalOf(cow, address, local, domain);
    if (refusal) {
      report.danger(refusal);
      continue;
    }
    const id = cow.nextId('alias');
    cow.aliases.set(id, {
      id,
      address,
      goto: targets.join(','),
      domain,
      active: intOf(attr.active),
      sogoVisible: intOf(attr.sogo_visible),
      internal: intOf(attr.internal),
      senderAllowed: intOf(attr.sender_allowed),
      publicComment: comments.publicComment || null,
      privateComment: comments.privateComment || null,
      createdAt: cow.clock.now(),
    });
    cow.touch();
    report.success(['alias_added', address, String(id)]);
  }
  return report.entries;
};

function hasRoom(cow: Installation, name: string): boolean {
  const target = cow.aliasDomains.get(name)?.target ?? name;
  const domain = cow.domains.get(target);
  if (!domain) return true;
  const names = [
    target,
    ...[...cow.aliasDomains.values()].filter((one) => one.target === target).map((one) => one.name),
  ];
  return names.reduce((sum, one) => sum + cow.aliasesOf(one).length, 0) < domain.aliases;
}

/** Why an alias can't have this address. */
export function refusalOf(cow: Installation, address: string, local: string, domain: string): Entry['msg'] | undefined {
  const target = cow.aliasDomains.get(domain)?.target;
  if (cow.findAlias(address) || (target && cow.mailboxes.has(`${local}@${target}`.toLowerCase())))
    return ['is_alias_or_mailbox', address];
  if (!cow.has(domain)) return ['domain_not_found', domain];
  if (local !== '' && !isAddress(address)) return ['alias_invalid', address];
  return undefined;
}
