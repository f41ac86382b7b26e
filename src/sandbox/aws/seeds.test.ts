import { GetEmailIdentityCommand, PutEmailIdentityDkimSigningAttributesCommand } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestAws, publishDkim, type TestAws, until } from './world.fixture.ts';

const TOKENS = ['a', 'b', 'c'].map((letter) => letter.repeat(32));

let t: TestAws;
beforeAll(async () => {
  t = await openTestAws();
});
afterAll(() => t.close());

const seed = (name: string, more: object = {}) =>
  t.control('POST /aws/identities', { region: 'us-east-1', name, ...more });
const get = (EmailIdentity: string) => t.ses().send(new GetEmailIdentityCommand({ EmailIdentity }));
const restart = (EmailIdentity: string) =>
  t.ses().send(new PutEmailIdentityDkimSigningAttributesCommand({ EmailIdentity, SigningAttributesOrigin: 'AWS_SES' }));

it('stay as they were put, whatever DNS says, until a client restarts them', async () => {
  await seed('failed.test', { tokens: TOKENS, dkimStatus: 'FAILED' });
  publishDkim(t.internet, 'failed.test', TOKENS, 'dkim.amazonses.com');
  await t.control('POST /aws/look?name=failed.test');
  expect(await get('failed.test')).toMatchObject({ VerificationStatus: 'FAILED' });
  expect((await restart('failed.test')).DkimTokens).toEqual(TOKENS);
  const verified = await until(
    () => get('failed.test'),
    ({ VerificationStatus }) => VerificationStatus === 'SUCCESS',
  );
  expect(verified.DkimAttributes).toMatchObject({ Status: 'SUCCESS', Tokens: TOKENS });
});

it('have a key length, and another one to come', async () => {
  const lengths = { keyLength: 'RSA_1024_BIT', nextKeyLength: 'RSA_2048_BIT' };
  await seed('short.test', { tokens: TOKENS, ...lengths });
  expect((await get('short.test')).DkimAttributes).toMatchObject({
    CurrentSigningKeyLength: 'RSA_1024_BIT',
    NextSigningKeyLength: 'RSA_2048_BIT',
  });
  t.world.clock.advance(24 * 3600);
  expect((await get('short.test')).DkimAttributes).toMatchObject({ CurrentSigningKeyLength: 'RSA_2048_BIT' });
});

it('of a replica follow a parent that is there, and sign without one', async () => {
  await seed('pair.test', { region: 'eu-west-1', origin: 'AWS_SES_US_EAST_1' });
  const read = (region: string) => t.ses(region).send(new GetEmailIdentityCommand({ EmailIdentity: 'pair.test' }));
  const alone = (await read('eu-west-1')).DkimAttributes;
  expect(alone?.Tokens).toHaveLength(3);
  await seed('pair.test', { tokens: TOKENS });
  expect((await read('eu-west-1')).DkimAttributes).toMatchObject({ Tokens: TOKENS, Status: 'SUCCESS' });
});

it('refuse what they do not know', async () => {
  for (const [name, more] of [
    ['x.test', { region: 'mars-1' }],
    ['x.test', { tokens: TOKENS.slice(1) }],
    ['x.test', { origin: 'ELSEWHERE' }],
    ['x.test', { selctor: 'typo' }],
  ] as const)
    await expect(seed(name, more), JSON.stringify(more)).rejects.toThrow(RangeError);
});
