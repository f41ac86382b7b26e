import { z } from 'zod';
import { AwsError, badRequest, notFound } from '../gate/errors.ts';
import { page } from '../gate/input.ts';
import { isAddress, pageSchema, resourceName } from '../gate/names.ts';
import { type Call, operation, permission } from '../gate/operation.ts';
import { epochSeconds } from '../identities/view.ts';
import { asksTenant, findTenant } from '../resources/tenants.ts';
import { listed, type Suppressed, type SuppressionList } from './list.ts';

const PATH = '/v2/email/suppression/addresses';
const reason = z.enum(['BOUNCE', 'COMPLAINT']);
const tenant = { TenantName: resourceName.optional() };
const one = z.object({ ...tenant, EmailAddress: z.string().min(1) });

const put = operation({
  name: 'PutSuppressedDestination',
  method: 'PUT',
  path: PATH,
  writes: true,
  input: z.object({ ...tenant, EmailAddress: z.string().min(1), Reason: reason }),
  asks: ({ TenantName }, call) => asks('PutSuppressedDestination', TenantName, call),
  run({ TenantName, EmailAddress, Reason }, call) {
    const list = listOf(call, TenantName);
    if (!call.place.account.productionAccess)
      throw badRequest('Your account is in the sandbox, where addresses can not be added to the suppression list.');
    if (!isAddress(EmailAddress)) throw badRequest(`Invalid email address<${EmailAddress}>.`);
    const address = listed(EmailAddress);
    list.set(address, { address, reason: Reason, at: call.now });
    return {};
  },
});

const get = operation({
  name: 'GetSuppressedDestination',
  method: 'GET',
  path: `${PATH}/{EmailAddress}`,
  writes: false,
  input: one,
  asks: ({ TenantName }, call) => asks('GetSuppressedDestination', TenantName, call),
  run({ TenantName, EmailAddress }, call) {
    const { messageId: MessageId, feedbackId: FeedbackId, ...entry } = find(call, TenantName, EmailAddress);
    const Attributes = MessageId === undefined ? {} : { Attributes: { MessageId, FeedbackId } };
    return { SuppressedDestination: { ...summary(entry), ...Attributes, ...(TenantName ? { TenantName } : {}) } };
  },
});

const remove = operation({
  name: 'DeleteSuppressedDestination',
  method: 'DELETE',
  path: `${PATH}/{EmailAddress}`,
  writes: true,
  input: one,
  asks: ({ TenantName }, call) => asks('DeleteSuppressedDestination', TenantName, call),
  run({ TenantName, EmailAddress }, call) {
    listOf(call, TenantName).delete(find(call, TenantName, EmailAddress).address);
    return {};
  },
});

const list = operation({
  name: 'ListSuppressedDestinations',
  method: 'GET',
  path: PATH,
  writes: false,
  input: z.object({
    ...pageSchema,
    ...tenant,
    Reason: z
      .union([reason, z.array(reason)])
      .transform((given) => [given].flat())
      .optional(),
    StartDate: z.coerce.date().optional(),
    EndDate: z.coerce.date().optional(),
  }),
  asks: ({ TenantName }, call) => asks('ListSuppressedDestinations', TenantName, call),
  run({ TenantName, Reason, StartDate, EndDate, ...asked }, call) {
    const found = [...listOf(call, TenantName).values()].filter(
      ({ reason, at }) =>
        (Reason?.includes(reason) ?? true) && at >= (StartDate?.getTime() ?? 0) && at <= (EndDate?.getTime() ?? at),
    );
    const { items, NextToken } = page(
      found,
      asked,
      new AwsError('InvalidNextTokenException', 400, 'Invalid NextToken.'),
    );
    return { SuppressedDestinationSummaries: items.map(summary), NextToken };
  },
});

/** All calls about suppressed addresses, of the account in this Region or of a tenant. */
export const suppressedDestinationOperations = [put, get, remove, list];

function asks(action: string, tenantName: string | undefined, call: Call) {
  return tenantName === undefined ? [permission(action, '*', call)] : asksTenant(action, tenantName, call);
}

function listOf(call: Call, tenantName: string | undefined): SuppressionList {
  return tenantName === undefined ? call.place.suppressed : findTenant(call, tenantName).suppressed;
}

function find(call: Call, tenantName: string | undefined, address: string): Suppressed {
  const entry = listOf(call, tenantName).get(listed(address));
  if (!entry) throw notFound(`Email address ${address} does not exist on your suppression list.`);
  return entry;
}

function summary({ address, reason, at }: Suppressed) {
  return { EmailAddress: address, Reason: reason, LastUpdateTime: epochSeconds(at) };
}
