import { z } from 'zod';
import { operation, permission } from '../gate/operation.ts';
import { sentLastDay } from '../sending/quota.ts';

/** `GET /v2/email/account`: what this account may do in this Region. */
export const getAccount = operation({
  name: 'GetAccount',
  method: 'GET',
  path: '/v2/email/account',
  writes: false,
  input: z.object({}),
  asks: (_input, call) => [permission('GetAccount', '*', call)],
  run(_input, call) {
    const { account } = call.place;
    return {
      DedicatedIpAutoWarmupEnabled: true,
      EnforcementStatus: account.enforcement,
      ProductionAccessEnabled: account.productionAccess,
      SendQuota: {
        Max24HourSend: account.max24HourSend,
        MaxSendRate: account.maxSendRate,
        SentLast24Hours: sentLastDay(call.place, call.now),
      },
      SendingEnabled: account.sendingEnabled,
      SuppressionAttributes: {
        ...(account.suppressedReasons ? { SuppressedReasons: account.suppressedReasons } : {}),
        ...(account.validation ? { ValidationAttributes: account.validation } : {}),
      },
      ...(account.details ? { Details: account.details } : {}),
      VdmAttributes: { VdmEnabled: 'DISABLED' },
      PricingAttributes: { CurrentPlan: account.plan },
    };
  },
});

/** `PUT /v2/email/account/sending`: pauses everything that the account sends in this Region. */
export const putAccountSending = operation({
  name: 'PutAccountSendingAttributes',
  method: 'PUT',
  path: '/v2/email/account/sending',
  writes: true,
  input: z.object({ SendingEnabled: z.boolean().default(false) }),
  asks: (_input, call) => [permission('PutAccountSendingAttributes', '*', call)],
  run({ SendingEnabled }, { place }) {
    place.account.sendingEnabled = SendingEnabled;
    return {};
  },
});
