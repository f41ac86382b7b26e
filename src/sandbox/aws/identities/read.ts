import { z } from 'zod';
import { page } from '../gate/input.ts';
import { pageSchema } from '../gate/names.ts';
import { type Definition, operation, permission } from '../gate/operation.ts';
import { asksIdentity, findIdentity, identityLabel } from './find.ts';
import { identityView, maySend } from './view.ts';

/** `GET /v2/email/identities/{EmailIdentity}` */
export const getEmailIdentity = operation({
  name: 'GetEmailIdentity',
  method: 'GET',
  path: '/v2/email/identities/{EmailIdentity}',
  writes: false,
  input: z.object(identityLabel),
  asks: ({ EmailIdentity }, call) => asksIdentity('GetEmailIdentity', EmailIdentity, call),
  run: ({ EmailIdentity }, call) => identityView(call.aws, call.place, findIdentity(call, EmailIdentity)),
});

const input = z.object({
  ...pageSchema,
  Filter: z
    .partialRecord(z.enum(['IDENTITY_NAME_CONTAINS', 'IDENTITY_TYPE', 'VERIFICATION_STATUS']), z.string())
    .default({}),
});

const list: Omit<Definition<typeof input>, 'method' | 'path'> = {
  name: 'ListEmailIdentities',
  writes: false,
  input,
  asks: (_input, call) => [permission('ListEmailIdentities', '*', call)],
  run({ Filter, ...asked }, call) {
    const found = [...call.place.identities.values()]
      .filter(
        ({ name, type, verification }) =>
          name.includes(Filter.IDENTITY_NAME_CONTAINS?.toLowerCase() ?? '') &&
          type === (Filter.IDENTITY_TYPE ?? type) &&
          verification === (Filter.VERIFICATION_STATUS ?? verification),
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, NextToken } = page(found, asked);
    return {
      EmailIdentities: items.map(({ name, type, verification }) => ({
        IdentityType: type,
        IdentityName: name,
        SendingEnabled: maySend(call.place, name),
        VerificationStatus: verification,
      })),
      NextToken,
    };
  },
};

/** `POST /v2/email/list-identities`, and the GET that SDKs used until October 2026. */
export const listEmailIdentities = [
  operation({ ...list, method: 'POST', path: '/v2/email/list-identities' }),
  operation({ ...list, method: 'GET', path: '/v2/email/identities' }),
];
