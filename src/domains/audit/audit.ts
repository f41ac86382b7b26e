import { type PublishedKey, publishedKeys } from '../../core/checks/audit/check-dkim.ts';
import { readSts } from '../../core/checks/audit/check-mta-sts-policy.ts';
import { newestAnswer } from '../../core/checks/audit/newest-answer.ts';
import type { Outside, RecordType, See, Subject } from '../../core/checks/audit/see.ts';
import { type SpfNode, spfTree } from '../../core/checks/audit/spf-tree.ts';
import type { Check } from '../../core/checks/check.ts';
import { registeredDomain } from '../../core/domain.ts';
import type { Brand, Fetched, Registration } from '../../core/fetched.ts';
import { escapeControls } from '../../core/records/txt.ts';
import type { RunReport } from '../../core/report.ts';
import type { Answer, Resolver } from '../../core/resolver.ts';
import type { SmtpTls } from '../../core/smtp-tls.ts';
import { AGREED, auditChecks } from './audit-checks.ts';
import { type Memory, openMemory } from './memory.ts';

/** A hostile domain may lead anywhere: so many questions, so many steps from one answer to the next, and so long are enough for any honest one. */
const MOST_QUESTIONS = 400;
const MOST_STEPS = 16;
const MOST_MS = 120_000;

/** Whom an audit asks. What is not there is not asked, and its checks say nothing. */
export interface AuditNeeds {
  readonly resolver: Pick<Resolver, 'authoritative' | 'public' | 'zoneOf' | 'security' | 'delegated'>;
  /** Fetches a page over HTTPS: from public addresses alone. */
  readonly fetch?: (url: string) => Promise<Fetched>;
  /** Fetches and judges a logo and its certificate. */
  readonly brand?: (domain: string, record: { readonly logo: string; readonly mark?: string }) => Promise<Brand>;
  /** Asks the registry. */
  readonly registration?: (domain: string) => Promise<Registration>;
  /** Looks at the TLS of an MX host, at public addresses alone: where that was asked for, because it talks to hosts of others. */
  readonly tls?: (host: string) => Promise<SmtpTls>;
}

type SpfLine = NonNullable<RunReport['spf']>[number];

/** What an audit found, and what it took. */
export interface Audit {
  readonly domain: string;
  readonly checks: readonly Check[];
  /** The SPF tree of the domain, in lines. */
  readonly spf: readonly SpfLine[];
  readonly questions: number;
  /** Keys that the domain publishes itself. */
  readonly keys: readonly PublishedKey[];
  /** The MTA-STS policy, where one was fetched. */
  readonly sts?: { readonly id: string; readonly policy: string };
}

/**
 * Everything that DNS shows of a domain's mail authentication, checked. The checks are made over what is known; what they looked at and
 * nobody knew is asked, all at once, and those that looked at it are made again, until nothing new is looked at. So each check is a pure
 * function.
 */
