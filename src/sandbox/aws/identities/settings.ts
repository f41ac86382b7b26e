import { z } from 'zod';
import { badRequest, notFound } from '../gate/errors.ts';
import { domainOf, isDomain, resourceName } from '../gate/names.ts';
import { operation, permission } from '../gate/operation.ts';
import { arnOf } from '../state.ts';
import { asksIdentity, findIdentity, identityLabel } from './find.ts';

/** `PUT …/mail-from`: sets or removes the custom MAIL FROM domain, which must lie strictly below the identity. */
export const putMailFrom = operation({
  name: 'PutEmailIdentityMailFromAttributes',
  method: 'PUT',
  path: '/v2/email/identities/{EmailIdentity}/mail-from',
  writes: true,
  input: z.object({
    ...identityLabel,
    MailFromDomain: z.string().optional(),
    BehaviorOnMxFailure: z.enum(['USE_DEFAULT_VALUE', 'REJECT_MESSAGE']).default('USE_DEFAULT_VALUE'),
  }),
  asks: ({ EmailIdentity }, call) => asksIdentity('PutEmailIdentityMailFromAttributes', EmailIdentity, call),
  run({ EmailIdentity, MailFromDomain = '', BehaviorOnMxFailure }, call) {
    const identity = findIdentity(call, EmailIdentity);
    if (MailFromDomain === '') {
      identity.mailFrom = undefined;
      return {};
    }
    const domain = MailFromDomain.toLowerCase();
    if (!isDomain(domain)) throw badRequest(`Invalid MAIL-FROM domain <${MailFromDomain}>.`);
    if (!domain.endsWith(`.${domainOf(identity.name)}`))
      throw badRequest(
        `Provided MAIL-FROM domain <${MailFromDomain}> is not subdomain of the domain of the identity <${identity.name}>.`,
      );
    const before = identity.mailFrom;
    if (before?.domain === domain && before.status !== 'FAILED') before.behavior = BehaviorOnMxFailure;
    else identity.mailFrom = { domain, behavior: BehaviorOnMxFailure, status: 'PENDING', since: call.now };
    call.aws.watch.start(call.place, identity);
    return {};
  },
});

/** `PUT …/configuration-set`: sets the default configuration set, or clears it where none is named. */
export const putDefaultConfigurationSet = operation({
  name: 'PutEmailIdentityConfigurationSetAttributes',
  method: 'PUT',
  path: '/v2/email/identities/{EmailIdentity}/configuration-set',
  writes: true,
  input: z.object({ ...identityLabel, ConfigurationSetName: resourceName.optional() }),
  asks({ EmailIdentity, ConfigurationSetName }, call) {
    const action = 'PutEmailIdentityConfigurationSetAttributes';
    const asked = asksIdentity(action, EmailIdentity, call);
    if (ConfigurationSetName === undefined) return asked;
    const resource = call.place.configurationSets.get(ConfigurationSetName)?.tags;
    return [
      ...asked,
      permission(action, arnOf(call.place, 'configuration-set', ConfigurationSetName), call, { resource }),
    ];
  },
  run({ EmailIdentity, ConfigurationSetName }, call) {
    const identity = findIdentity(call, EmailIdentity);
    if (ConfigurationSetName && !call.place.configurationSets.has(ConfigurationSetName))
      throw notFound(`Configuration set <${ConfigurationSetName}> does not exist.`);
    identity.configurationSet = ConfigurationSetName;
    return {};
  },
});

/** `PUT …/feedback`: switches the forwarding of bounces and complaints by mail. */
export const putFeedback = operation({
  name: 'PutEmailIdentityFeedbackAttributes',
  method: 'PUT',
  path: '/v2/email/identities/{EmailIdentity}/feedback',
  writes: true,
  input: z.object({ ...identityLabel, EmailForwardingEnabled: z.boolean().default(false) }),
  asks: ({ EmailIdentity }, call) => asksIdentity('PutEmailIdentityFeedbackAttributes', EmailIdentity, call),
  run({ EmailIdentity, EmailForwardingEnabled }, call) {
    findIdentity(call, EmailIdentity).feedbackForwarding = EmailForwardingEnabled;
    return {};
  },
});
