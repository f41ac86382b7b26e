import type { Json } from '../../../core/problem.ts';
import type { Outcome } from '../../../core/resource.ts';
import type { Make } from '../apply.ts';
import { identitiesKey, learntKey } from '../read.ts';

/** How things are taken back. What others may have begun to use since the plan is looked at again just before. */
export const REMOVERS: Readonly<Record<string, Make>> = {
  'tenant/identity': dissociate,
  'tenant/configuration-set': dissociate,
  'mail-from': async (data, client) => {
    await client.call(data.region, 'PutEmailIdentityMailFromAttributes', { EmailIdentity: data.domain });
    return { status: 'done' };
  },
  identity: async (data, client, { learnt, facts, account }) => {
    await client.call(data.region, 'DeleteEmailIdentity', { EmailIdentity: data.domain });
    learnt.identities.delete(learntKey(data.region, data.domain));
    const key = identitiesKey(account, data.region);
    const known = (await facts.recall(key, Number.POSITIVE_INFINITY))?.value as readonly { name: string }[] | undefined;
    if (known) await facts.remember(key, known.filter((one) => one.name !== data.domain) as unknown as Json);
    return { status: 'done' };
  },
  tenant: async (data, client, { learnt }) => {
    const left = await firstFound(async (token) => {
      const asked = { TenantName: data.tenant, PageSize: 10, ...token };
      const page = await client.call(data.region, 'ListTenantResources', asked);
      return { found: (page.TenantResources ?? []).map((one) => one.ResourceArn ?? ''), next: page.NextToken };
    });
    // DeleteTenant takes associations with it without a word.
    if (left.length > 0) return inUse(left);
    await client.call(data.region, 'DeleteTenant', { TenantName: data.tenant });
    learnt.tenants.set(learntKey(data.region, data.tenant ?? ''), { exists: false, resources: [] });
    return { status: 'done' };
  },
  'configuration-set': async (data, client) => {
    const left = await firstFound(async (token) => {
      const page = await client.call(data.region, 'ListEmailIdentities', { PageSize: 10, ...token });
      return { found: (page.EmailIdentities ?? []).map((one) => one.IdentityName ?? ''), next: page.NextToken };
    });
    // Which set an identity has by default only its own reading tells: where any is left, the set stays.
    if (left.length > 0) return inUse(left);
    await client.call(data.region, 'DeleteConfigurationSet', {
      ConfigurationSetName: data.configurationSet ?? undefined,
    });
    return { status: 'done' };
  },
};

async function dissociate(...[data, client, { learnt }]: Parameters<Make>): ReturnType<Make> {
  await client.call(data.region, 'DeleteTenantResourceAssociation', {
    TenantName: data.tenant,
    ResourceArn: data.arn,
  });
  const key = learntKey(data.region, data.tenant ?? '');
  const known = learnt.tenants.get(key);
  if (known) learnt.tenants.set(key, { ...known, resources: known.resources.filter((arn) => arn !== data.arn) });
  return { status: 'done' };
}

/** What the first page that has anything shows. SES may answer an empty page with more behind it. */
async function firstFound(
  read: (token: { NextToken?: string }) => Promise<{ found: readonly string[]; next: string | undefined }>,
): Promise<readonly string[]> {
  for (let token = {}; ; ) {
    const { found, next } = await read(token);
    if (found.length > 0 || !next) return found;
    token = { NextToken: next };
  }
}

/** Somebody began to use it since it was planned: it stays, and the next look says why. */
function inUse(by: readonly string[]): Outcome {
  return { status: 'kept', learnt: { usedBy: by } };
}
