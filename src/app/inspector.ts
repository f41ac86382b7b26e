import { loadConfig } from '../config.ts';
import { parseDomain } from '../core/domain.ts';
import { Problem, Problems } from '../core/problem.ts';
import type { InspectedZone, InspectNeeds } from '../domains/needs.ts';
import { DNS_PROVIDERS } from '../integrations/dns/providers.ts';
import { openMailcowClient } from '../integrations/mailcow/index.ts';
import { inspectMailcow } from '../integrations/mailcow/inspect.ts';
import type { MailcowSettings } from '../integrations/mailcow/settings.ts';
import { openSesInspection } from '../integrations/ses/inspect.ts';
import { parseRegion } from '../integrations/ses/regions.ts';
import { openResolver } from '../integrations/wire/dns/resolver.ts';
import { openPace } from '../planning/pace.ts';
import { dnsOf, openDnsFor } from './dns-providers.ts';
import { loadProfile, readList } from './load-domain.ts';
import { awsSettings, systemClock } from './planner.ts';
import { relayReader } from './relays.ts';

/** What an inspection works with: the domains, and everything that can be read of them. */
export interface Inspector {
  readonly domains: readonly string[];
  readonly against: readonly string[];
  readonly needs: InspectNeeds;
  /** DNS providers that a profile can name. */
  readonly providers: readonly string[];
  close(): void;
}

/** What is asked for; names as they were given. */
export interface InspectRequest {
  readonly domains: readonly string[];
  /** A file with one domain on each line. */
  readonly from?: string | undefined;
  readonly against?: readonly string[];
  /** Names the DNS provider and the regions; without regions all are asked. */
  readonly profile?: string | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly dns?: string | undefined;
}

/** Opens it. Nothing is asked, and no credentials are needed, before something is read. Throws Problems for wrong names. */
export async function openInspector(request: InspectRequest): Promise<Inspector> {
  const config = loadConfig();
  const profile = loadProfile({ profile: request.profile });
  const options = { allowSpecialUse: config.domains.allowSpecialUse };
  const domains = parseAll(
    [...request.domains, ...(request.from === undefined ? [] : readList(request.from))],
    options,
  );
  const against = parseAll(request.against ?? [], options);
  const named = request.regions ?? config.ses.regions ?? profile.ses?.regions;
  const regions = named && [...new Set(named.map(parseRegion))];
  const resolver = openResolver(config.dns);
  const pace = openPace({ burst: config.ses.burst, perSecond: config.ses.rate }, systemClock);
  const ses = await openSesInspection(awsSettings(config), { pace, clock: systemClock }, regions);
  const dns = dnsOf(profile, request.dns);
  const dnsFor = openDnsFor(config, dns, { clock: systemClock, pace, resolver, aws: awsSettings(config) });
  const mailcowHost =
    profile.mailHost ?? (config.mailcow.url === undefined ? undefined : new URL(config.mailcow.url).hostname);
  const mailcow =
    config.mailcow.apiKey === undefined || mailcowHost === undefined
      ? undefined
      : openMailcowClient(config.mailcow as MailcowSettings, {
          host: mailcowHost,
          timeoutMs: config.calls.timeout * 1000,
        });
  const relays = request.profile === undefined ? undefined : relayReader(request.profile);
  return {
    domains,
    against,
    providers: Object.keys(DNS_PROVIDERS),
    needs: {
      resolver,
      ses: (domain) => ses.read(domain),
      sesUnread: () => ses.unread(),
      async zone(domain): Promise<InspectedZone> {
        const opened = await dnsFor(domain);
        const zone = await opened.findZone(domain);
        const { name, account, nameServers } = zone;
        const records = opened.limits.reads === 'zone' ? await opened.records(zone, []) : undefined;
        return { provider: opened.name, account, name, nameServers, records };
      },
      ...(mailcow ? { mailcow: (domain) => inspectMailcow(mailcow, domain, resolver) } : {}),
      ...(relays ? { relays } : {}),
    },
    close() {
      mailcow?.close();
      ses.close();
      resolver.close();
    },
  };
}

/** Domains as they were given, each once. Throws Problems for all that are none. */
export function parseAll(names: readonly string[], options: { allowSpecialUse: boolean }): string[] {
  const problems: Problem[] = [];
  const parsed = names.flatMap((name) => {
    try {
      return [parseDomain(name, options)];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error);
      return [];
    }
  });
  if (problems.length > 0) throw new Problems(problems);
  return [...new Set(parsed)];
}
