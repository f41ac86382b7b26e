import { expect, it } from 'vitest';
import { readSmtpPolicy, smtpGrant, smtpPolicy } from './smtp-policy.ts';

const reach = (domain: string, region = 'us-east-1', ...configurationSets: string[]) => ({
  domain,
  region,
  configurationSets,
});
const HERE = 'arn:aws:ses:us-east-1:111122223333';

it('grants one action, on these identities and configuration sets, for these domains’ addresses', () => {
  const grant = smtpGrant('111122223333', [reach('b.com', 'us-east-1', 'set'), reach('a.com', 'us-east-1', 'set')]);
  expect(smtpPolicy(grant).Statement).toEqual([
    {
      Sid: 'MailwrightSmtp',
      Effect: 'Allow',
      Action: 'ses:SendRawEmail',
      Resource: [`${HERE}:configuration-set/set`, `${HERE}:identity/a.com`, `${HERE}:identity/b.com`],
      Condition: { StringLike: { 'ses:FromAddress': ['*@a.com', '*@b.com'] } },
    },
  ]);
});

it('reads back what it wrote, and nothing that somebody made of it', () => {
  const grant = smtpGrant('111122223333', [reach('a.com'), reach('a.com', 'us-gov-west-1')]);
  expect(grant.resources).toContain('arn:aws-us-gov:ses:us-gov-west-1:111122223333:identity/a.com');
  const document = smtpPolicy(grant);
  expect(readSmtpPolicy(JSON.stringify(document))).toEqual(grant);
  expect(readSmtpPolicy(JSON.stringify(document, null, 2))).toEqual(grant);
  const [statement] = document.Statement;
  for (const changed of [
    { ...document, Statement: [{ ...statement, Action: 'ses:*' }] },
    { ...document, Statement: [statement, statement] },
    { ...document, Statement: [{ ...statement, Condition: undefined }] },
    { ...document, Statement: [{ ...statement, Resource: '*' }] },
  ])
    expect(readSmtpPolicy(JSON.stringify(changed))).toBe('unlike');
  expect(readSmtpPolicy('{')).toBe('unlike');
});

it('says how many characters are too many, before IAM does', () => {
  const many = Array.from({ length: 40 }, (_, n) => reach(`domain-${n}.example.com`));
  expect(() => smtpPolicy(smtpGrant('111122223333', many))).toThrow(/IAM allows 2048/);
});
