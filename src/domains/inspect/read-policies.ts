import { registeredDomain } from '../../core/domain.ts';
import type { DomainFacts } from '../../core/inspection.ts';
import { Problem } from '../../core/problem.ts';
import {
  dmarcAddresses,
  dmarcTag,
  dmarcWalk,
  effectivePolicy,
  endsWalk,
  isDmarc,
  policyFor,
  type WalkedRecord,
} from '../../core/records/dmarc.ts';
import { senderOf } from '../../core/records/senders.ts';
import { isSpf, parseSpf } from '../../core/records/spf.ts';
import type { SpfTerm } from '../../core/records/spf-grammar.ts';
import { showText } from '../../core/records/txt.ts';
import type { AskDns } from './ask-dns.ts';

/** SPF of the domain itself. A record that can't be parsed is shown as it is, with nothing drawn from it. */
export async function readSpf(domain: string, ask: AskDns): Promise<DomainFacts['spf']> {
  const txt = await ask(domain, 'TXT');
  if (txt.status !== 'present') return txt;
  const records = txt.value.values.filter(isSpf).map(showText);
  if (records.length === 0) return { status: 'absent' };
  const parsed = records.map(parse);
  const terms = parsed.flatMap((one) => ('terms' in one ? one.terms : []));
  const broken = parsed.flatMap((one) => ('broken' in one ? one.broken : []))[0];
  const includes = terms.filter((term) => term.name === 'include');
  const end = terms.find((term) => term.name === 'all' || term.name === 'redirect');
  return {
    status: 'present',
    value: {
      records,
      includes: includes.map(({ value }) => {
        const sender = senderOf(value);
        return { domain: value, ...(sender === undefined ? {} : { sender }) };
      }),
      ses: includes.some(({ value }) => senderOf(value) === 'Amazon SES'),
      ...(broken === undefined ? {} : { broken }),
      all: end?.text.toLowerCase() ?? '',
    },
  };
}

function parse(record: string): { terms: readonly SpfTerm[] } | { broken: string } {
  try {
    return { terms: parseSpf(record).terms };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { broken: error.message };
  }
}

/** The DMARC policy in effect: its own, or its organisation's, up to the registered domain (RFC 9989 4.10). */
export async function readDmarc(domain: string, ask: AskDns): Promise<DomainFacts['dmarc']> {
  const top = registeredDomain(domain);
  const walk = dmarcWalk(domain).filter((name) => name === `_dmarc.${top}` || name.endsWith(`.${top}`));
  const walked: WalkedRecord[] = [];
  const at = new Map<string, readonly string[]>();
  for (const name of walk) {
    const txt = await ask(name, 'TXT');
    if (txt.status === 'unknown') return txt;
    const records = txt.status === 'present' ? txt.value.values.filter(isDmarc).map(showText) : [];
    const [record] = records;
    if (record === undefined) continue;
    at.set(name, records);
    walked.push({ name, record });
    // The domain's own counts, whatever stands above; several are shown, whatever they are worth.
    if (name === `_dmarc.${domain}` || endsWalk(record)) break;
  }
  const found = effectivePolicy(domain, walked);
  return found
    ? { status: 'present', value: policyFacts(domain, found, at.get(found.name) ?? []) }
    : { status: 'absent' };
}

function policyFacts(domain: string, { name, record }: WalkedRecord, records: readonly string[]) {
  const fo = dmarcTag(record, 'fo');
  const inherited = name !== `_dmarc.${domain}`;
  const policy = policyFor(record, inherited ? 'sp' : 'p');
  const addresses = (tag: 'rua' | 'ruf') =>
    dmarcAddresses(record, tag).map((uri) => uri.toLowerCase().replace(/^mailto:/, ''));
  return {
    name,
    inherited,
    records: [...records],
    policy,
    rua: addresses('rua'),
    ruf: addresses('ruf'),
    ...(fo === undefined ? {} : { fo }),
  };
}

/** One TXT record that begins with its version, such as MTA-STS and TLS-RPT have (RFC 8461 3.1, RFC 8460 3). */
export async function readVersioned(name: string, version: string, ask: AskDns): Promise<DomainFacts['mtaSts']> {
  const txt = await ask(name, 'TXT');
  if (txt.status !== 'present') return txt;
  const record = txt.value.values.map(showText).find((value) => value.startsWith(`v=${version};`));
  return record === undefined ? { status: 'absent' } : { status: 'present', value: record };
}
