import { isBelow } from '../../domain.ts';
import type { Brand, Fetched, Registration } from '../../fetched.ts';
import { type Answer, NOBODYS_LABEL, type Question, type Security } from '../../resolver.ts';
import type { SmtpTls } from '../../smtp-tls.ts';
import type { Check, CheckId } from '../check.ts';
import { check } from '../check.ts';
import { CHECKS } from '../table.ts';

export type RecordType = Question['type'];

/**
 * What DNS says of a name. What nobody has asked yet is unknown for now, and asked before the checks are made again: so a check is a pure
 * function of what is known, and its questions are whatever it looked at.
 */
export type See = (name: string, type: RecordType) => Answer;

/**
 * What is looked at outside DNS, in the same way: undefined where nobody has asked yet, or nobody can be asked from here. A check that gets
 * undefined says nothing.
 */
export interface Outside {
  /** A page over HTTPS. */
  page(url: string): Fetched | undefined;
  /** The logo and certificate of a BIMI record at `domain`. */
  brand(domain: string, record: { readonly logo: string; readonly mark?: string }): Brand | undefined;
  /** What the registry says of a registered domain. */
  registration(domain: string): Registration | undefined;
  /** What DNSSEC says of the zone that holds a name. */
  security(name: string): Security | undefined;
  /** What an MX host shows of TLS; not there where nobody asked for that to be looked at. */
  readonly tls?: (host: string) => SmtpTls | undefined;
}

/** What is checked. */
export interface Subject {
  readonly domain: string;
  /** Selectors that sign its mail, as far as they are known. */
  readonly selectors: readonly string[];
  /** MAIL FROM names, with the region whose feedback host is to stand there, where it is known. */
  readonly mailFrom: readonly { readonly name: string; readonly region?: string }[];
  /** Private addresses are as good as public ones: in a network of one's own, and in the sandbox. */
  readonly allowPrivate?: boolean;
}

/** Why a name could not be looked at; undefined where it could. */
export function unheard(answer: Answer): string | undefined {
  if (answer.status !== 'unknown') return undefined;
  const [first] = answer.servers;
  return first ? `${first.by}: ${first.reason ?? 'no answer'}` : 'no answer';
}

/** A check whose answer did not come: it says nothing. */
export function unseen(id: CheckId, name: string, why: string): Check {
  return looked(id, name, 'unknown', why);
}

/** A check that has nothing to say against it. */
export function fine(id: CheckId, name: string, seen: string): Check {
  return looked(id, name, 'ok', seen);
}

function looked(id: CheckId, name: string, status: 'ok' | 'unknown', value: string): Check {
  return check(id, { status, system: 'dns', name, expected: CHECKS[id].title, seen: [{ by: 'DNS', value }] });
}

/** The first hop, where a name is an alias. */
export function aliasOf(answer: Answer): string | undefined {
  return answer.servers.find(({ alias }) => alias !== undefined)?.alias;
}

/** Where what is said of a name stands: at the end of its aliases, or at itself. */
export function placeOf(see: See, name: string, type: RecordType): string {
  const { answer, hops } = follow(see, name, type);
  return hops.at(-1) ?? aliasOf(answer) ?? name;
}

/** Where a name leads to as an alias of its own, and nothing is; what a wildcard above answers was not put there for it. */
export function deadAlias(see: See, name: string, type: RecordType, domain: string): string | undefined {
  const { answer, hops } = follow(see, name, type);
  const target = hops.at(-1) ?? aliasOf(answer);
  if (target === undefined || answer.status !== 'absent') return undefined;
  const isWild = aliasOf(see(`${NOBODYS_LABEL}.${domain}`, 'TXT')) === aliasOf(see(name, type));
  return isWild ? undefined : target;
}

/** The way out where a DNS host has added the domain behind a name, because its final dot was missing: only if something stands there. */
export function withoutDomain(name: string, domain: string, type: RecordType, see: See): { fix?: string } {
  const meant = isBelow(name, domain) ? name.slice(0, -domain.length - 1) : '';
  const isThere = meant.includes('.') && follow(see, meant, type).answer.values.length > 0;
  return isThere ? { fix: `Write "${meant}." with the dot at its end, which says that the name is whole.` } : {};
}

/** What stands at the end of aliases, which may lead to other zones; `hops` names them. In a circle nothing does; behind more than eight is unknown. */
export function follow(see: See, name: string, type: RecordType): { answer: Answer; hops: readonly string[] } {
  const hops: string[] = [];
  let at = name;
  for (;;) {
    const answer = see(at, type);
    const next = answer.values.length > 0 ? undefined : aliasOf(answer);
    if (next === undefined) return { answer, hops };
    if (hops.includes(next) || next === name)
      return { answer: { status: 'absent', values: [], servers: [] }, hops: [...hops, next] };
    if (hops.length >= 8) {
      const servers = [{ by: name, status: 'unknown' as const, values: [], reason: 'more than eight aliases' }];
      return { answer: { status: 'unknown', values: [], servers }, hops };
    }
    hops.push(next);
    at = next;
  }
}
