import { loadConfig } from '../config.ts';
import type { Resolver } from '../core/resolver.ts';
import type { LintNeeds } from '../domains/lint.ts';
import type { SpfNeeds } from '../domains/needs.ts';
import { logoFaults } from '../integrations/bimi.ts';
import { type Arrival, evaluateMessage, evaluateSpf } from '../integrations/mail-auth.ts';
import { openResolver } from '../integrations/wire/dns/resolver.ts';
import { parseAll } from './inspector.ts';
import { readList } from './load-domain.ts';
import { type Outside, openOutside } from './outside.ts';

export const lintNeeds: LintNeeds = { logoFaults };

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
  /** Their registries, and their mail hosts, are asked, too. */
  readonly registration: boolean;
  readonly tls: boolean;
  /** The only resolver to ask ('192.0.2.1:53'), instead of the configured ones. */
  readonly resolver?: string | undefined;
}): Auditor {
  const { dns: configured, domains, smtp } = loadConfig();
  const dns = askAlone(configured, request.resolver);
  const names = [...request.domains, ...(request.from === undefined ? [] : readList(request.from))];
  const parsed = parseAll(names, { allowSpecialUse: domains.allowSpecialUse });
  const resolver = openResolver(dns);
  const { allowPrivate } = dns;
  const { registration, tls } = request;
  const outside = openOutside(resolver, { allowPrivate, registration, tls, port: smtp.port });
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
