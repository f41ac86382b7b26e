import type { Make } from '../apply.ts';
import { learntKey } from '../read.ts';
import { tagList } from './tag-list.ts';

/** How configuration sets, tenants and their associations are made. */
export const TENANT_MAKERS: Readonly<Record<string, Make>> = {
  'configuration-set': async (data, client) => {
    await client.call(data.region, 'CreateConfigurationSet', {
      ConfigurationSetName: data.configurationSet ?? undefined,
      ReputationOptions: { ReputationMetricsEnabled: true },
      Tags: tagList(data),
    });
    return { status: 'done' };
  },
  tenant: async (data, client, { learnt }) => {
    const made = await client.call(data.region, 'CreateTenant', { TenantName: data.tenant, Tags: tagList(data) });
    learnt.tenants.set(learntKey(data.region, data.tenant ?? ''), { exists: true, resources: [] });
    return { status: 'done', learnt: { tenantArn: made.TenantArn ?? null } };
  },
  'tenant/identity': associate,
  'tenant/configuration-set': associate,
};

async function associate(...[data, client, { learnt }]: Parameters<Make>): ReturnType<Make> {
  await client.call(data.region, 'CreateTenantResourceAssociation', {
    TenantName: data.tenant,
    ResourceArn: data.arn,
  });
  const key = learntKey(data.region, data.tenant ?? '');
  const known = learnt.tenants.get(key);
  // Forgotten meanwhile (another answer was lost), it is read anew.
  if (known) learnt.tenants.set(key, { exists: true, resources: [...known.resources, data.arn ?? ''] });
  return { status: 'done' };
}
