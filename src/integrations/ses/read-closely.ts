import type { DomainSpec } from '../../core/domain-spec.ts';
import { toProblem } from '../../core/problem.ts';
import type { Owned } from '../../core/resource.ts';
import type { ChangeData } from './apply.ts';
import type { SesClient } from './client.ts';
import type { RegionState } from './state.ts';

/**
 * What only the way back needs to know of a region: whether the configuration sets and tenants that we may have made are there, and
 * with whose tags. One call for each.
 */
export async function readClosely(
  region: string,
  spec: DomainSpec,
  owned: Owned,
  client: SesClient,
): Promise<NonNullable<RegionState['closely']>> {
  const entries = [...owned.entries()].filter(([id]) => id.startsWith(`ses ${region}/`));
  const named = entries.map(([, entry]) => entry as unknown as Partial<ChangeData>);
  const { ses } = spec;
  const names = (wanted: string | undefined, all: readonly (string | null | undefined)[]) =>
    [...new Set([wanted, ...all])].filter((name) => name !== undefined && name !== null);
  const sets = names(
    ses?.configurationSet ?? ses?.tenant,
    named.map((one) => one.configurationSet),
  );
  const tenants = names(
    ses?.tenant,
    named.map((one) => one.tenant),
  );
  const tagsOf = (tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined) =>
    Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
  const [ofSets, ofTenants] = await Promise.all([
    Promise.all(
      sets.map((name) =>
        found(client.call(region, 'GetConfigurationSet', { ConfigurationSetName: name }), (set) => tagsOf(set.Tags)),
      ),
    ),
    Promise.all(
      tenants.map((name) =>
        found(client.call(region, 'GetTenant', { TenantName: name }), (answer) => tagsOf(answer.Tenant?.Tags)),
      ),
    ),
  ]);
  return {
    configurationSets: new Map(sets.map((name, index) => [name, ofSets[index] ?? null])),
    tenants: new Map(tenants.map((name, index) => [name, ofTenants[index] ?? null])),
  };
}

/** The tags of what is there; null where it is not. */
async function found<T>(
  call: Promise<T>,
  tags: (answer: T) => Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>> | null> {
  try {
    return tags(await call);
  } catch (error) {
    if (toProblem(error).code === 'ses.NotFound') return null;
    throw error;
  }
}
