import { z } from 'zod';
import { alreadyExists, badRequest, notFound } from '../gate/errors.ts';
import { page } from '../gate/input.ts';
import { pageSchema, resourceName } from '../gate/names.ts';
import { type Call, operation, permission } from '../gate/operation.ts';
import { epochSeconds } from '../identities/view.ts';
import { ASSOCIABLE, findAssociable, readArn } from './find-resource.ts';
import { asksTenant, findTenant } from './tenants.ts';

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
    if (!findAssociable(call.place, ResourceArn)) throw notFound(`Resource ${ResourceArn} not found.`);
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
    readArn(call.place, ResourceArn);
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
    Filter: z.partialRecord(z.enum(['RESOURCE_TYPE']), z.enum(ASSOCIABLE)).default({}),
  }),
  asks: ({ TenantName }, call) => asksTenant('ListTenantResources', TenantName, call),
  run({ TenantName, Filter, ...asked }, call) {
    const all = [...findTenant(call, TenantName).resources.keys()].map((arn) => ({
      ResourceType: readArn(call.place, arn).type,
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
    permission('ListResourceTenants', ResourceArn, call, { resource: findAssociable(call.place, ResourceArn)?.tags }),
  ],
  run({ ResourceArn, ...asked }, call) {
    if (!findAssociable(call.place, ResourceArn)) throw notFound(`Resource ${ResourceArn} not found.`);
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

function asksBoth(action: string, input: z.output<typeof both>, call: Call) {
  const resource = findAssociable(call.place, input.ResourceArn)?.tags;
  return [...asksTenant(action, input.TenantName, call), permission(action, input.ResourceArn, call, { resource })];
}
