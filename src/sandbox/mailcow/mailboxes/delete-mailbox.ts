import type { Write } from '../api/call.ts';
import { Report } from '../api/entry.ts';
import { textOf } from '../api/loose.ts';
import type { Installation } from '../installation.ts';

/** `delete/mailbox`: with its app passwords and its place in aliases; an alias that led to nothing else goes, too. */
export const deleteMailbox: Write = ({ cow, items }) => {
  const report = new Report(['mailbox', 'delete', 'mailbox', { username: items }, null]);
  for (const item of items) {
    const username = textOf(item).toLowerCase();
    if (!cow.mailboxes.delete(username)) {
      report.danger('access_denied');
      continue;
    }
    cow.touch();
    forget(cow, username);
    report.success(['mailbox_removed', username]);
  }
  return report.entries;
};

function forget(cow: Installation, username: string): void {
  for (const { id, mailbox } of [...cow.appPasswords.values()]) if (mailbox === username) cow.appPasswords.delete(id);
  for (const alias of [...cow.aliases.values()]) {
    const targets = alias.goto.split(',');
    const left = targets.filter((target) => target !== username);
    if (left.length === 0) cow.aliases.delete(alias.id);
    else alias.goto = left.join(',');
  }
}
