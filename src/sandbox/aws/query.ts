import type { Reply } from '../http.ts';
import { FORBIDDEN_ACTIONS } from './forbidden.ts';
import { AwsError } from './gate/errors.ts';
import { authorize, base32, callerArn } from './gate/keys.ts';
import { isDomain } from './gate/names.ts';
import type { Call } from './gate/operation.ts';
import { queryReply, xml } from './gate/replies.ts';
import { addressDkim } from './identities/create.ts';
import type { Admitted } from './serve.ts';
import type { Identity, Status } from './state.ts';

const STATUS: Readonly<Record<Status, string>> = {
  NOT_STARTED: 'NotStarted',
  PENDING: 'Pending',
  SUCCESS: 'Success',
  FAILED: 'Failed',
  TEMPORARY_FAILURE: 'TemporaryFailure',
};

/** Answers the Query protocol: GetCallerIdentity of STS, and of SES v1 the verification of a domain by TXT. */
export function serveQuery(
  form: URLSearchParams,
  dialect: 'ses-query' | 'sts-query',
  { call, trace }: Admitted,
): Reply {
  const action = form.get('Action') ?? '';
  const done = (result: string) => queryReply(dialect, action, result, call.now);
  if (dialect === 'sts-query') {
    if (action !== 'GetCallerIdentity') throw invalidAction(action);
    // AWS lets every caller ask who it is, whatever its policies say.
    const { id, account } = call.key;
    return done(
      `<Arn>${xml(callerArn(call.key))}</Arn><UserId>${xml(id.replace('AKIA', 'AIDA'))}</UserId><Account>${account}</Account>`,
    );
  }
  if (FORBIDDEN_ACTIONS.has(action)) trace.forbidden = true;
  if (action !== 'VerifyDomainIdentity' && action !== 'GetIdentityVerificationAttributes') throw invalidAction(action);
  const keys = { 'ses:apiversion': '1', 'aws:requestedregion': call.place.region };
  authorize(call.key, [{ action: `ses:${action}`, resource: '*', keys }], true);
  if (action === 'GetIdentityVerificationAttributes') return done(attributes(form, call));
  const token = verifyDomain(form.get('Domain') ?? '', call);
  trace.effect = true;
  return done(`<VerificationToken>${xml(token)}</VerificationToken>`);
}

function invalidAction(action: string): AwsError {
  return new AwsError('InvalidAction', 400, `Could not find operation ${action} for this version`);
}

function verifyDomain(domain: string, call: Call): string {
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
  return identity.legacyToken;
}

function attributes(form: URLSearchParams, call: Call): string {
  const entries = [...form]
    .filter(([key]) => /^Identities\.member\.\d+$/.test(key))
    .flatMap(([, name]) => {
      const identity = call.place.identities.get(name.toLowerCase());
      if (!identity) return [];
      const token = identity.legacyToken ? `<VerificationToken>${identity.legacyToken}</VerificationToken>` : '';
      const status = `<VerificationStatus>${STATUS[identity.verification]}</VerificationStatus>`;
      return [`<entry><key>${xml(name)}</key><value>${status}${token}</value></entry>`];
    });
  return `<VerificationAttributes>${entries.join('')}</VerificationAttributes>`;
}
