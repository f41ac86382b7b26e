import { isGenericName, reverseName } from '../reverse-name.ts';
import { isSpf } from '../spf.ts';
import { readSpfTerm } from '../spf-grammar.ts';
import { fromBytes } from '../txt.ts';
import type { Check } from './check.ts';
import { finding } from './finding.ts';
import { isReserved } from './reserved-ranges.ts';
import { fine, follow, type See, type Subject, unheard, unseen } from './see.ts';

/** Whoever names more single addresses than this has a network of senders, and somebody who looks after it. */
const MOST_ADDRESSES = 8;
/** Whoever has more reverse names than this is believed by nobody anyway. */
const MOST_NAMES = 5;

/** The reverse names of hosts that the domain's own SPF record names by a single address: they send with it. Pure. */
export function checkPtr({ domain }: Subject, see: See): Check[] {
  const record = follow(see, domain, 'TXT').answer.values.map(fromBytes).find(isSpf);
  const addresses = (record ?? '').split(' ').flatMap(singleAddress).slice(0, MOST_ADDRESSES);
  return addresses.flatMap((address) => oneAddress(address, see));
}

function singleAddress(word: string): string[] {
  const term = readSpfTerm(word);
  if ('wrong' in term || term.qualifier !== '+') return [];
  const [address = ''] = term.value.split('/');
  const isSingle =
    (term.name === 'ip4' && (term.cidr4 ?? 32) === 32) || (term.name === 'ip6' && (term.cidr6 ?? 128) === 128);
  return isSingle && !isReserved(address) ? [address] : [];
}

function oneAddress(address: string, see: See): Check[] {
  const set = `Ask whoever gives the address ${address} to set its reverse name (PTR) to the host’s own name.`;
  const at = { name: address, fix: set };
  const said = see(reverseName(address), 'PTR');
  const silence = unheard(said);
  if (silence !== undefined) return [unseen('ptr.none', address, silence)];
  const names = said.values.slice(0, MOST_NAMES);
  if (names.length === 0) return [finding('ptr.none', 'no reverse name', at)];
  const type = address.includes(':') ? 'AAAA' : 'A';
  const answers = names.map((name) => ({ name, answer: follow(see, name, type).answer }));
  const good = answers.filter(({ answer }) => answer.values.some((one) => reverseName(one) === reverseName(address)));
  const told = names.join(', ');
  if (good.length === 0) {
    const unknown = answers.map(({ answer }) => unheard(answer)).find((reason) => reason !== undefined);
    return [
      unknown === undefined
        ? finding('ptr.forward', `${told}, which does not lead back`, at)
        : unseen('ptr.forward', address, unknown),
    ];
  }
  if (good.every(({ name }) => isGenericName(name, address))) return [finding('ptr.generic', told, at)];
  return [fine('ptr.none', address, told)];
}
