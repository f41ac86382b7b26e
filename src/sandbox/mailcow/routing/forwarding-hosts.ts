import type { Read, Write } from '../api/call.ts';
import { Report } from '../api/entry.ts';
import { intOf, textOf } from '../api/loose.ts';
import { guessHosts } from './guess-hosts.ts';

/** `add/fwdhost`: an address or network as it is; of a name the hosts that it sends from, by its SPF, MX or address. */
export const addForwardingHost: Write = async ({ cow, attr }) => {
  const report = new Report(['fwdhost', 'add', attr]);
  const source = textOf(attr.hostname);
  const host = source.trim();
  const isNumeric = /^[0-9a-fA-F:/]+$/.test(host) || /^[0-9./]+$/.test(host);
  const hosts = isNumeric ? [host] : host === '' ? [] : await guessHosts(cow.internet, host);
  if (hosts.length === 0) return report.danger(['invalid_host', host]).entries;
  for (const one of hosts) cow.forwardingHosts.set(one, { host: one, source, keepSpam: intOf(attr.filter_spam) !== 1 });
  cow.touch();
  return report.success(['forwarding_host_added', hosts.join(', ')]).entries;
};

/** `delete/fwdhost`: items are addresses as get/fwdhost shows them. */
export const deleteForwardingHost: Write = ({ cow, items }) => {
  const report = new Report(['fwdhost', 'delete', { forwardinghost: items }]);
  for (const item of items) {
    const host = textOf(item);
    if (cow.forwardingHosts.delete(host)) cow.touch();
    report.success(['forwarding_host_removed', host]);
  }
  return report.entries;
};

/** `get/fwdhost/{address|all}`. */
export const getForwardingHost: Read = ({ cow, object = '' }) => {
  const all = [...cow.forwardingHosts.values()].map(({ host, source, keepSpam }) => ({
    host,
    source,
    keep_spam: keepSpam ? 'yes' : 'no',
  }));
  return object === 'all' ? all : all.find(({ host }) => host === object);
};
