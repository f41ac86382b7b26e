import type { Read, Write } from '../api/call.ts';
import { Report, withoutPasswords } from '../api/entry.ts';
import { intOf, intOr, isEmpty, isGiven, textOf } from '../api/loose.ts';
import type { Installation } from '../installation.ts';
import type { Relayhost } from '../state.ts';

/** `add/relayhost`: its reply carries neither the id nor the name. The same twice makes two. */
export const addRelayhost: Write = ({ cow, attr }) => {
  const report = new Report(['relayhost', 'add', cow.switches.echoesPasswords ? attr : withoutPasswords(attr)]);
  const hostname = textOf(attr.hostname).trim();
  if (isEmpty(hostname)) return report.danger(['invalid_host', '']).entries;
  const id = cow.nextId('relayhosts');
  const [username, password] = [textOf(attr.username).trim(), textOf(attr.password).trim()];
  cow.relayhosts.set(id, { id, hostname, username, password, active: 1 });
  cow.touch();
  return report.success(['relayhost_added', '']).entries;
};

/** `edit/relayhost`: items are ids. */
export const editRelayhost: Write = ({ cow, attr, items }) => {
  const log = { id: items, ...attr };
  const report = new Report(['relayhost', 'edit', cow.switches.echoesPasswords ? log : withoutPasswords(log)]);
  for (const item of items) {
    const relayhost = cow.relayhosts.get(intOf(item));
    if (!relayhost) {
      report.danger(['relayhost_invalid', textOf(item)]);
      continue;
    }
    if (!isEmpty(attr.hostname)) relayhost.hostname = textOf(attr.hostname).trim();
    if (isGiven(attr.username)) relayhost.username = textOf(attr.username).trim();
    if (isGiven(attr.password)) relayhost.password = textOf(attr.password).trim();
    relayhost.active = intOr(attr.active, relayhost.active);
    cow.touch();
    report.success(['object_modified', '']);
  }
  return report.entries;
};

/** `delete/relayhost`: domains that used it use none. One that is not there is "removed" like any other. */
export const deleteRelayhost: Write = ({ cow, items }) => {
  const report = new Report(['relayhost', 'delete', { id: items }]);
  for (const item of items) {
    const id = intOf(item);
    if (cow.relayhosts.delete(id)) cow.touch();
    for (const domain of cow.domains.values()) if (domain.relayhost === id) domain.relayhost = 0;
    report.success(['relayhost_removed', textOf(item)]);
  }
  return report.entries;
};

/** `get/relayhost/{id|all}`: the password is shown, as the real one shows it. */
export const getRelayhost: Read = ({ cow, object = '' }) => {
  if (object === 'all') return [...cow.relayhosts.values()].map((relayhost) => show(cow, relayhost));
  const relayhost = cow.relayhosts.get(intOf(object));
  return relayhost && show(cow, relayhost);
};

function show(cow: Installation, { id, hostname, username, password, active }: Relayhost) {
  const users = [...cow.domains.values()].filter(({ relayhost }) => relayhost === id);
  return {
    id,
    hostname,
    username,
    password,
    active: cow.switches.flagsAs === 'texts' ? String(active) : active,
    active_int: active,
    password_short: `${password.slice(0, 3)}...`,
    used_by_domains: users.map(({ name }) => name).join(', '),
    used_by_mailboxes: '',
  };
}
