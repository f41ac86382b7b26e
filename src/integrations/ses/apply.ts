import type { Facts } from '../../core/ground.ts';
import { type Json, Problem, toProblem } from '../../core/problem.ts';
import type { Change, Outcome } from '../../core/resource.ts';
import type { SesClient } from './client.ts';
import { identitiesKey, type Learnt, learntKey, toIdentity } from './read.ts';

/** The data of SES changes (`after`): everything that a call needs, so that another process can make it. */
interface After {
  readonly region: string;
  readonly domain: string;
  readonly origin?: string;
  readonly configurationSet?: string;
  readonly tenant?: string;
  readonly arn?: string;
  readonly mailFrom?: string;
  readonly onMxFailure?: 'USE_DEFAULT_VALUE' | 'REJECT_MESSAGE';
  readonly tags?: Readonly<Record<string, string>>;
}

/** Makes one change and says how it went; never throws for what SES refuses. */
export async function applySesChange(
  change: Change,
  client: SesClient,
  needs: { facts: Facts; learnt: Learnt; account: string },
): Promise<Outcome> {
  const after = change.after as unknown as After;
  const verb = change.id.slice(change.id.indexOf('/') + 1);
  const make = MAKERS[verb];
  if (!make)
    return {
      status: 'failed',
      problem: new Problem('failed', 'ses.change', `No way to apply "${change.id}".`).toJSON(),
    };
  try {
    return await make(after, client, needs);
  } catch (error) {
    const problem = toProblem(error);
    // Somebody was there first: what exists is kept as it is, and is not ours.
    if (problem.code === 'ses.AlreadyExists') {
      needs.learnt.tenants.delete(learntKey(after.region, after.tenant ?? '')); // what we believed of the tenant is not so: it is read anew
      return { status: 'kept' };
    }
    return { status: 'failed', problem: problem.toJSON() };
  }
}

type Make = (
  after: After,
  client: SesClient,
  needs: { facts: Facts; learnt: Learnt; account: string },
) => Promise<Outcome>;

const MAKERS: Readonly<Record<string, Make>> = {
  'configuration-set': async (after, client) => {
    await client.call(after.region, 'CreateConfigurationSet', {
      ConfigurationSetName: after.configurationSet,
      ReputationOptions: { ReputationMetricsEnabled: true },
      Tags: tagList(after),
    });
    return { status: 'done' };
  },
  tenant: async (after, client, { learnt }) => {
    const made = await client.call(after.region, 'CreateTenant', { TenantName: after.tenant, Tags: tagList(after) });
    learnt.tenants.set(learntKey(after.region, after.tenant ?? ''), { exists: true, resources: [] });
    return { status: 'done', learnt: { tenantArn: made.TenantArn ?? null } };
  },
  identity: async (after, client, { facts, learnt, account }) => {
    const made = await client.call(after.region, 'CreateEmailIdentity', {
      EmailIdentity: after.domain,
      ...(after.origin ? { DkimSigningAttributes: { DomainSigningAttributesOrigin: after.origin as 'AWS_SES' } } : {}),
      ...(after.configurationSet ? { ConfigurationSetName: after.configurationSet } : {}),
      Tags: tagList(after),
    });
    const identity = toIdentity({ ...made, ConfigurationSetName: after.configurationSet, Tags: tagList(after) });
    learnt.identities.set(learntKey(after.region, after.domain), identity);
    await rememberIdentity(facts, account, after);
    return { status: 'done', learnt: { tokens: identity.dkim.tokens, hostedZone: identity.dkim.hostedZone } };
  },
  'identity/configuration-set': async (after, client) => {
    await client.call(after.region, 'PutEmailIdentityConfigurationSetAttributes', {
      EmailIdentity: after.domain,
      ConfigurationSetName: after.configurationSet,
    });
    return { status: 'done' };
  },
  'tenant/identity': associate,
  'tenant/configuration-set': associate,
  'mail-from': async (after, client) => {
    await client.call(after.region, 'PutEmailIdentityMailFromAttributes', {
      EmailIdentity: after.domain,
      MailFromDomain: after.mailFrom,
      BehaviorOnMxFailure: after.onMxFailure,
    });
    return { status: 'done' };
  },
  'dkim-restart': async (after, client) => {
    const made = await client.call(after.region, 'PutEmailIdentityDkimSigningAttributes', {
      EmailIdentity: after.domain,
      SigningAttributesOrigin: after.origin as 'AWS_SES',
    });
    return { status: 'done', learnt: { tokens: made.DkimTokens ?? [] } };
  },
};

async function associate(after: After, client: SesClient, { learnt }: { learnt: Learnt }): Promise<Outcome> {
  await client.call(after.region, 'CreateTenantResourceAssociation', {
    TenantName: after.tenant,
    ResourceArn: after.arn,
  });
  const key = learntKey(after.region, after.tenant ?? '');
  const known = learnt.tenants.get(key);
  learnt.tenants.set(key, { exists: true, resources: [...(known?.resources ?? []), after.arn ?? ''] });
  return { status: 'done' };
}

function tagList(after: After): { Key: string; Value: string }[] {
  return Object.entries(after.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
}

async function rememberIdentity(facts: Facts, account: string, after: After): Promise<void> {
  const key = identitiesKey(account, after.region);
  const known = (await facts.recall(key, Number.POSITIVE_INFINITY))?.value as readonly Json[] | undefined;
  if (known) await facts.remember(key, [...known, { name: after.domain, verified: false }]);
}
