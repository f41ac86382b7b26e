import { BlockList, isIP } from 'node:net';
import { check } from '../../../core/checks/check.ts';
import type { Json } from '../../../core/problem.ts';
import type { Change, Findings } from '../../../core/resource.ts';
import type { ForwardingData } from '../data.ts';
import { forwardingId, systemOf } from '../names.ts';
import type { ForwardingHost, RelayAddresses } from '../state.ts';
import type { MailcowPlan } from './plan.ts';

/** That Mailcow knows the relays as forwarders: else it judges them for the spam that others send through them. */
export function planForwarding(plan: MailcowPlan): Findings {
  const parts = plan.state.relays.map((relay) => planRelay(plan, relay));
  return {
    changes: [...new Map(parts.flatMap((part) => part.changes ?? []).map((change) => [change.id, change])).values()],
    checks: parts.flatMap((part) => part.checks ?? []),
    ...(parts.some((part) => part.partial) ? { partial: true as const } : {}),
  };
}

function planRelay({ host, state, mailcow }: MailcowPlan, { relay, addresses, problem }: RelayAddresses): Findings {
  const at = { system: systemOf(host), name: relay, expected: 'a forwarding host, its spam filter on' };
  if (problem !== undefined || addresses.length === 0) {
    const seen = [{ by: 'DNS', value: problem ?? 'the relay has no address' }];
    const status = problem === undefined ? 'failed' : 'unknown';
    return { checks: [check('mailcow.forwarding', { ...at, status, seen })], partial: true };
  }
  const missing = addresses.filter((address) => !state.forwarding.some((known) => covers(known, address)));
  const open = addresses.filter((address) =>
    state.forwarding.some((known) => covers(known, address) && !known.filtered),
  );
  const said =
    missing.length > 0
      ? `not known: ${missing.join(', ')}`
      : open.length > 0
        ? `known, but the spam filter is off for ${open.join(', ')}`
        : `known: ${addresses.join(', ')}`;
  return {
    changes: missing.map((address) => naming(host, relay, address, mailcow.forwardingHosts === 'ask')),
    checks: [
      check('mailcow.forwarding', {
        ...at,
        status: missing.length > 0 || open.length > 0 ? 'failed' : 'ok',
        seen: [{ by: 'Mailcow', value: said }],
        ...(missing.length === 0 && open.length > 0
          ? { fix: 'Switch its spam filter on in Mailcow (System, Configuration, Options, Forwarding hosts).' }
          : {}),
      }),
    ],
  };
}

/** Mailcow takes networks, too. */
function covers({ address }: ForwardingHost, wanted: string): boolean {
  if (address === wanted) return true;
  const [net = '', bits] = address.split('/');
  const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(net) === 0 || isIP(wanted) !== isIP(net)) return false;
  const list = new BlockList();
  if (bits === undefined) list.addAddress(net, family);
  else list.addSubnet(net, Number(bits), family);
  return list.check(wanted, family);
}

function naming(host: string, relay: string, address: string, asks: boolean): Change {
  const after: ForwardingData = { host, address };
  return {
    id: forwardingId(host, address),
    system: systemOf(host),
    verb: 'create',
    what: `forwarding host ${address} (${relay}), its spam filter on`,
    effect: `whatever comes from ${address}, for every domain of this Mailcow, is never greylisted or refused for the address it comes from: spam is sorted out by its content`,
    ...(asks
      ? {
          ask: `Mailcow ${host} takes everything from ${address} (${relay}) without asking block lists or greylisting, for all of its domains; the spam filter stays on. Is ${address} your own relay (mailcow.forwardingHosts: true in the profile says so)?`,
        }
      : {}),
    after: after as unknown as Json,
    by: 'us',
    undo: 'inverse',
  };
}
