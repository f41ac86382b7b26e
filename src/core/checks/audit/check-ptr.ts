import { isGenericName, reverseName } from '../../records/reverse-name.ts';
import { isSpf } from '../../records/spf.ts';
import { readSpfTerm } from '../../records/spf-grammar.ts';
import { fromBytes } from '../../records/txt.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { isReserved } from '../lint/reserved-ranges.ts';
import { fine, follow, type See, type Subject, unheard, unseen } from './see.ts';

/** Whoever names more single addresses than this has a network of senders, and somebody who looks after it. */
const MOST_ADDRESSES = 8;
/** Whoever has more reverse names than this is believed by nobody anyway. */
export const MOST_NAMES = 5;

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
  const said = see(reverseName(address), 'PTR');
  const silence = unheard(said);
  if (silence !== undefined) return [judgeAddress({ address, silence })];
  const type = address.includes(':') ? 'AAAA' : 'A';
  const names = said.values.slice(0, MOST_NAMES).map((name) => {
    const { answer } = follow(see, name, type);
    const back = answer.values.some((one) => reverseName(one) === reverseName(address));
    return { name, back: back || answer.status !== 'unknown' ? back : undefined };
  });
  return [judgeAddress({ address, names })];
}

/** What DNS calls an address: its names, each with whether it leads back to it (undefined: nobody could say); or why nobody could say. */
export type Reversed = { readonly address: string } & (
  | { readonly names: readonly { readonly name: string; readonly back: boolean | undefined }[] }
  | { readonly silence: string }
);

/** Whether receivers take mail from an address, by its reverse name; `host` is whose address it is, where that is known. Pure. */
export function judgeAddress(reversed: Reversed, host?: string): Check {
  const { address } = reversed;
  const own = host ?? 'the host’s own name';
  const at = {
    name: address,
    fix: `Ask whoever gives the address ${address} to set its reverse name (PTR) to ${own}.`,
  };
  if ('silence' in reversed) return unseen('ptr.none', address, reversed.silence);
  const { names } = reversed;
  if (names.length === 0) return finding('ptr.none', 'no reverse name', at);
  const told = names.map(({ name }) => name).join(', ');
  const good = names.filter(({ back }) => back);
  if (good.length === 0 && names.some(({ back }) => back === undefined))
    return unseen('ptr.forward', address, `${told}, whose own address could not be looked up`);
  if (good.length === 0) return finding('ptr.forward', `${told}, which does not lead back to it`, at);
  if (good.every(({ name }) => name !== host && isGenericName(name, address)))
    return finding('ptr.generic', `${told}, a name that a network gives to its customers`, at);
  return fine('ptr.none', address, told);
}
