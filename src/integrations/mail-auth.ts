import type { AuthenticateResult, AuthStatus, DMARCResult, DNSResolver, SPFResult } from 'mailauth';
import { registeredDomain } from '../core/domain.ts';
import type { Question, Resolver } from '../core/resolver.ts';
import { type MessageVerdict, SIGNATURE_FAULTS, type SpfQuestion, type SpfVerdict } from '../core/verdicts.ts';
import { isPrivate } from './wire/is-private.ts';
import { readTrace, type Trace } from './wire/received.ts';

/** Asks one name for one type, as receivers do; answers are remembered, so that one evaluation asks each once. */
type Ask = Pick<Resolver, 'public'>;

/**
 * Whether a host may send with an address, by RFC 7208 to the letter (mailauth, strict). `records` stand in for what a domain publishes.
 * Source of the algorithm: mailauth, which passes the whole openspf suite.
 */
export async function evaluateSpf(
  { ip, from, helo, receiver = 'localhost' }: SpfQuestion,
  dns: Ask,
  records: ReadonlyMap<string, string> = new Map(),
): Promise<SpfVerdict> {
  const { spf } = await import('mailauth');
  const found = await spf({ ip, helo, sender: from, mta: receiver, resolver: resolverOf(dns, records), strict: true });
  const { lookups } = found;
  const count = lookups?.count ?? 0;
  return {
    ...spfWords(found, receiver),
    // That of the record itself is none of the ten, also where there is no record.
    lookups: { count, limit: lookups?.limit ?? 10, empty: Math.min(lookups?.void ?? 0, count) },
  };
}

function spfWords({ status, rr, explanation }: SPFResult, receiver: string): Omit<SpfVerdict, 'lookups'> {
  return {
    result: status.result as SpfVerdict['result'],
    // It begins with who says so, which is us.
    ...(status.comment === undefined ? {} : { reason: status.comment.replace(`${receiver}: `, '') }),
    ...(rr === undefined ? {} : { record: rr }),
    ...(explanation === undefined ? {} : { explanation }),
  };
}

/** Our name as a receiver. */
const SELF = 'mailwright';

/** How a message came in, where that is known from elsewhere than its own header. `from` is empty for a bounce. */
export interface Arrival {
  readonly ip?: string;
  readonly helo?: string;
  readonly from?: string;
}

/**
 * What a receiver finds of a message, strict by the RFCs (6376, 7208, 8617, 9989). Host, greeting and sender that are not given are those of
 * its own Received and Return-Path, which only a message from one's own mailbox tells truly. Takes the message as it is stored, with any line ends.
 */
export async function evaluateMessage(raw: Uint8Array, given: Arrival, dns: Ask): Promise<MessageVerdict> {
  const { authenticate } = await import('mailauth');
  const text = Buffer.from(raw).toString('latin1').replace(/\r?\n/g, '\r\n');
  const [header = '', body = ''] = split(text);
  const arrival = arrivalOf(given, await readTrace(header));
  const result = await authenticate(Buffer.from(text, 'latin1'), {
    ...('unjudged' in arrival ? {} : { ip: arrival.ip, helo: arrival.helo, sender: arrival.from }),
    mta: SELF,
    resolver: resolverOf(dns, new Map()),
    strict: true,
    disableBimi: true,
  });
  const { dkim, spf, arc, dmarc } = result;
  const aligned = dmarc ? dmarc.alignment : undefined;
  const authors = [
    ...new Set(dkim.headerFrom.map((address) => address.slice(address.lastIndexOf('@') + 1).toLowerCase())),
  ];
  return {
    ...(authors.length === 1 && authors[0] ? { author: authors[0] } : {}),
    signatures: dkim.results
      .filter(({ signingDomain, status }) => signingDomain || status.result !== 'none')
      .map((one) => ({
        domain: one.signingDomain ?? '',
        selector: one.selector ?? '',
        ...(one.algo === undefined ? {} : { algorithm: one.algo }),
        result: one.status.result,
        ...reasonOf(one.status, body === ''),
        aligned: one.status.aligned !== undefined && one.status.aligned !== false,
        ...(one.status.underSized ? { unsigned: one.status.underSized } : {}),
        ...(one.modulusLength === undefined ? {} : { keyBits: one.modulusLength }),
      })),
    ...('unjudged' in arrival
      ? { spfUnjudged: arrival.unjudged }
      : spf !== false && {
          spf: {
            ...spfWords(spf, SELF),
            domain: spf.domain,
            ip: arrival.ip,
            aligned: aligned?.spf.result !== undefined,
            ...(arrival.from === '' ? { greeting: true as const } : {}),
          },
        }),
    arc: {
      result: arc ? arc.status.result : 'none',
      ...(arc && arc.status.comment !== undefined ? { reason: arc.status.comment } : {}),
      instances: arc && arc.i !== false ? arc.i : 0,
      ...sealerOf(arc),
    },
    dmarc: dmarc
      ? { ...dmarcWords(dmarc), ...openWords(result, arrival, body === '') }
      : {
          result: 'none',
          ...(result.dmarcSkipReason === undefined ? {} : { reason: SKIPPED[result.dmarcSkipReason] }),
        },
  };
}

