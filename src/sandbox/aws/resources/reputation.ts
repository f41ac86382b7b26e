import { z } from 'zod';
import { badRequest, notFound } from '../gate/errors.ts';
import { page } from '../gate/input.ts';
import { pageSchema } from '../gate/names.ts';
import { type Call, operation, permission } from '../gate/operation.ts';
import { epochSeconds } from '../identities/view.ts';
import { arnOf, type SendingStatus, type Tenant } from '../state.ts';

const ENTITY = '/v2/email/reputation/entities/{ReputationEntityType}/{ReputationEntityReference}';
const POLICIES = ['standard', 'strict', 'none'];
const label = { ReputationEntityType: z.enum(['RESOURCE']), ReputationEntityReference: z.string().min(1) };

const getEntity = operation({
  name: 'GetReputationEntity',
  method: 'GET',
  path: ENTITY,
  writes: false,
  input: z.object(label),
  asks: (input, call) => asks('GetReputationEntity', input.ReputationEntityReference, call),
  run: ({ ReputationEntityReference }, call) => ({
    ReputationEntity: view(find(call, ReputationEntityReference), call),
  }),
});

const listEntities = operation({
  name: 'ListReputationEntities',
  method: 'POST',
  path: '/v2/email/reputation/entities',
  writes: false,
  input: z.object({
    ...pageSchema,
    Filter: z
      .partialRecord(
        z.enum(['ENTITY_TYPE', 'REPUTATION_IMPACT', 'SENDING_STATUS', 'ENTITY_REFERENCE_PREFIX']),
        z.string(),
      )
      .default({}),
  }),
  asks: (_input, call) => [permission('ListReputationEntities', arnOf(call.place, 'tenant', '*'), call)],
  run({ Filter, ...asked }, call) {
    const found = [...call.place.tenants.values()]
      .map((tenant) => view(tenant, call))
      .filter(
        (entity) =>
          entity.ReputationEntityType === (Filter.ENTITY_TYPE ?? entity.ReputationEntityType) &&
          entity.ReputationImpact === (Filter.REPUTATION_IMPACT ?? entity.ReputationImpact) &&
          entity.SendingStatusAggregate === (Filter.SENDING_STATUS ?? entity.SendingStatusAggregate) &&
          entity.ReputationEntityReference.startsWith(Filter.ENTITY_REFERENCE_PREFIX ?? ''),
      );
    const { items, NextToken } = page(found, asked);
    return { ReputationEntities: items, NextToken };
  },
});

const putStatus = operation({
  name: 'UpdateReputationEntityCustomerManagedStatus',
  method: 'PUT',
  path: `${ENTITY}/customer-managed-status`,
  writes: true,
  input: z.object({ ...label, SendingStatus: z.enum(['ENABLED', 'DISABLED', 'REINSTATED']) }),
  asks: (input, call) => asks('UpdateReputationEntityCustomerManagedStatus', input.ReputationEntityReference, call),
  run({ ReputationEntityReference, SendingStatus }, call) {
    find(call, ReputationEntityReference).customerStatus = { status: SendingStatus, at: call.now };
    return {};
  },
});

const putPolicy = operation({
  name: 'UpdateReputationEntityPolicy',
  method: 'PUT',
  path: `${ENTITY}/policy`,
  writes: true,
  input: z.object({ ...label, ReputationEntityPolicy: z.string() }),
  asks: ({ ReputationEntityReference, ReputationEntityPolicy }, call) => [
    ...asks('UpdateReputationEntityPolicy', ReputationEntityReference, call),
    permission('UpdateReputationEntityPolicy', ReputationEntityPolicy, call),
  ],
  run({ ReputationEntityReference, ReputationEntityPolicy }, call) {
    const tenant = find(call, ReputationEntityReference);
    const policy = POLICIES.find((known) => policyArn(call, known) === ReputationEntityPolicy);
    if (!policy) throw badRequest(`Invalid reputation policy ${ReputationEntityPolicy}.`);
    tenant.policy = policy;
    return {};
  },
});

/** All calls about the reputation of tenants. */
export const reputationOperations = [getEntity, listEntities, putStatus, putPolicy];

/** Whether a tenant may send: neither its owner nor AWS has stopped it. */
export function sendingStatusOf({ customerStatus, awsStatus }: Tenant): SendingStatus {
  if (customerStatus.status === 'DISABLED' || awsStatus.status === 'DISABLED') return 'DISABLED';
  return customerStatus.status === 'REINSTATED' ? 'REINSTATED' : 'ENABLED';
}

function find(call: Call, arn: string): Tenant {
  const tenant = [...call.place.tenants.values()].find((known) => known.arn === arn);
  if (!tenant) throw notFound(`Reputation entity ${arn} not found.`);
  return tenant;
}

function asks(action: string, arn: string, call: Call) {
  const tags = { resource: [...call.place.tenants.values()].find((known) => known.arn === arn)?.tags };
  return [permission(action, arn, call, tags)];
}

function policyArn({ place }: Call, name: string): string {
  return `arn:aws:ses:${place.region}:aws:reputation-policy/${name}`;
}

function view(tenant: Tenant, call: Call) {
  const { customerStatus, awsStatus } = tenant;
  const record = ({ status, at, cause }: Tenant['awsStatus']) => ({
    Status: status,
    ...(cause === undefined ? {} : { Cause: cause }),
    LastUpdatedTimestamp: epochSeconds(at),
  });
  return {
    ReputationEntityReference: tenant.arn,
    ReputationEntityType: 'RESOURCE',
    ReputationManagementPolicy: policyArn(call, tenant.policy),
    CustomerManagedStatus: record(customerStatus),
    AwsSesManagedStatus: record(awsStatus),
    SendingStatusAggregate: sendingStatusOf(tenant),
    ...(tenant.impact ? { ReputationImpact: tenant.impact } : {}),
  };
}
