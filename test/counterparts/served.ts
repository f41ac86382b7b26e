import { Resolver } from 'node:dns/promises';
import type { Stage } from '../journeys/stage.ts';
import { until } from './program.ts';

/** Where the sandbox's parts listen, by 'stand-in.meaning'. */
export async function addressesOf(stage: Stage): Promise<Readonly<Record<string, string>>> {
  const settings = (await stage.control('GET /settings')) as { addresses: Readonly<Record<string, string>> };
  return settings.addresses;
}

/** The two name servers of each DNS host, by their names in the sandbox's addresses. */
export const NAME_SERVERS = {
  cloudflare: ['cloudflare.ada.ns.cloudflare.com', 'cloudflare.bob.ns.cloudflare.com'],
  porkbun: ['porkbun.curitiba.ns.porkbun.com', 'porkbun.fortaleza.ns.porkbun.com'],
  route53: ['route53.nameServer1', 'route53.nameServer2'],
} as const;

/**
 * Waits until both name servers of a host serve a record, and then asks the caching resolver.
 * Asked too early the resolver would rightly remember the miss for the zone's SOA minimum, half an hour.
 */
export async function resolveServedTxt(
  stage: Stage,
  name: string,
  host: keyof typeof NAME_SERVERS = 'cloudflare',
): Promise<string[]> {
  const addresses = await addressesOf(stage);
  for (const server of NAME_SERVERS[host]) {
    const authority = new Resolver({ timeout: 2000, tries: 1 });
    authority.setServers([addresses[server] ?? '']);
    await until(
      () => authority.resolveTxt(name).catch((): string[][] => []),
      (texts) => texts.length > 0,
      5000,
    );
  }
  return (await stage.resolver.resolveTxt(name)).map((texts) => texts.join(''));
}
