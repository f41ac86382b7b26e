import { z } from 'zod';
import { alreadyExists, badRequest, notFound } from '../gate/errors.ts';
import { page } from '../gate/input.ts';
import { pageSchema, resourceName } from '../gate/names.ts';
import { type Call, operation, permission } from '../gate/operation.ts';
import { epochSeconds } from '../identities/view.ts';
import type { Tag } from '../state.ts';
import { asksTenant, findTenant } from './tenants.ts';

/** Resource types as the live service writes them, in lower case, unlike the SDK's enum. */
const TYPES = ['identity', 'configuration-set', 'template'] as const;

const both = z.object({ TenantName: resourceName, ResourceArn: z.string().min(1) });

const createAssociation = operation({
  name: 'CreateTenantResourceAssociation',
  method: 'POST',
  path: '/v2/email/tenants/resources',
  writes: true,
  input: both,
  asks: (input, call) => asksBoth('CreateTenantResourceAssociation', input, call),
  run({ TenantName, ResourceArn }, call) {
    const tenant = findTenant(call, TenantName);
    if (!findResource(call, ResourceArn)) throw notFound(`Resource ${ResourceArn} not found.`);
    if (tenant.resources.has(ResourceArn)) {
      if (call.aws.switches.duplicateAssociation === 'refused')
        throw alreadyExists(`Resource ${ResourceArn} is already associated with tenant ${TenantName}.`);
      return {};
    }
    tenant.resources.set(ResourceArn, call.now);
    return {};
  },
});

const deleteAssociation = operation({
  name: 'DeleteTenantResourceAssociation',
  method: 'POST',
  path: '/v2/email/tenants/resources/delete',
  writes: true,
  input: both,
  asks: (input, call) => asksBoth('DeleteTenantResourceAssociation', input, call),
  run({ TenantName, ResourceArn }, call) {
    const tenant = findTenant(call, TenantName);
    readArn(call, ResourceArn);
    tenant.resources.delete(ResourceArn);
    return {};
  },
});

const listResources = operation({
  name: 'ListTenantResources',
  method: 'POST',
  path: '/v2/email/tenants/resources/list',
  writes: false,
  input: z.object({
    ...pageSchema,
    TenantName: resourceName,
    Filter: z.partialRecord(z.enum(['RESOURCE_TYPE']), z.enum(TYPES)).default({}),
  }),
  asks: ({ TenantName }, call) => asksTenant('ListTenantResources', TenantName, call),
  run({ TenantName, Filter, ...asked }, call) {
    const all = [...findTenant(call, TenantName).resources.keys()].map((arn) => ({
      ResourceType: readArn(call, arn).type,
      ResourceArn: arn,
    }));
    const { items, NextToken } = page(
      all.filter(({ ResourceType }) => ResourceType === (Filter.RESOURCE_TYPE ?? ResourceType)),
      asked,
    );
    return { TenantResources: items, NextToken };
  },
});

const listTenants = operation({
  name: 'ListResourceTenants',
  method: 'POST',
  path: '/v2/email/resources/tenants/list',
  writes: false,
  input: z.object({ ...pageSchema, ResourceArn: z.string().min(1) }),
  asks: ({ ResourceArn }, call) => [
    permission('ListResourceTenants', ResourceArn, call, { resource: findResource(call, ResourceArn)?.tags }),
  ],
  run({ ResourceArn, ...asked }, call) {
    if (!findResource(call, ResourceArn)) throw notFound(`Resource ${ResourceArn} not found.`);
    const found = [...call.place.tenants.values()].flatMap((tenant) => {
      const at = tenant.resources.get(ResourceArn);
      if (at === undefined) return [];
      return [{ TenantName: tenant.name, TenantId: tenant.id, ResourceArn, AssociatedTimestamp: epochSeconds(at) }];
    });
    const { items, NextToken } = page(found, asked);
    return { ResourceTenants: items, NextToken };
  },
});

/** All calls about what belongs to a tenant. */
export const associationOperations = [createAssociation, deleteAssociation, listResources, listTenants];

/** Refuses the deletion of what a tenant still has. @throws AwsError BadRequestException in SES's words */
export function refuseAssociated(call: Call, arn: string): void {
  if ([...call.place.tenants.values()].some(({ resources }) => resources.has(arn)))
    throw badRequest(
      `Cannot delete ${arn} because it has tenant associations. Remove all tenant associations and try again.`,
    );
}

/** Type and name in an ARN of this account and Region. @throws AwsError BadRequestException */
function readArn(call: Call, arn: string): { type: (typeof TYPES)[number]; name: string } {
  const { region, accountId } = call.place;
  const match = /^arn:aws:ses:([^:]*):([^:]*):([a-z-]+)\/(.+)$/.exec(arn);
  const type = TYPES.find((known) => known === match?.[3]);
  if (!match || !type || match[1] !== region || match[2] !== accountId)
    throw badRequest(`Invalid resource ARN ${arn}.`);
  return { type, name: match[4] ?? '' };
}

function findResource(call: Call, arn: string): { readonly tags: readonly Tag[] } | undefined {
  const { type, name } = readArn(call, arn);
  if (type === 'identity') return call.place.identities.get(name);
  return type === 'configuration-set' ? call.place.configurationSets.get(name) : undefined;
}

function asksBoth(action: string, input: z.output<typeof both>, call: Call) {
  const resource = findResource(call, input.ResourceArn)?.tags;
  return [...asksTenant(action, input.TenantName, call), permission(action, input.ResourceArn, call, { resource })];
}
