import { z } from 'zod';
import { badRequest } from '../gate/errors.ts';
import { resourceName } from '../gate/names.ts';
import { operation, permission } from '../gate/operation.ts';
import { asksTenant, findTenant } from '../resources/tenants.ts';
import { suppressedReasons, suppressionScope } from './reasons.ts';

const validation = z.object({ ConditionThreshold: z.looseObject({}) });

const putAccount = operation({
  name: 'PutAccountSuppressionAttributes',
  method: 'PUT',
  path: '/v2/email/account/suppression',
  writes: true,
  input: z.object({ SuppressedReasons: suppressedReasons.optional(), ValidationAttributes: validation.optional() }),
  asks: (_input, call) => [permission('PutAccountSuppressionAttributes', '*', call)],
  run({ SuppressedReasons, ValidationAttributes }, { place }) {
    // Absent leaves the list as it is; an empty list suppresses nobody any more.
    if (SuppressedReasons) place.account.suppressedReasons = SuppressedReasons;
    if (ValidationAttributes) place.account.validation = ValidationAttributes;
    return {};
  },
});

const putTenant = operation({
  name: 'PutTenantSuppressionAttributes',
  method: 'POST',
  path: '/v2/email/tenant/suppression',
  writes: true,
  input: z.object({
    TenantName: resourceName,
    SuppressedReasons: suppressedReasons.optional(),
    SuppressionScope: suppressionScope.optional(),
  }),
  asks: ({ TenantName }, call) => asksTenant('PutTenantSuppressionAttributes', TenantName, call),
  run({ TenantName, SuppressedReasons, SuppressionScope }, call) {
    const tenant = findTenant(call, TenantName);
    if ((SuppressedReasons === undefined) !== (SuppressionScope === undefined))
      throw badRequest('SuppressedReasons and SuppressionScope must be given together or not at all.');
    tenant.suppression = SuppressedReasons && SuppressionScope && { SuppressedReasons, SuppressionScope };
    return {};
  },
});

/** What account and tenant say of suppression; the configuration set's options are among its own. */
export const suppressionAttributeOperations = [putAccount, putTenant];
