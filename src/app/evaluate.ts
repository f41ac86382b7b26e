import { loadConfig } from '../config.ts';
import { aliasOf } from '../core/checks/see.ts';
import type { Answer, Question, Resolver } from '../core/resolver.ts';
import type { SmtpTls } from '../core/smtp-tls.ts';
import type { AuditNeeds } from '../domains/audit.ts';
import type { LintNeeds } from '../domains/lint.ts';
import type { SpfNeeds } from '../domains/needs.ts';
import { type Arrival, evaluateMessage, evaluateSpf, logoFaults } from '../integrations/mail-auth.ts';
import { guardedFetch } from '../integrations/wire/guarded-fetch.ts';
import { openResolver } from '../integrations/wire/resolver.ts';
import { lookAtTls } from '../integrations/wire/smtp-tls.ts';
import { parseAll } from './inspector.ts';
import { readList } from './load-domain.ts';

export const lintNeeds: LintNeeds = { logoFaults };

/** RFC 8461 3.3: 64 kB are enough for any policy, and a minute for its server; whoever waits at a terminal gets a fifth of it. */
const PAGE_LIMITS = { timeoutMs: 12_000, maxBytes: 65_536 };

/** What an audit asks beside DNS: pages of strangers and, with `tls`, their mail hosts (at `port`), at public addresses alone. */
export function openOutside(
  resolver: Pick<Resolver, 'authoritative'>,
  { allowPrivate, tls, port }: { readonly allowPrivate: boolean; readonly tls: boolean; readonly port: number },
): Outside {
  const addressesOf = (name: string) =>
    Promise.all((['A', 'AAAA'] as const).map((type) => endOf(resolver, { name, type, any: true })));
  // Thousands of domains have the same hosts, which are asked once.
  const hosts = new Map<string, Promise<SmtpTls>>();
  const look = (host: string) => {
    const known = hosts.get(host) ?? lookAtTls(host, addressesOf, { port, allowPrivate });
    hosts.set(host, known);
    const oldest = hosts.size > MOST_HOSTS ? hosts.keys().next().value : undefined;
    if (oldest !== undefined) hosts.delete(oldest);
    return known;
  };
  return {
    fetch: (url) => guardedFetch(new URL(url), addressesOf, { ...PAGE_LIMITS, allowPrivate }),
    ...(tls ? { lookAtTls: look } : {}),
  };
}

/** What stands at the end of aliases, which lead to other zones where a policy or a mail host is somebody else's business. */
async function endOf(resolver: Pick<Resolver, 'authoritative'>, question: Question, hops = 0): Promise<Answer> {
  const answer = await resolver.authoritative(question);
  const next = answer.values.length > 0 || hops >= MOST_HOPS ? undefined : aliasOf(answer);
  return next === undefined ? answer : endOf(resolver, { ...question, name: next }, hops + 1);
}

const MOST_HOPS = 8;
/** Mail hosts that are kept in mind, with about 20 kB each. */
const MOST_HOSTS = 1000;

type Outside = Omit<AuditNeeds, 'resolver'>;

/** What an audit from DNS alone works with. */
export interface Auditor {
  readonly domains: readonly string[];
  readonly resolver: Resolver;
  readonly allowPrivate: boolean;
  readonly outside: Outside;
  close(): void;
}

/** Opens it: no credentials are needed, and no profile. Throws Problems for wrong names. */
export function openAuditor(request: {
  readonly domains: readonly string[];
  readonly from?: string | undefined;
  /** Their mail hosts are asked for TLS. */
  readonly tls: boolean;
}): Auditor {
  const { dns, domains, smtp } = loadConfig();
  const names = [...request.domains, ...(request.from === undefined ? [] : readList(request.from))];
  const parsed = parseAll(names, { allowSpecialUse: domains.allowSpecialUse });
  const resolver = openResolver(dns);
  const { allowPrivate } = dns;
  const outside = openOutside(resolver, { allowPrivate, tls: request.tls, port: smtp.port });
  return { domains: parsed, resolver, allowPrivate, outside, close: () => resolver.close() };
}

/** What asks DNS and judges by it. */
export interface Evaluator {
  readonly resolver: Resolver;
  readonly spf: SpfNeeds;
  readonly message: (raw: Uint8Array, arrival: Arrival) => ReturnType<typeof evaluateMessage>;
  close(): void;
}

/** Opens it over the configured resolvers, or the one that is named ('192.0.2.1:53'), which then is the only one. */
export function openEvaluator(named?: string): Evaluator {
  const { dns } = loadConfig();
  const resolver = openResolver(named === undefined ? dns : { ...dns, publicResolvers: [named] });
  return {
    resolver,
    spf: { resolver, evaluate: (question, records) => evaluateSpf(question, resolver, records) },
    message: (raw, arrival) => evaluateMessage(raw, arrival, resolver),
    close: () => resolver.close(),
  };
}
