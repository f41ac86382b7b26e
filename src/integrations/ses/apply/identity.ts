import type { Json } from '../../../core/problem.ts';
import type { ApplyNeeds, ChangeData, Make } from '../apply.ts';
import { identitiesKey, learntKey, toIdentity } from '../read.ts';
import { signingAttributes } from './dkim.ts';
import { tagList } from './tag-list.ts';

/** How identities and their settings are made. */
export const IDENTITY_MAKERS: Readonly<Record<string, Make>> = {
  identity: async (data, client, needs) => {
    const own = data.origin === 'EXTERNAL' ? await signingAttributes(data, needs) : undefined;
    const replica = data.origin && !own ? { DomainSigningAttributesOrigin: data.origin as 'AWS_SES' } : undefined;
    const made = await client.call(data.region, 'CreateEmailIdentity', {
      EmailIdentity: data.domain,
      ...(own || replica ? { DkimSigningAttributes: own ?? replica } : {}),
      ...(data.configurationSet ? { ConfigurationSetName: data.configurationSet } : {}),
      Tags: tagList(data),
    });
    const identity = toIdentity({
      ...made,
      ConfigurationSetName: data.configurationSet ?? undefined,
      Tags: tagList(data),
    });
    needs.learnt.identities.set(learntKey(data.region, data.domain), identity);
    await rememberIdentity(needs, data);
    return { status: 'done', learnt: { tokens: identity.dkim.tokens, hostedZone: identity.dkim.hostedZone } };
  },
  'identity/marks': async (data, client) => {
    const gone = Object.entries(data.tags ?? {}).flatMap(([key, value]) => (value === null ? [key] : []));
    const put = tagList(data);
    if (put.length > 0) await client.call(data.region, 'TagResource', { ResourceArn: data.arn, Tags: put });
    if (gone.length > 0) await client.call(data.region, 'UntagResource', { ResourceArn: data.arn, TagKeys: gone });
    return { status: 'done' };
  },
  'identity/configuration-set': async (data, client) => {
    await client.call(data.region, 'PutEmailIdentityConfigurationSetAttributes', {
      EmailIdentity: data.domain,
      ...(data.configurationSet ? { ConfigurationSetName: data.configurationSet } : {}),
    });
    return { status: 'done' };
  },
  'mail-from': async (data, client) => {
    await client.call(data.region, 'PutEmailIdentityMailFromAttributes', {
      EmailIdentity: data.domain,
      MailFromDomain: data.mailFrom,
      BehaviorOnMxFailure: data.onMxFailure,
    });
    return { status: 'done' };
  },
  'verification-token': async (data, client) => {
    await client.verificationToken(data.region, data.domain, 'make');
    return { status: 'done' };
  },
};

async function rememberIdentity({ facts, account }: ApplyNeeds, data: ChangeData): Promise<void> {
  const key = identitiesKey(account, data.region);
  const known = (await facts.recall(key, Number.POSITIVE_INFINITY))?.value as readonly Json[] | undefined;
  if (known) await facts.remember(key, [...known, { name: data.domain, verified: false }]);
}
