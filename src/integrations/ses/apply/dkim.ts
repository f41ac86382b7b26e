import { Problem, toProblem } from '../../../core/problem.ts';
import type { ApplyNeeds, ChangeData, Make } from '../apply.ts';
import type { SesClient } from '../client.ts';
import { arnOf, SWITCHED } from '../tags.ts';

/** How signing is changed. */
export const DKIM_MAKERS: Readonly<Record<string, Make>> = {
  'dkim-key': async (data, _client, { keyFiles }) => ({
    status: (await keyFiles.makeKeyFile(data.keyFile ?? '')) === 'made' ? 'done' : 'kept',
  }),
  dkim: async (data, client, needs) => {
    // Before the switch: a week too long for the former records is no harm, a week too short would be. It also tells a later run that
    // we began, should signing not come to be switched on.
    await client.call(data.region, 'TagResource', {
      ResourceArn: arnOf(data.region, needs.account, 'identity', data.domain),
      Tags: [{ Key: SWITCHED, Value: new Date(needs.clock.now()).toISOString() }],
    });
    const put = await putSigning(data, client, needs);
    if (!data.starts) return put;
    try {
      await switchOn(data, client);
    } catch (error) {
      // SES may refuse before it has verified the records ("not verified for DKIM signing"); the next look plans it for when it has.
      if (toProblem(error).code !== 'ses.BadRequest') throw error;
    }
    return put;
  },
  'dkim-signing': async (data, client) => {
    await switchOn(data, client);
    return { status: 'done' };
  },
  'dkim-restart': putSigning,
  'dkim-rotate': async (data, client) => {
    try {
      await client.call(data.region, 'PutEmailIdentityDkimSigningAttributes', {
        EmailIdentity: data.domain,
        SigningAttributesOrigin: 'AWS_SES',
        SigningAttributes: { NextSigningKeyLength: data.keyLength },
      });
    } catch (error) {
      const { code, message } = toProblem(error);
      throw code === 'ses.BadRequest' && /\bonce\b|24[ -]hours?/i.test(message) ? tooSoon(data, error) : error;
    }
    return { status: 'done' };
  },
};

async function switchOn({ region, domain }: ChangeData, client: SesClient): Promise<void> {
  await client.call(region, 'PutEmailIdentityDkimAttributes', { EmailIdentity: domain, SigningEnabled: true });
}

/** SES changes the length at most once a day (API reference, NextSigningKeyLength). */
function tooSoon({ region }: ChangeData, cause: unknown): Problem {
  return new Problem(
    'conflict',
    'ses.dkim-rotated',
    `SES ${region} changes the key length at most once in 24 hours, and did within the last 24.`,
    { fix: 'Run again tomorrow.', cause },
  );
}

/** Selector and key as SES takes them. The key is read now and goes nowhere else. */
export async function signingAttributes(data: ChangeData, { keyFiles }: ApplyNeeds) {
  return {
    DomainSigningSelector: data.selector,
    DomainSigningPrivateKey: await keyFiles.readSigningKey(data.keyFile ?? ''),
  };
}

async function putSigning(...[data, client, needs]: Parameters<Make>): ReturnType<Make> {
  const made = await client.call(data.region, 'PutEmailIdentityDkimSigningAttributes', {
    EmailIdentity: data.domain,
    SigningAttributesOrigin: data.origin as 'AWS_SES',
    ...(data.origin === 'EXTERNAL' ? { SigningAttributes: await signingAttributes(data, needs) } : {}),
  });
  return { status: 'done', learnt: { tokens: made.DkimTokens ?? [] } };
}
