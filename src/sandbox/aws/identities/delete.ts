import { z } from 'zod';
import { badRequest } from '../gate/errors.ts';
import { readIdentityName } from '../gate/names.ts';
import { operation } from '../gate/operation.ts';
import { refuseAssociated } from '../resources/associations.ts';
import { arnOf } from '../state.ts';
import { withdrawKey } from './dkim.ts';
import { asksIdentity, findIdentity, identityLabel } from './find.ts';
import { replicasOf } from './replicas.ts';

/** `DELETE /v2/email/identities/{EmailIdentity}`: refused while a tenant has it or a replica follows it. */
export const deleteEmailIdentity = operation({
  name: 'DeleteEmailIdentity',
  method: 'DELETE',
  path: '/v2/email/identities/{EmailIdentity}',
  writes: true,
  input: z.object(identityLabel),
  asks: ({ EmailIdentity }, call) => asksIdentity('DeleteEmailIdentity', EmailIdentity, call),
  deletes: ({ EmailIdentity }, call) => call.place.identities.get(readIdentityName(EmailIdentity)),
  run({ EmailIdentity }, call) {
    const identity = findIdentity(call, EmailIdentity);
    refuseAssociated(call, arnOf(call.place, 'identity', identity.name));
    const replicas = replicasOf(call.aws, call.place, identity);
    if (replicas.length)
      throw badRequest(
        `Cannot delete identity ${identity.name} because it has replica identities in [${replicas.join(', ')}]. Delete the replicas and try again.`,
      );
    call.place.identities.delete(identity.name);
    withdrawKey(call.aws.world, identity.dkim);
    return {};
  },
});
