import type { Read, Write } from '../api/call.ts';
import { type Entry, Report, withoutPasswords } from '../api/entry.ts';
import { type Attributes, intOf, isEmpty, textOf } from '../api/loose.ts';
import { isAddress, isDomainName } from '../api/names.ts';
import type { Installation } from '../installation.ts';

/** `add/transport`: where mail for a destination leaves through. Kept and shown; mail does not follow it here. */
export const addTransport: Write = ({ cow, attr }) => {
  const report = new Report(['transport', 'add', cow.switches.echoesPasswords ? attr : withoutPasswords(attr)]);
  const refusal = refusalOf(cow, attr);
  if (refusal) return report.danger(refusal).entries;
  const id = cow.nextId('transports');
  cow.transports.set(id, {
    id,
    destination: textOf(attr.destination).trim(),
    nexthop: textOf(attr.nexthop).trim(),
    username: textOf(attr.username).trim(),
    password: textOf(attr.password).trim(),
    lookupMx: intOf(attr.lookup_mx),
    active: intOf(attr.active),
  });
  cow.touch();
  return report.success(['relayhost_added', '']).entries;
};

function refusalOf(cow: Installation, attr: Attributes): Entry['msg'] | undefined {
  const destination = textOf(attr.destination).trim();
  const isDestination = isDomainName(destination.replace(/^\./, '')) || destination === '*' || isAddress(destination);
  if (isEmpty(destination) || !isDestination) return 'invalid_destination';
  if (isEmpty(textOf(attr.nexthop).trim())) return ['invalid_nexthop'];
  const taken = [...cow.transports.values()].some((one) => one.destination === destination);
  return taken ? 'transport_dest_exists' : undefined;
}

/** `delete/transport`: items are ids. */
export const deleteTransport: Write = ({ cow, items }) => {
  const report = new Report(['transport', 'delete', { id: items }]);
  for (const item of items) {
    if (cow.transports.delete(intOf(item))) cow.touch();
    report.success(['relayhost_removed', textOf(item)]);
  }
  return report.entries;
};

/** `get/transport/{id|all}`. */
export const getTransport: Read = ({ cow, object = '' }) => {
  const all = [...cow.transports.values()].map(({ lookupMx, ...transport }) => ({
    ...transport,
    lookup_mx: String(lookupMx),
    password_short: `${transport.password.slice(0, 3)}...`,
  }));
  return object === 'all' ? all : all.find(({ id }) => id === intOf(object));
};
