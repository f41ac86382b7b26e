import type { Write } from '../api/call.ts';
import { Report } from '../api/entry.ts';
import { textOf } from '../api/loose.ts';
import { findListed } from './show-alias.ts';

/** `delete/alias`: items are ids. */
export const deleteAlias: Write = ({ cow, items }) => {
  const report = new Report(['mailbox', 'delete', 'alias', { id: items }, null]);
  for (const item of items) {
    const alias = findListed(cow, textOf(item));
    if (!alias) {
      report.danger('access_denied');
      continue;
    }
    cow.aliases.delete(alias.id);
    cow.touch();
    report.success(['alias_removed', alias.address]);
  }
  return report.entries;
};
