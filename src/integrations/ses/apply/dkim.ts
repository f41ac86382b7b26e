import { Problem, toProblem } from '../../../core/problem.ts';
import type { ApplyNeeds, ChangeData, Make } from '../apply.ts';
import { arnOf, SWITCHED } from '../tags.ts';

/** How signing is changed. */
export const DKIM_MAKERS: Readonly<Record<string, Make>> = {
  'dkim-key': async (data, _client, { keyFiles }) => ({
    status: (await keyFiles.makeKeyFile(data.keyFile ?? '')) === 'made' ? 'done' : 'kept',
  }),
  dkim: async (data, client, needs) => {
    if (data.starts) {
      const started = await putSigning(data, client, needs);
      await client.call(data.region, 'PutEmailIdentityDkimAttributes', {
        EmailIdentity: data.domain,
        SigningEnabled: true,
      });
      return started;
    }
    // Before the switch: a week too long for the former records is no harm, a week too short would be.
    await client.call(data.region, 'TagResource', {
      ResourceArn: arnOf(data.region, needs.account, 'identity', data.domain),
      Tags: [{ Key: SWITCHED, Value: new Date(needs.clock.now()).toISOString() }],
    });
    return putSigning(data, client, needs);
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
      throw /once/.test(toProblem(error).message) ? tooSoon(data, error) : error;
    }
    return { status: 'done' };
  },
};

/** SES changes the length at most once a day (API reference, NextSigningKeyLength). */
function tooSoon({ region, keysMadeAt = 0 }: ChangeData, cause: unknown): Problem {
  const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  return new Problem(
    'conflict',
    'ses.dkim-rotated',
    `SES ${region} changes the key length once in 24 hours, and has done so lately (keys of ${time(keysMadeAt)}).`,
    { fix: `Run again after ${time(keysMadeAt + 24 * 3600 * 1000)}.`, cause },
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
