import type { Write } from '../api/call.ts';
import { Report } from '../api/entry.ts';
import { isEmpty, textOf } from '../api/loose.ts';
import { asciiDomain } from '../api/names.ts';

/** The position up to which tags are taken; the one after it is told of. */
const LIMIT = 25;

/** Adds tags; those that are there stay. */
export function addTags(report: Report, tags: Set<string>, added: readonly unknown[]): void {
  for (const [index, tag] of added.entries()) {
    if (isEmpty(tag)) continue;
    if (index > LIMIT) {
      report.warning(['tag_limit_exceeded', `limit ${LIMIT}`]);
      return;
    }
    tags.add(textOf(tag));
  }
}

/** `delete/domain/tag/{domain}`: the body is the tags. */
export const deleteDomainTags: Write = ({ cow, items, extra = '' }) => {
  const report = new Report(['mailbox', 'delete', 'tags_domain', { tags: items, domain: extra }, null]);
  const domain = cow.domains.get(asciiDomain(extra));
  if (!domain) return report.danger('access_denied').entries;
  for (const tag of items) if (domain.tags.delete(textOf(tag))) cow.touch();
  return report.success(['domain_modified', domain.name]).entries;
};

/** `delete/mailbox/tag/{mailbox}`: the body is the tags. */
export const deleteMailboxTags: Write = ({ cow, items, extra = '' }) => {
  const report = new Report(['mailbox', 'delete', 'tags_mailbox', { tags: items, username: extra }, null]);
  const mailbox = cow.mailboxes.get(extra.toLowerCase());
  if (!mailbox) return report.danger('access_denied').entries;
  for (const tag of items) if (mailbox.tags.delete(textOf(tag))) cow.touch();
  return report.success(['mailbox_modified', mailbox.username]).entries;
};

/** Whether one of the tags holds one of the words, as `?tags=` asks. */
export function hasTag(tags: ReadonlySet<string>, words: readonly string[]): boolean {
  return [...tags].some((tag) => words.some((word) => tag.toLowerCase().includes(word.toLowerCase())));
}
