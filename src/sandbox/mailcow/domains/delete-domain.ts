import type { Write } from '../api/call.ts';
import { Report } from '../api/entry.ts';
import { textOf } from '../api/loose.ts';
import { asciiDomain, isDomainName } from '../api/names.ts';

/**
 * `delete/domain`: refused while there are mailboxes; takes the aliases and alias domains along and leaves the DKIM key.
 * A domain that is not there is "removed" like any other.
 */
export const deleteDomain: Write = ({ cow, items }) => {
  const report = new Report(['mailbox', 'delete', 'domain', { domain: items }, null]);
  for (const item of items) {
    const name = asciiDomain(textOf(item));
    if (!isDomainName(name)) {
      report.danger('domain_invalid');
      continue;
    }
    if (cow.mailboxesOf(name).length > 0) {
      report.danger(['domain_not_empty', name]);
      continue;
    }
    if (cow.domains.delete(name)) cow.touch();
    for (const alias of [...cow.aliases.values()]) if (alias.domain === name) cow.aliases.delete(alias.id);
    for (const alias of [...cow.aliasDomains.values()]) if (alias.target === name) cow.aliasDomains.delete(alias.name);
    report.success(['domain_removed', name]);
  }
  return report.entries;
};