export async function audit(subject: Subject, needs: AuditNeeds, now = () => performance.now()): Promise<Audit> {
  const { resolver } = needs;
  const until = now() + MOST_MS;
  const { domain } = subject;
  const seen = await resolver.zoneOf(domain);
  // Of a registered domain, public resolvers say what its own servers do; what the registry says of it is another thing.
  const isRegistered = seen.status === 'present' && seen.zone === registeredDomain(seen.zone);
  const named = isRegistered ? await resolver.delegated?.(seen.zone) : undefined;
  const found = seen.status === 'present' && named ? { ...seen, servers: named } : seen;
  const delegation = found.status === 'present' ? found : undefined;
  const weighed = new Set([
    `SOA ${delegation?.zone}`,
    `NS ${delegation?.zone}`,
    ...AGREED.map(([label, type]) => `${type} ${label}${domain}`),
  ]);
  // Reverse names lie in zones of their own kind, which resolvers know the way to.
  const ask = (question: { name: string; type: RecordType }, isWeighed: boolean) =>
    question.type === 'PTR'
      ? resolver.public(question)
      : resolver.authoritative(isWeighed ? question : { ...question, any: true });
  const known = new Map<string, Answer>();
  const read = (key: string, type: RecordType) => {
    const answer = known.get(key);
    // What the zone says of itself is compared server by server.
    const isJudged = answer !== undefined && weighed.has(key) && type !== 'SOA' && type !== 'NS';
    return isJudged ? newestAnswer(answer, known.get(`SOA ${delegation?.zone}`)) : answer;
  };
  // Whether the check that is made looked at something that nobody knows yet.
  let isBlind = false;
  const memory = openMemory(() => {
    isBlind = true;
  });
  const outside = lookOutside(memory, needs, delegation?.zone);
  const parts = auditChecks(subject, found).map((make) => ({
    make,
    checks: [] as readonly Check[],
    isOpen: true,
  }));
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const wanted = new Map<string, { name: string; type: RecordType }>();
    const see: See = (name, type) => {
      const key = `${type} ${name}`;
      const answer = read(key, type);
      if (answer) return answer;
      if (!isName(name)) return NO_NAME;
      if (known.size + wanted.size >= MOST_QUESTIONS || now() > until) return NOT_ASKED;
      wanted.set(key, { name, type });
      isBlind = true;
      return NOT_ASKED;
    };
    for (const part of parts) {
      if (!part.isOpen) continue;
      isBlind = false;
      part.checks = part.make(see, outside);
      part.isOpen = isBlind;
    }
    if (wanted.size === 0 && memory.isSettled()) break;
    // Once DNS has nothing more to say: where it leads to is settled then.
    if (wanted.size === 0) await memory.ask();
    await Promise.all(
      [...wanted].map(async ([key, question]) => {
        // Where servers must agree, each is asked; of all else one says enough.
        const isWeighed = weighed.has(key);
        const answer = await ask(question, isWeighed);
        // A name below a domain that nobody has is not there, which is known.
        known.set(key, answer.undelegated ? { status: 'absent', values: [], servers: [], nameMissing: true } : answer);
      }),
    );
  }
  const see: See = (name, type) => read(`${type} ${name}`, type) ?? NOT_ASKED;
  const sts = readSts(domain, see, outside);
  return {
    domain,
    ...(sts ? { sts } : {}),
    keys: publishedKeys(subject, see),
    checks: unique(parts.flatMap(({ checks }) => checks)),
    spf: [...spfLines(spfTree(domain, see))],
    questions: known.size,
  };
}

/** `zone`: that of the domain, which is known already. */
function lookOutside(
  memory: Memory,
  { resolver, fetch, brand, registration, tls }: AuditNeeds,
  zone: string | undefined,
): Outside {
  const { security } = resolver;
  const ofName = async (name: string, judge: NonNullable<typeof security>) => {
    if (name === zone) return judge(zone);
    const found = await resolver.zoneOf(name);
    return found.status === 'present' ? judge(found.zone) : 'unknown';
  };
  return {
    page: (url) => memory.look(`page ${url}`, fetch && (() => fetch(url))),
    brand: (domain, record) =>
      memory.look(`brand ${domain} ${record.logo} ${record.mark}`, brand && (() => brand(domain, record))),
    registration: (domain) => memory.look(`registration ${domain}`, registration && (() => registration(domain))),
    security: (name) => memory.look(`security ${name}`, security && (() => ofName(name, security))),
    ...(tls ? { tls: (host: string) => memory.look(`tls ${host}`, () => tls(host)) } : {}),
  };
}

const NOT_ASKED = silent('not asked: the domain leads to more names, or takes longer, than any honest one');
const NO_NAME = silent('not asked: it is no name that a host can have');

function silent(reason: string): Answer {
  return { status: 'unknown', values: [], servers: [{ by: 'Mailwright', status: 'unknown', values: [], reason }] };
}

function* spfLines(node: SpfNode, depth = 0): Generator<SpfLine> {
  const { domain, term, record, state, lookups, below } = node;
  yield {
    depth,
    domain: escapeControls(domain),
    ...(term === undefined ? {} : { term: escapeControls(term) }),
    ...(record === undefined ? {} : { record: escapeControls(record) }),
    state,
    lookups,
  };
  for (const child of below) yield* spfLines(child, depth + 1);
}

/** What can be asked for at all: names with labels of 1 to 63 bytes, 253 together. */
function isName(name: string): boolean {
  return (
    name.length <= 253 &&
    name.split('.').every((label) => label.length > 0 && label.length <= 63 && !/[\s\\]/.test(label))
  );
}

/** The same found by two ways counts once. */
function unique(checks: readonly Check[]): Check[] {
  return [...new Map(checks.map((one) => [JSON.stringify([one.id, one.name, one.status, one.seen]), one])).values()];
}
