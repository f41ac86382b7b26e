import type { Clock, Facts, Pace } from '../../core/ground.ts';
import { type AwsSettings, openSesClient } from './client.ts';
import { listIdentities } from './read.ts';

/** What identities an account has, by region. */
export interface SesInventory {
  read(regions: readonly string[]): Promise<readonly { region: string; name: string; verified: boolean }[]>;
  close(): void;
}

/** Lists the identities of regions: one call for each thousand. */
export async function openSesInventory(
  settings: AwsSettings,
  needs: { pace: Pace; clock: Clock; facts: Facts },
): Promise<SesInventory> {
  const client = await openSesClient(settings, needs);
  return {
    async read(regions) {
      const { account } = await client.caller(regions);
      const lists = await Promise.all(
        regions.map(async (region) => {
          const listed = await listIdentities(region, account, client, needs);
          return listed.map((one) => ({ region, ...one }));
        }),
      );
      return lists.flat();
    },
    close: () => client.close(),
  };
}
