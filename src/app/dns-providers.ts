import { isConfigured } from '../config.ts';
import type { Config } from '../config-schema.ts';
import type { DnsProvider } from '../core/dns-provider.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Clock, Pace } from '../core/ground.ts';
import { nearest } from '../core/nearest.ts';
import { Problem, Problems } from '../core/problem.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { Resolver } from '../core/resolver.ts';
import type { DnsProviderFile } from '../integrations/dns/provider-file.ts';
import { DNS_PROVIDERS, type DnsProviderName } from '../integrations/dns/providers.ts';
import type { AwsSettings } from '../integrations/wire/aws/aws.ts';
import { type Candidate, chooseAmong, providerNames } from '../planning/choose-provider.ts';

interface Needs {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly resolver: Resolver;
  readonly aws: AwsSettings;
}

/** The provider that writes a name, by what the wish says of DNS; each opened at its first question. Throws a Problem at once for a name that is none. */
export function openDnsFor(
  config: Config,
  dns: DomainSpec['dns'],
  needs: Needs,
): (name: string) => Promise<DnsProvider> {
  const without = providerNames(dns.provider).includes('auto') ? withoutCredentials(config) : [];
  return chooseAmong(openCandidates(config, dns, needs), needs.resolver, without);
}

/** The same for wishes that may differ: each domain's names by its own, all others by the first. Throws a Problem at once, likewise. */
export function openDnsForAll(
  config: Config,
  specs: readonly Pick<DomainSpec, 'domain' | 'dns'>[],
  needs: Needs,
): (name: string) => Promise<DnsProvider> {
  const opened = new Map<string, ReturnType<typeof openDnsFor>>();
  const open = (dns: DomainSpec['dns']) => {
    const key = JSON.stringify(dns);
    const known = opened.get(key) ?? openDnsFor(config, dns, needs);
    opened.set(key, known);
    return known;
  };
  const usual = open(specs[0]?.dns ?? { provider: 'auto' });
  const longestFirst = specs.toSorted((a, b) => b.domain.length - a.domain.length);
  const owned = longestFirst.map(({ domain, dns }) => ({ domain, dnsFor: open(dns) }));
  return (name) => {
    const own = owned.find(({ domain }) => name === domain || name.endsWith(`.${domain}`));
    return (own?.dnsFor ?? usual)(name);
  };
}

/** What a profile says of DNS, or a flag instead of it. */
export function dnsOf({ dns }: Profile, flagged?: DomainSpec['dns']['provider']): DomainSpec['dns'] {
  return {
    provider: flagged ?? dns?.provider ?? 'auto',
    ...(dns?.account === undefined ? {} : { account: dns.account }),
    ...(dns?.zone === undefined ? {} : { zone: dns.zone }),
  };
}

/** The providers that may be asked: those that are named, or all that are configured. */
export function openCandidates(config: Config, dns: DomainSpec['dns'], needs: Needs): readonly Candidate[] {
  const named = providerNames(dns.provider);
  const words = named === 'auto' ? [named] : named;
  const names = [...new Set(words.flatMap((word) => (word === 'auto' ? configured(config) : [parseProvider(word)])))];
  return names.map((name): Candidate => {
    const file: DnsProviderFile = DNS_PROVIDERS[name];
    let opened: Promise<DnsProvider> | undefined;
    return {
      name,
      title: file.title,
      implied: Object.entries(config.dnsProviders[name]).every(
        ([key, value]) => key === 'endpoint' || value === undefined,
      ),
      byHand: file.onlyByName ?? false,
      serves: file.serves,
      async open() {
        opened ??= openProvider(file, config.dnsProviders[name], { ...needs, ...placeOf(config, dns) });
        return opened;
      },
    };
  });
}

/** The providers with credentials, that may be asked without being named. */
function configured(config: Config): readonly DnsProviderName[] {
  const all = Object.keys(DNS_PROVIDERS) as DnsProviderName[];
  return all.filter((name) => !(DNS_PROVIDERS[name] as DnsProviderFile).onlyByName && isConfigured(config, name));
}

/** Those that lack credentials: known by their name servers alone. */
export function withoutCredentials(config: Config): readonly DnsProviderFile[] {
  const ready = configured(config);
  return Object.values(DNS_PROVIDERS).filter(
    (file: DnsProviderFile) => !file.onlyByName && !ready.includes(file.name as DnsProviderName),
  );
}

function placeOf(config: Config, { account, zone }: DomainSpec['dns']) {
  return { timeoutMs: config.calls.timeout * 1000, account, zone };
}

function parseProvider(name: string): DnsProviderName {
  if (Object.hasOwn(DNS_PROVIDERS, name)) return name as DnsProviderName;
  const meant = nearest(name, Object.keys(DNS_PROVIDERS));
  throw new Problem(
    'input',
    'dns.provider',
    `dns.provider: "${name}" is no DNS provider${meant ? `; did you mean ${meant}?` : '.'}`,
    { fix: `Providers: ${Object.keys(DNS_PROVIDERS).join(', ')}, or auto.` },
  );
}

/** Opens a provider with its settings; what it can't do without and is not set is named, all at once. */
async function openProvider(
  file: DnsProviderFile,
  settings: unknown,
  needs: Parameters<DnsProviderFile['open']>[1],
): Promise<DnsProvider> {
  const parsed = file.settings.safeParse(settings);
  if (parsed.success) return file.open(parsed.data as never, needs);
  const missing = parsed.error.issues.map((issue) => {
    const field = file.settings.shape[String(issue.path[0])];
    const { env = String(issue.path[0]) } = (field?.meta() ?? {}) as { env?: string };
    return new Problem('account', `${file.name}.not-set`, `${file.title}: ${env} is not set (environment or .env).`, {
      fix: `It needs ${file.credentials}; \`mailwright init\` asks for it and tries it.`,
    });
  });
  throw missing.length === 1 ? missing[0] : new Problems(missing);
}
