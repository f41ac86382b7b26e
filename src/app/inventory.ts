import { loadConfig, stateFolder } from '../config.ts';
import type { Ground } from '../core/ground.ts';
import { Problem } from '../core/problem.ts';
import type { ListNeeds } from '../domains/needs.ts';
import { openSesInventory } from '../integrations/ses/inventory.ts';
import { parseRegion } from '../integrations/ses/regions.ts';
import { openStateFolder } from '../integrations/state-folder/index.ts';
import { openResolver } from '../integrations/wire/dns/resolver.ts';
import { openPace } from '../planning/pace.ts';
import { dnsOf, openCandidates } from './dns-providers.ts';
import { loadProfile } from './load-domain.ts';
import { awsSettings, systemClock } from './planner.ts';

/** What `mailwright list` asks: SES, the DNS provider and our own memory. */
export interface Inventory {
  readonly ground: Pick<Ground, 'owned' | 'runs'>;
  readonly needs: ListNeeds;
  close(): Promise<void>;
}

/** Opens it for the regions and the DNS provider of a profile. */
export async function openInventory(request: {
  profile: string | undefined;
  regions: readonly string[] | undefined;
  state: string | undefined;
}): Promise<Inventory> {
  const config = loadConfig();
  const profile = loadProfile({ profile: request.profile });
  const named = request.regions ?? config.ses.regions ?? profile.ses?.regions ?? ['us-east-1'];
  const regions = [...new Set(named.map(parseRegion))];
  const folder = await openStateFolder(stateFolder(config, request.state));
  const pace = openPace({ burst: config.ses.burst, perSecond: config.ses.rate }, systemClock);
  const ses = await openSesInventory(awsSettings(config), { pace, clock: systemClock, facts: folder.facts });
  const dns = dnsOf(profile);
  const resolver = openResolver(config.dns);
  const providers = openCandidates(config, dns, { clock: systemClock, pace, resolver, aws: awsSettings(config) });
  return {
    ground: folder,
    needs: {
      identities: regions.map((region) => () => ses.read(region, regions)),
      zones: providers.map((provider) => async () => {
        const asked = (await provider.open()).zones();
        const zones = provider.implied ? await asked.catch(noneIfRefused) : await asked;
        return zones.map((one) => one.name);
      }),
    },
    async close() {
      ses.close();
      resolver.close();
    },
  };
}

/** A provider that nobody configured and that refuses the credentials is none of the estate's. */
function noneIfRefused(error: unknown): readonly never[] {
  if (error instanceof Problem && error.kind === 'account') return [];
  throw error;
}