/** Whose the newest seal is. */
function sealerOf(arc: AuthenticateResult['arc']): { sealer?: string } {
  const sealer = arc === false || arc.signature === false ? undefined : arc.signature?.signingDomain;
  return sealer ? { sealer } : {};
}

/** What the library says of a signature, as a sentence that says what happened. */
const NO_MATCH = 'body hash did not verify';
const SAYS: ReadonlyMap<string, string> = new Map([
  [NO_MATCH, SIGNATURE_FAULTS.changed],
  ['bad signature', 'a signed header was changed, or the key is another one by now'],
  ['no key', SIGNATURE_FAULTS.noKey],
  ['invalid public key', 'its key can’t be read, or was revoked (p= is empty)'],
  ['weak algorithm', 'it is signed with SHA-1, which counts no longer'],
  ['weak-key', 'its key has less than 1024 bits'],
  ['expired', 'its time is over (x=)'],
]);

function reasonOf({ comment, policy }: AuthStatus, isBodyless: boolean): { reason?: string } {
  const said = comment || policy?.['dkim-rules'];
  if (!said) return {};
  if (isBodyless && said === NO_MATCH)
    return { reason: 'the file holds the header alone, and the body is signed, too' };
  return { reason: said.startsWith('DNS failure') ? 'its key could not be asked for' : (SAYS.get(said) ?? said) };
}

/** Why a fail of DMARC is only that something which could make it pass is not known: a key, a record, the host, the body. Unknown is no fail. */
function openWords(
  { dkim, spf, dmarc }: AuthenticateResult,
  arrival: KnownArrival,
  isBodyless: boolean,
): { result?: string; reason?: string } {
  if (dmarc === false || dmarc?.status.result !== 'fail') return {};
  const open = (reason: string) => ({ result: 'temperror', reason });
  const author = dkim.headerFrom[0] ?? '';
  const own = registeredDomain(domainOf(author));
  const isOwn = (domain: string | undefined) => domain !== undefined && registeredDomain(domain.toLowerCase()) === own;
  const some = (test: (status: AuthStatus) => boolean) =>
    dkim.results.some(({ status, signingDomain }) => test(status) && isOwn(signingDomain));
  if (some(({ result }) => result === 'temperror')) return open('what could make it pass could not be asked for');
  if (spf !== false && spf.status.result === 'temperror' && isOwn(spf.domain))
    return open('what could make it pass could not be asked for');
  if (isBodyless && some(({ comment }) => comment === NO_MATCH))
    return open('without the body its signature can’t be checked');
  // A sender of somebody else would not count, whatever host it came from.
  const isOthers = !!arrival.from && !isOwn(domainOf(arrival.from));
  if (isOthers) return {};
  if ('unjudged' in arrival) return open('DKIM does not pass, and SPF was not judged');
  return arrival.isInside
    ? open('DKIM does not pass, and SPF was judged by a host inside, not by the one that sent it here')
    : {};
}

/** Host, greeting and sender for SPF; or why it can't be judged. */
type KnownArrival =
  | {
      readonly ip: string;
      readonly helo: string;
      readonly from: string;
      /** The header names hosts with private addresses alone: who handed it to them is not known. */
      readonly isInside: boolean;
    }
  | { readonly unjudged: string; readonly from?: string };

