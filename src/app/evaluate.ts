import { loadConfig } from '../config.ts';
import type { Resolver } from '../core/resolver.ts';
import type { AuditNeeds } from '../domains/audit.ts';
import type { LintNeeds } from '../domains/lint.ts';
import type { SpfNeeds } from '../domains/needs.ts';
import { logoFaults, readBrand } from '../integrations/bimi.ts';
import { type Arrival, evaluateMessage, evaluateSpf } from '../integrations/mail-auth.ts';
import { readRegistration } from '../integrations/registration.ts';
import { guardedFetch } from '../integrations/wire/guarded-fetch.ts';
import { openResolver } from '../integrations/wire/resolver.ts';
import { parseAll } from './inspector.ts';
import { readList } from './load-domain.ts';

export const lintNeeds: LintNeeds = { logoFaults };

/** RFC 8461 3.3: 64 kB are enough for any policy, and a minute for its server; whoever waits at a terminal gets a fifth of it. */
const PAGE_LIMITS = { timeoutMs: 12_000, maxBytes: 65_536 };
/** A certificate holds the logo, and the registries' list is long. */
const MOST_BYTES = 1024 * 1024;

/** What an audit asks beside DNS: pages of strangers, from public addresses alone. `registration`: the registry is asked, too. */
export function openOutside(
  resolver: Pick<Resolver, 'authoritative'>,
  { allowPrivate, registration }: { readonly allowPrivate: boolean; readonly registration: boolean },
): Outside {
  const types = ['A', 'AAAA'] as const;
  const addresses = (name: string) =>
    Promise.all(types.map((type) => resolver.authoritative({ name, type, any: true })));
  const get = (maxBytes: number) => async (url: string) =>
    URL.canParse(url)
      ? guardedFetch(new URL(url), addresses, { ...PAGE_LIMITS, maxBytes, allowPrivate })
      : { refused: `${url} is no address` };
  // One list of registries serves all domains.
  const registry = registration ? readRegistration(get(MOST_BYTES), Date.now) : undefined;
  return {
    fetch: get(PAGE_LIMITS.maxBytes),
    brand: (domain, record) => readBrand({ domain, ...record }, get(MOST_BYTES), Date.now()),
    ...(registry ? { registration: registry } : {}),
  };
}

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
  readonly registration: boolean;
  /** The only resolver to ask ('192.0.2.1:53'), instead of the configured ones. */
  readonly resolver?: string | undefined;
}): Auditor {
  const { dns: configured, domains } = loadConfig();
  const dns = askAlone(configured, request.resolver);
  const names = [...request.domains, ...(request.from === undefined ? [] : readList(request.from))];
  const parsed = parseAll(names, { allowSpecialUse: domains.allowSpecialUse });
  const resolver = openResolver(dns);
  const { allowPrivate } = dns;
  const outside = openOutside(resolver, { allowPrivate, registration: request.registration });
  return { domains: parsed, resolver, allowPrivate, outside, close: () => resolver.close() };
}

/** The settings with one resolver alone, where one is named. */
export function askAlone<T extends { readonly publicResolvers: readonly string[] }>(
  dns: T,
  named: string | undefined,
): T {
  return named === undefined ? dns : { ...dns, publicResolvers: [named] };
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
  const resolver = openResolver(askAlone(dns, named));
  return {
    resolver,
    spf: { resolver, evaluate: (question, records) => evaluateSpf(question, resolver, records) },
    message: (raw, arrival) => evaluateMessage(raw, arrival, resolver),
    close: () => resolver.close(),
  };
}
