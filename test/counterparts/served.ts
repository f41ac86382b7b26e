import { Resolver } from 'node:dns/promises';
import type { Stage } from '../journeys/stage.ts';
import { until } from './program.ts';

/** Where the sandbox's parts listen, by 'stand-in.meaning'. */
export async function addressesOf(stage: Stage): Promise<Readonly<Record<string, string>>> {
  const settings = (await stage.control('GET /settings')) as { addresses: Readonly<Record<string, string>> };
  return settings.addresses;
}

/**
 * Waits until both of Cloudflare's name servers serve a record, and then asks the caching resolver.
 * Asked too early the resolver would rightly remember the miss for the zone's SOA minimum, half an hour.
 */
export async function resolveServedTxt(stage: Stage, name: string): Promise<string[]> {
  const addresses = await addressesOf(stage);
  for (const server of ['cloudflare.ada.ns.cloudflare.com', 'cloudflare.bob.ns.cloudflare.com']) {
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
