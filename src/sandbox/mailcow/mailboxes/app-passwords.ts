import type { Read, Write } from '../api/call.ts';
import { Report, withoutPasswords } from '../api/entry.ts';
import { intOf, isEmpty, listOf, textOf } from '../api/loose.ts';
import { dateTime } from '../api/names.ts';
import { passwordRefusal } from './passwords.ts';

/** `add/app-passwd`: a second password of `username` for `protocols`. Its reply does not carry the id. */
export const addAppPassword: Write = ({ cow, attr }) => {
  const { switches } = cow;
  const report = new Report([
    'app_passwd',
    'add',
    switches.echoesPasswords ? attr : withoutPasswords(attr, /passwd2?$/),
  ]);
  const mailbox = cow.mailboxes.get(textOf(attr.username).toLowerCase());
  if (!mailbox) return report.danger('access_denied').entries;
  const refusal = passwordRefusal(switches.passwordPolicy, attr.app_passwd, attr.app_passwd2);
  if (refusal) return report.join([refusal]).entries;
  const name = textOf(attr.app_name).trim();
  if (isEmpty(name)) return report.danger('app_name_empty').entries;
  const id = cow.nextId('app_passwd');
  cow.appPasswords.set(id, {
    id,
    name,
    mailbox: mailbox.username,
    domain: mailbox.domain,
    password: textOf(attr.app_passwd),
    active: intOf(attr.active),
    protocols: listOf(attr.protocols).map(textOf),
    createdAt: cow.clock.now(),
  });
  cow.touch();
  return report.success('app_passwd_added').entries;
};

/** `delete/app-passwd`: one that is not there is "removed" like any other. */
export const deleteAppPassword: Write = ({ cow, items }) => {
  const report = new Report(['app_passwd', 'delete', { id: items }]);
  for (const id of items) {
    if (cow.appPasswords.delete(intOf(id))) cow.touch();
    report.success(['app_passwd_removed', textOf(id)]);
  }
  return report.entries;
};

/** `get/app-passwd/all/{mailbox}`: never a password. */
export const getAppPasswords: Read = ({ cow, object = '', extra = '' }) => {
  if (object !== 'all') return undefined;
  const on = (protocols: readonly string[], protocol: string) => Number(protocols.includes(protocol));
  return [...cow.appPasswords.values()]
    .filter(({ mailbox }) => mailbox === extra.toLowerCase())
    .map(({ id, name, mailbox, domain, active, protocols, createdAt }) => ({
      id,
      name,
      mailbox,
      domain,
      created: dateTime(createdAt),
      modified: null,
      active: cow.switches.flagsAs === 'texts' ? String(active) : active,
      ...Object.fromEntries(
        ['imap', 'dav', 'smtp', 'eas', 'pop3', 'sieve'].map((one) => [`${one}_access`, on(protocols, `${one}_access`)]),
      ),
    }));
};
