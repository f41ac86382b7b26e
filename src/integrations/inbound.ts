import { type Check, check } from '../core/checks/check.ts';
import type { DomainSpec, MxHost } from '../core/domain-spec.ts';
import type { Resolver } from '../core/resolver.ts';
import type { DesiredRecord, Findings, Resource } from '../core/resource.ts';
import { askRecipient, type Reply } from './wire/smtp/smtp.ts';

/** Whether an MX host takes the domain's mail, in its own words. unknown: nobody could ask it from here. */
export interface HostVerdict {
  readonly host: MxHost;
  readonly verdict: 'accepts' | 'refuses' | 'later' | 'unknown';
  readonly said: string;
}

/** What the MX hosts of a profile say. */
export interface InboundState {
  readonly hosts: readonly HostVerdict[];
}

/** What asking mail hosts stands on. */
export interface InboundNeeds {
  readonly resolver: Resolver;
  /** 25 but in a sandbox. */
  readonly port: number;
}

/** What the domain's MX records wait for while a host would not take its mail. */
const EVERY_HOST = 'every MX host to take mail for';

/**
 * Inbound mail: wants the profile's MX records, and asks each host whether it takes mail for postmaster@ the domain, which every domain
 * must have (RFC 5321 4.5.1). As long as one does not, no mail is sent its way.
 */
export function openInbound({ resolver, port }: InboundNeeds): Resource<DomainSpec, InboundState> {
  // A port that is closed stays closed for the run, and a yes stays a yes; whoever refused is asked again.
  const silent = new Map<string, HostVerdict>();
  const accepted = new Map<string, HostVerdict>();
  return {
    name: 'inbound',
    async read({ domain, mx = [] }) {
      const hosts = await Promise.all(
        mx.map(async (host) => {
          const key = `${host.host} ${domain}`;
          const known = accepted.get(key) ?? silent.get(host.host);
          const verdict = known ? { ...known, host } : await ask(host, `postmaster@${domain}`, { resolver, port });
          if (verdict.verdict === 'unknown') silent.set(host.host, verdict);
          if (verdict.verdict === 'accepts') accepted.set(key, verdict);
          return verdict;
        }),
      );
      return { hosts };
    },
    plan: planInbound,
    revert: () => ({ changes: [], left: [] }),
    async apply() {},
  };
}

/** MX records, and what stands in their way. Pure. */
export function planInbound(spec: DomainSpec, { hosts }: InboundState): Findings {
  const { domain, consents } = spec;
  const closed = hosts.filter(({ verdict }) => verdict === 'refuses' || verdict === 'later');
  const unknown = hosts.filter(({ verdict }) => verdict === 'unknown');
  const systems = [
    ...(spec.relays ?? []).filter(({ managed }) => managed).map(({ host }) => `postfix ${host}`),
    ...(spec.mailcow ? [`mailcow ${spec.mailcow.host}`] : []),
  ];
  const waitsFor = [...systems, ...(closed.length > 0 ? [`${EVERY_HOST} ${domain}`] : [])];
  const ask =
    unknown.length > 0 && closed.length === 0 && !consents.mxUnproved
      ? `${unknown.map(({ host, said }) => `${host.host} could not be asked whether it takes mail for ${domain} (${said})`).join('; ')}. Send mail there all the same (--mx-unproved)?`
      : undefined;
  const records = (spec.mx ?? []).map(
    ({ host, preference }): DesiredRecord => ({
      id: `dns ${domain} MX ${host}`,
      record: { name: domain, type: 'MX', value: host, preference, ttl: spec.ttl },
      firmness: 'mx',
      system: 'inbound',
      purpose: 'inbound mail',
      effect: `mail to @${domain} goes to ${host}`,
      ...(waitsFor.length > 0 ? { waitsFor } : {}),
      ...(ask === undefined ? {} : { ask }),
      check: 'mx.inbound',
    }),
  );
  return { records, checks: hosts.map((one) => hostCheck(domain, one)) };
}

function hostCheck(domain: string, { host, verdict, said }: HostVerdict): Check {
  const found = {
    system: 'inbound',
    name: host.host,
    expected: `takes mail for postmaster@${domain}`,
    seen: [{ by: host.host, value: said }],
  };
  switch (verdict) {
    case 'accepts':
      return check('mx.accepts', { ...found, status: 'ok' });
    case 'refuses':
      return check('mx.accepts', { ...found, status: 'failed' });
    case 'later':
      return check('mx.accepts', {
        ...found,
        status: 'pending',
        next: 'asked again with the next look; MX records are written when it says yes',
      });
    default:
      // Nothing is known against it, and from many places nobody could know more.
      return check('mx.accepts', {
        ...found,
        status: 'unknown',
        severity: 'info',
        next: 'asked again with the next run',
      });
  }
}

async function ask(host: MxHost, recipient: string, { resolver, port }: InboundNeeds): Promise<HostVerdict> {
  const [v4, v6] = await Promise.all([
    resolver.public({ name: host.host, type: 'A' }),
    resolver.public({ name: host.host, type: 'AAAA' }),
  ]);
  const addresses = [...v4.values, ...v6.values];
  if (addresses.length === 0) {
    return v4.status === 'unknown' || v6.status === 'unknown'
      ? { host, verdict: 'unknown', said: 'its address could not be looked up' }
      : { host, verdict: 'refuses', said: 'it has no address: no mail can reach it' };
  }
  let last: Reply = { silence: 'not asked' };
  for (const address of addresses.slice(0, 4)) {
    last = await askRecipient({ address, port }, recipient);
    if (!('silence' in last)) break;
  }
  return { host, ...judge(last, port) };
}

/** What a reply means for the domain's mail. A refusal of whoever asks says nothing about the domain. */
export function judge(reply: Reply, port: number): Pick<HostVerdict, 'verdict' | 'said'> {
  if ('silence' in reply) return { verdict: 'unknown', said: `port ${port}: ${reply.silence}` };
  const said = `${reply.text} (to ${reply.at === 'RCPT' ? 'RCPT TO' : reply.at})`;
  if (reply.at === 'RCPT' && reply.code < 300) return { verdict: 'accepts', said };
  if (reply.at !== 'RCPT' || isAboutTheClient(reply.text)) return { verdict: 'unknown', said };
  return { verdict: reply.code < 500 ? 'later' : 'refuses', said };
}

/** Block lists, missing reverse names, how one greets: about the address that asks, not about the domain, whose own name may have such words in it. */
function isAboutTheClient(text: string): boolean {
  return !/gr[ae]y-?list/i.test(text) && ABOUT_THE_CLIENT.test(text.replaceAll(/\S*@\S*/g, ''));
}

const ABOUT_THE_CLIENT =
  /client host|\b(helo|ehlo) command|your (ip|host|address)|blocked using|black ?list|block ?list|spamhaus|spamcop|barracuda|\b(rbl|dnsbl)\b|reverse (dns|host|lookup)|ptr record|\b5\.7\.(25|27)\b|\b530\b.*starttls/i;
