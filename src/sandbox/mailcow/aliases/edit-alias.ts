import type { Write } from '../api/call.ts';
import { Report } from '../api/entry.ts';
import { type Attributes, intOr, isEmpty, isGiven, textOf } from '../api/loose.ts';
import { splitAddress } from '../api/names.ts';
import type { Installation } from '../installation.ts';
import type { Alias } from '../state.ts';
import { refusalOf } from './add-alias.ts';
import { findSink, readTargets } from './goto.ts';
import { findListed } from './show-alias.ts';

/** `edit/alias`: items are ids. Where no target is left, the alias stays as it is, and is "modified" all the same. */
export const editAlias: Write = ({ cow, attr, items }) => {
  const report = new Report(['mailbox', 'edit', 'alias', { id: items, ...attr }, null]);
  for (const item of items) {
    const alias = findListed(cow, textOf(item));
    if (!alias) {
      report.danger(['alias_invalid', textOf(item)]);
      continue;
    }
    const given = isEmpty(attr.address) ? alias.address : textOf(attr.address);
    const { local, domain } = splitAddress(given);
    const address = `${local}@${domain}`;
    const moves = address.toLowerCase() !== alias.address.toLowerCase();
    const refusal = moves ? refusalOf(cow, address, local, domain) : undefined;
    if (refusal) {
      report.danger(refusal);
      continue;
    }
    change(cow, alias, { ...attr, address, domain }, report);
    report.success(['alias_modified', address]);
  }
  return report.entries;
};

function change(
  cow: Installation,
  alias: Alias,
  attr: Attributes & { readonly address: string; readonly domain: string },
  report: Report,
): void {
  const sink = findSink(attr);
  const targets =
    sink !== undefined ? [sink] : isEmpty(attr.goto) ? alias.goto.split(',') : readTargets(attr.goto, report);
  const others = targets.filter((target) => target !== attr.address);
  if (others.length < targets.length) report.danger('alias_goto_identical');
  if (others.length === 0) return;
  const comment = (given: unknown, present: string | null) => (isGiven(given) ? textOf(given) : present);
  Object.assign(alias, {
    address: attr.address,
    domain: attr.domain,
    goto: others.join(','),
    active: intOr(attr.active, alias.active),
    sogoVisible: intOr(attr.sogo_visible, alias.sogoVisible),
    internal: intOr(attr.internal, alias.internal),
    senderAllowed: intOr(attr.sender_allowed, alias.senderAllowed),
    publicComment: comment(attr.public_comment, alias.publicComment),
    privateComment: comment(attr.private_comment, alias.privateComment),
    modifiedAt: cow.clock.now(),
  });
  cow.touch();
}
