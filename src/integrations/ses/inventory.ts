import type { Clock, Facts, Pace } from '../../core/ground.ts';
import type { AwsSettings } from '../wire/aws/aws.ts';
import { openSesClient } from './client.ts';
import { listIdentities } from './read.ts';

/** What identities an account has, by region. */
export interface SesInventory {
  read(
    region: string,
    regions: readonly string[],
  ): Promise<readonly { region: string; name: string; verified: boolean }[]>;
  close(): void;
}

/** Lists the identities of a region: one call for each thousand. `regions`: those that may be asked whose the credentials are. */
export async function openSesInventory(
  settings: AwsSettings,
  needs: { pace: Pace; clock: Clock; facts: Facts },
): Promise<SesInventory> {
  const client = await openSesClient(settings, needs);
  return {
    async read(region, regions) {
      const { account } = await client.caller(regions);
      const listed = await listIdentities(region, account, client, needs);
      return listed.map((one) => ({ region, ...one }));
    },
    close: () => client.close(),
  };
}
