import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { alreadyExists, badRequest, notFound } from '../gate/errors.ts';
import { page } from '../gate/input.ts';
import { pageSchema, resourceName, tagsSchema } from '../gate/names.ts';
import { type Call, operation, permission } from '../gate/operation.ts';
import { epochSeconds } from '../identities/view.ts';
import { arnOf, type Place, type Tag, type Tenant } from '../state.ts';
import { sendingStatusOf } from './reputation.ts';

const label = { TenantName: resourceName };

const createTenant = operation({
  name: 'CreateTenant',
  method: 'POST',
  path: '/v2/email/tenants',
  writes: true,
  input: z.object({
    ...label,
    Tags: tagsSchema.default([]),
    SuppressionAttributes: z
      .object({
        SuppressionScope: z.enum(['ACCOUNT', 'TENANT']),
        SuppressedReasons: z.array(z.enum(['BOUNCE', 'COMPLAINT'])),
      })
      .optional(),
  }),
  asks({ TenantName, Tags }, call) {
    const arn = tenantArn(call.place, TenantName);
    const tags = { request: Tags };
    return [
      permission('CreateTenant', arn, call, tags),
      ...(Tags.length ? [permission('TagResource', arn, call, tags)] : []),
    ];
  },
  run({ TenantName, Tags, SuppressionAttributes }, call) {
    if (call.aws.switches.tenantsNeedPlan)
      throw badRequest(`Tenants are not available on your current pricing plan ${call.place.account.plan}.`);
    if (call.place.tenants.has(TenantName)) throw alreadyExists(`Tenant ${TenantName} already exists.`);
    return tenantView(addTenant(call.place, TenantName, Tags, call.now, { suppression: SuppressionAttributes }));
  },
});

const getTenant = operation({
  name: 'GetTenant',
  method: 'POST',
  path: '/v2/email/tenants/get',
  writes: false,
  input: z.object(label),
  asks: ({ TenantName }, call) => asksTenant('GetTenant', TenantName, call),
  run: ({ TenantName }, call) => ({ Tenant: tenantView(findTenant(call, TenantName)) }),
});

const listTenants = operation({
  name: 'ListTenants',
  method: 'POST',
  path: '/v2/email/tenants/list',
  writes: false,
  input: z.object({
    ...pageSchema,
    Filter: z.partialRecord(z.enum(['SENDING_STATUS', 'TENANT_NAME_CONTAINS']), z.string()).default({}),
  }),
  asks: (_input, call) => [permission('ListTenants', '*', call)],
  run({ Filter, ...asked }, call) {
    const found = [...call.place.tenants.values()].filter(
      (tenant) =>
        tenant.name.includes(Filter.TENANT_NAME_CONTAINS ?? '') &&
        sendingStatusOf(tenant) === (Filter.SENDING_STATUS ?? sendingStatusOf(tenant)),
    );
    const { items, NextToken } = page(found, asked);
    return { Tenants: items.map(tenantInfo), NextToken };
  },
});

const deleteTenant = operation({
  name: 'DeleteTenant',
  method: 'POST',
  path: '/v2/email/tenants/delete',
  writes: true,
  input: z.object(label),
  asks: ({ TenantName }, call) => asksTenant('DeleteTenant', TenantName, call),
  deletes: ({ TenantName }, call) => call.place.tenants.get(TenantName),
  run({ TenantName }, call) {
    // Its associations go with it; the resources stay.
    call.place.tenants.delete(findTenant(call, TenantName).name);
    return {};
  },
});

/** All calls about tenants themselves. */
export const tenantOperations = [createTenant, getTenant, listTenants, deleteTenant];

/** The tenant of that name. @throws AwsError NotFoundException in SES's words */
export function findTenant(call: Pick<Call, 'place'>, name: string): Tenant {
  const tenant = call.place.tenants.get(name);
  if (!tenant) throw notFound(`Tenant ${name} for AwsAccountId ${call.place.accountId} not found.`);
  return tenant;
}

/** What IAM is asked for a call about one tenant. */
export function asksTenant(action: string, name: string, call: Call) {
  return [permission(action, tenantArn(call.place, name), call, { resource: call.place.tenants.get(name)?.tags })];
}

/** Makes a tenant with a new id ('tn-' and 30 hex digits). */
export function addTenant(
  place: Place,
  name: string,
  tags: Tag[],
  now: number,
  more: Partial<Pick<Tenant, 'suppression' | 'customerStatus' | 'awsStatus' | 'policy' | 'impact'>> = {},
): Tenant {
  const id = `tn-${randomBytes(15).toString('hex')}`;
  const arn = arnOf(place, 'tenant', `${name}/${id}`);
  const tenant: Tenant = {
    name,
    id,
    arn,
    createdAt: now,
    tags,
    customerStatus: { status: 'ENABLED', at: now },
    awsStatus: { status: 'ENABLED', at: now },
    policy: 'standard',
    suppressed: new Map(),
    resources: new Map(),
    ...more,
  };
  place.tenants.set(name, tenant);
  return tenant;
}

/** The tenant's ARN; an id that nobody knows yet is the star that policies write for it. */
function tenantArn(place: Place, name: string): string {
  return place.tenants.get(name)?.arn ?? arnOf(place, 'tenant', `${name}/*`);
}

function tenantInfo(tenant: Tenant) {
  const { name, id, arn, createdAt } = tenant;
  return {
    TenantName: name,
    TenantId: id,
    TenantArn: arn,
    CreatedTimestamp: epochSeconds(createdAt),
    SendingStatus: sendingStatusOf(tenant),
  };
}

function tenantView(tenant: Tenant) {
  return {
    ...tenantInfo(tenant),
    Tags: tenant.tags,
    ...(tenant.suppression ? { SuppressionAttributes: tenant.suppression } : {}),
  };
}
