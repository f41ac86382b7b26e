import { AwsError } from '../gate/errors.ts';
import { base32 } from '../gate/keys.ts';
import { isDomain } from '../gate/names.ts';
import type { Call } from '../gate/operation.ts';
import { xml } from '../gate/replies.ts';
import { addressDkim } from '../identities/create.ts';
import type { Identity } from '../state.ts';

/** `VerifyDomainIdentity`: makes the identity where there is none; a token stays what it is, a search that failed begins again. */
export function verifyDomain(form: URLSearchParams, call: Call): string {
  const domain = form.get('Domain') ?? '';
  const name = domain.toLowerCase();
  if (!isDomain(name)) throw new AwsError('InvalidParameterValue', 400, `Invalid domain name ${domain}.`);
  const { place, now } = call;
  const identity: Identity = place.identities.get(name) ?? {
    name,
    type: 'DOMAIN',
    createdAt: now,
    tags: [],
    feedbackForwarding: true,
    verification: 'PENDING',
    dkim: addressDkim(now),
  };
  identity.legacyToken ??= base32(44);
  if (identity.verification === 'FAILED') identity.verification = 'PENDING';
  place.identities.set(name, identity);
  call.aws.watch.start(place, identity);
  return `<VerificationToken>${xml(identity.legacyToken)}</VerificationToken>`;
}