function arrivalOf(given: Arrival, trace: Trace): KnownArrival {
  const ip = given.ip ?? trace.ip;
  // The greeting of another host says nothing of this one.
  const helo = given.helo ?? (ip === trace.ip ? trace.helo : undefined);
  // Whoever names a greeting and nothing else asks about a bounce.
  const from = given.from ?? trace.from ?? (given.helo === undefined ? undefined : '');
  const unjudged = (why: string) => ({ unjudged: why, ...(from === undefined ? {} : { from }) });
  if (ip === undefined)
    return unjudged(
      `no header says which host handed it in (--ip${from === undefined ? ', --from' : ''})${trace.claimed === undefined ? '' : `; its Received-SPF header names ${trace.claimed}, which is right if your own server wrote it`}`,
    );
  if (from === undefined) return unjudged('no header says who the envelope sender was (Return-Path): --from says it');
  if (from === '' && helo === undefined)
    return unjudged(
      'it is a bounce (an empty Return-Path), for which the name counts by which the host greets, and no header says a name (--helo)',
    );
  return { ip, helo: helo ?? `[${ip}]`, from, isInside: given.ip === undefined && isPrivate(ip) };
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** Header and body, with the empty line between them in neither. */
function split(text: string): readonly string[] {
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? [text] : [text.slice(0, end), text.slice(end + 4)];
}

/** What DMARC says where it is known who signed and who sent. */
export async function evaluateDmarc(
  {
    headerFrom,
    dkimDomains,
    spfDomains,
  }: { headerFrom: string; dkimDomains: readonly { domain: string }[]; spfDomains: readonly string[] },
  dns: Ask,
): Promise<MessageVerdict['dmarc']> {
  const { dmarc } = await import('mailauth');
  const found = await dmarc({
    headerFrom,
    dkimDomains: [...dkimDomains],
    spfDomains: [...spfDomains],
    resolver: resolverOf(dns, new Map()),
    strict: true,
  } as Parameters<typeof dmarc>[0]);
  return found ? dmarcWords(found) : { result: 'none' };
}

function dmarcWords(found: DMARCResult): MessageVerdict['dmarc'] {
  return {
    result: found.status.result,
    // It repeats the policy, which is told beside it.
    ...(found.status.comment === undefined || /^p=/.test(found.status.comment) ? {} : { reason: found.status.comment }),
    ...(found.policy === undefined ? {} : { policy: found.policy }),
    ...(found.domain === undefined ? {} : { organisation: found.domain }),
    ...(found.policyDomain === undefined ? {} : { policyDomain: found.policyDomain }),
    ...(found.rr === undefined ? {} : { record: found.rr }),
  };
}

const SKIPPED = {
  'no-author-domain': 'the From header names no domain',
  'multiple-author-domains': 'the From header names addresses of several domains',
  'invalid-author-domain': 'the From header names no valid domain',
  'multiple-from-fields': 'there are several From headers',
} as const;

/** A message may hold thousands of signatures, each with a name to be asked: so many questions, for so long, are enough for any honest one. */
const MOST_QUESTIONS = 200;
const MOST_MS = 60_000;

/** mailauth asks as node:dns does: texts in lists of strings, MX as objects, and errors by their codes. */
function resolverOf(dns: Ask, records: ReadonlyMap<string, string>): DNSResolver {
  const until = performance.now() + MOST_MS;
  const memory = new Map<string, ReturnType<Ask['public']>>();
  const ask = async (name: string, type: string) => {
    const plain = name.toLowerCase().replace(/\.$/, '');
    const instead = type === 'TXT' ? records.get(plain) : undefined;
    if (instead !== undefined) return [[instead]];
    const key = `${type} ${plain}`;
    const isOver = memory.size >= MOST_QUESTIONS || performance.now() > until;
    if (isOver && !memory.has(key)) throw codeError('not asked: it leads to more names than any honest one');
    const asked = memory.get(key) ?? dns.public({ name: plain, type: type as Question['type'] });
    memory.set(key, asked);
    const answer = await asked;
    if (answer.status === 'unknown') throw codeError(answer.servers[0]?.reason ?? 'no answer');
    if (answer.status === 'absent')
      throw Object.assign(new Error(`${type} of ${plain}: none`), {
        code: answer.nameMissing ? 'ENOTFOUND' : 'ENODATA',
      });
    return answer.values.map((value) => shaped(type, value));
  };
  return ask as unknown as DNSResolver;
}

function shaped(type: string, value: string): unknown {
  if (type === 'TXT') return [value];
  if (type !== 'MX') return value;
  const [priority = '0', exchange = ''] = value.split(' ');
  return { priority: Number(priority), exchange };
}

/** What was not heard is a temporary error, never "absent". */
function codeError(reason: string): Error {
  const code = /^(SERVFAIL|REFUSED)$/.test(reason) ? `E${reason}` : 'ETIMEOUT';
  return Object.assign(new Error(reason), { code });
}
