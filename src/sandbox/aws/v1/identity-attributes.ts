import { AwsError } from '../gate/errors.ts';
import { domainOf } from '../gate/names.ts';
import type { Call } from '../gate/operation.ts';
import { xml } from '../gate/replies.ts';
import { followParent } from '../identities/replicas.ts';
import type { Identity, Status } from '../state.ts';

const STATUS: Readonly<Record<Status, string>> = {
  NOT_STARTED: 'NotStarted',
  PENDING: 'Pending',
  SUCCESS: 'Success',
  FAILED: 'Failed',
  TEMPORARY_FAILURE: 'TemporaryFailure',
};
const BEHAVIOR = { USE_DEFAULT_VALUE: 'UseDefaultValue', REJECT_MESSAGE: 'RejectMessage' } as const;
const MOST_NAMES = 100;
const MOST_ITEMS = 1000;

/** `GetIdentityVerificationAttributes`: the token only of those that were verified by v1. */
export function verificationAttributes(form: URLSearchParams, call: Call): string {
  return entries('VerificationAttributes', form, call, ({ legacyToken, verification }) =>
    [
      `<VerificationStatus>${STATUS[verification]}</VerificationStatus>`,
      legacyToken ? `<VerificationToken>${xml(legacyToken)}</VerificationToken>` : '',
    ].join(''),
  );
}

/** `GetIdentityDkimAttributes`: the tokens only of domains. */
export function dkimAttributes(form: URLSearchParams, call: Call): string {
  return entries('DkimAttributes', form, call, (identity) => {
    followParent(call.aws, call.place, identity);
    const { enabled, status, tokens } = identity.dkim;
    const members = tokens.map((token) => `<member>${xml(token)}</member>`).join('');
    return [
      `<DkimEnabled>${enabled}</DkimEnabled><DkimVerificationStatus>${STATUS[status]}</DkimVerificationStatus>`,
      members ? `<DkimTokens>${members}</DkimTokens>` : '',
    ].join('');
  });
}

/** `GetIdentityMailFromDomainAttributes`: without a custom MAIL FROM only what happens on failure. */
export function mailFromAttributes(form: URLSearchParams, call: Call): string {
  return entries('MailFromDomainAttributes', form, call, ({ mailFrom }) =>
    [
      mailFrom ? `<MailFromDomain>${xml(mailFrom.domain)}</MailFromDomain>` : '',
      mailFrom ? `<MailFromDomainStatus>${STATUS[mailFrom.status]}</MailFromDomainStatus>` : '',
      `<BehaviorOnMXFailure>${BEHAVIOR[mailFrom?.behavior ?? 'USE_DEFAULT_VALUE']}</BehaviorOnMXFailure>`,
    ].join(''),
  );
}

/** `ListIdentities`: by type and page. */
export function listIdentities(form: URLSearchParams, { place }: Call): string {
  const type = form.get('IdentityType');
  if (type !== null && type !== 'EmailAddress' && type !== 'Domain')
    throw invalid(`Value '${type}' at 'identityType' failed to satisfy constraint: [EmailAddress, Domain]`);
  const size = Number(form.get('MaxItems') ?? MOST_ITEMS);
  const start = Number(form.get('NextToken') ?? 0);
  if (!Number.isInteger(size) || size < 1 || size > MOST_ITEMS) throw invalid('MaxItems must be from 1 to 1000.');
  const wanted = type === 'Domain' ? 'DOMAIN' : 'EMAIL_ADDRESS';
  const names = [...place.identities.values()]
    .filter((identity) => type === null || identity.type === wanted)
    .map(({ name }) => name)
    .sort();
  if (!Number.isInteger(start) || start < 0 || start > names.length) throw invalid('Invalid NextToken.');
  const members = names.slice(start, start + size).map((name) => `<member>${xml(name)}</member>`);
  const next = start + size < names.length ? `<NextToken>${start + size}</NextToken>` : '';
  return `<Identities>${members.join('')}</Identities>${next}`;
}

/** A map of the identities asked for, those left out that are not there. @throws AwsError InvalidParameterValue beyond 100 */
function entries(map: string, form: URLSearchParams, call: Call, value: (identity: Identity) => string): string {
  const names = [...form].filter(([key]) => /^Identities\.member\.\d+$/.test(key)).map(([, name]) => name);
  if (names.length > MOST_NAMES) throw invalid(`You can get at most ${MOST_NAMES} identities at a time.`);
  const found = names.flatMap((name) => {
    const at = name.lastIndexOf('@');
    const identity = call.place.identities.get(at < 0 ? domainOf(name) : name.slice(0, at + 1) + domainOf(name));
    return identity ? [`<entry><key>${xml(name)}</key><value>${value(identity)}</value></entry>`] : [];
  });
  return `<${map}>${found.join('')}</${map}>`;
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValue', 400, message);
}
