import { loadConfig, stateFolder } from '../config.ts';
import type { Ground } from '../core/ground.ts';
import type { ListNeeds } from '../domains/needs.ts';
import { openSesInventory } from '../integrations/ses/inventory.ts';
import { parseRegion } from '../integrations/ses/regions.ts';
import { openStateFolder } from '../integrations/state-folder/index.ts';
import { openPace } from '../planning/pace.ts';
import { loadProfile } from './load-domain.ts';
import { awsSettings, openProvider, systemClock } from './planner.ts';

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
  const dns = {
    provider: profile.dns?.provider ?? 'cloudflare',
    ...(profile.dns?.account ? { account: profile.dns.account } : {}),
  };
  const provider = openProvider(config, dns, systemClock);
  return {
    ground: folder,
    needs: {
      identities: regions.map((region) => () => ses.read(region, regions)),
      zones: async () => (await provider().zones()).map((zone) => zone.name),
    },
    async close() {
      ses.close();
    },
  };
}
