import { aliasOf } from '../core/checks/audit/see.ts';
import type { Answer, Question, Resolver } from '../core/resolver.ts';
import type { SmtpTls } from '../core/smtp-tls.ts';
import type { AuditNeeds } from '../domains/audit/audit.ts';
import { readBrand } from '../integrations/bimi.ts';
import { readRegistration } from '../integrations/registration.ts';
import { guardedFetch } from '../integrations/wire/guarded-fetch.ts';
import { lookAtTls } from '../integrations/wire/smtp/smtp-tls.ts';

/** What an audit asks beside DNS. */
export type Outside = Omit<AuditNeeds, 'resolver'>;

/** Whom it may ask. Without `allowPrivate` public addresses alone. */
export interface OutsideOptions {
  readonly allowPrivate: boolean;
  /** The registry, when the registration ends. */
  readonly registration: boolean;
  /** The MX hosts, at `port`, for TLS. */
  readonly tls: boolean;
  readonly port: number;
}

/** RFC 8461 3.3: 64 kB are enough for any policy, and a minute for its server; whoever waits at a terminal gets a fifth of it. */
const PAGE_LIMITS = { timeoutMs: 12_000, maxBytes: 65_536 };
/** A certificate holds the logo, and the registries' list is long. */
const MOST_BYTES = 1024 * 1024;
const MOST_HOPS = 8;
/** Mail hosts that are kept in mind, with about 20 kB each. */
const MOST_HOSTS = 1000;

/** Opens it; nothing is asked before somebody wants to know. */
export function openOutside(
  resolver: Pick<Resolver, 'authoritative'>,
  { allowPrivate, registration, tls, port }: OutsideOptions,
): Outside {
  const addressesOf = (name: string) =>
    Promise.all((['A', 'AAAA'] as const).map((type) => endOf(resolver, { name, type, any: true })));
  const get = (maxBytes: number) => async (url: string) =>
    URL.canParse(url)
      ? guardedFetch(new URL(url), addressesOf, { ...PAGE_LIMITS, maxBytes, allowPrivate })
      : { refused: `${url} is no address` };
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
    fetch: get(PAGE_LIMITS.maxBytes),
    brand: (domain, record) => readBrand({ domain, ...record }, get(MOST_BYTES), Date.now()),
    ...(registration ? { registration: readRegistration(get(MOST_BYTES), Date.now) } : {}),
    ...(tls ? { tls: look } : {}),
  };
}

/** What stands at the end of aliases, which lead to other zones where a policy or a mail host is somebody else's business. */
async function endOf(resolver: Pick<Resolver, 'authoritative'>, question: Question, hops = 0): Promise<Answer> {
  const answer = await resolver.authoritative(question);
  const next = answer.values.length > 0 || hops >= MOST_HOPS ? undefined : aliasOf(answer);
  return next === undefined ? answer : endOf(resolver, { ...question, name: next }, hops + 1);
}
