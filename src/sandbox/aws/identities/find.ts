import { z } from 'zod';
import { notFound } from '../gate/errors.ts';
import { readIdentityName } from '../gate/names.ts';
import { type Call, permission } from '../gate/operation.ts';
import type { Permission } from '../gate/policy.ts';
import { arnOf, type Identity } from '../state.ts';

/** The path label that all calls about one identity have. */
export const identityLabel = { EmailIdentity: z.string().min(1) };

/** The identity of that name. @throws AwsError NotFoundException */
export function findIdentity(call: Call, name: string): Identity {
  const identity = call.place.identities.get(readIdentityName(name));
  if (!identity) throw notFound(`Email identity ${name} does not exist.`);
  return identity;
}

/** What IAM is asked for a call about one identity. */
export function asksIdentity(action: string, name: string, call: Call): Permission[] {
  const known = readIdentityName(name);
  return [
    permission(action, arnOf(call.place, 'identity', known), call, {
      resource: call.place.identities.get(known)?.tags,
    }),
  ];
}
