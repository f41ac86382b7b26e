import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { AWS_CLI, describeClient } from '../installed.ts';
import { type Ended, runProgram } from '../program.ts';
import { openDesk } from './desk.ts';

// What only SES v1 can say, asked by botocore over the Query protocol.
describeClient(AWS_CLI, (aws) => {
  const desk = openDesk();
  const run = (...args: string[]): Promise<Ended> =>
    runProgram(aws, ['ses', ...args, '--output', 'json'], {
      folder: dirname(desk.stage.state),
      env: { AWS_DEFAULT_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true', ...desk.stage.env },
    });
  const ask = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await run(...args);
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };

  it('tells verification, DKIM and MAIL FROM of identities as they are, and leaves out what is not there', async () => {
    const tokens = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
    await desk.seed('identities', 'live.test', {
      tokens,
      legacyToken: 'token+of/txt=',
      mailFrom: { domain: 'bounce.live.test', status: 'SUCCESS', behavior: 'REJECT_MESSAGE' },
    });
    await desk.seed('identities', 'old.test', {
      tokens: [],
      dkimStatus: 'NOT_STARTED',
      verificationStatus: 'SUCCESS',
      legacyToken: 'txt',
      signingEnabled: false,
    });
    await desk.seed('identities', 'me@live.test');
    const names = ['--identities', 'live.test', 'old.test', 'nobody.test'];
    expect(await ask('get-identity-verification-attributes', ...names)).toEqual({
      VerificationAttributes: {
        'live.test': { VerificationStatus: 'Success', VerificationToken: 'token+of/txt=' },
        'old.test': { VerificationStatus: 'Success', VerificationToken: 'txt' },
      },
    });
    expect(await ask('get-identity-dkim-attributes', ...names)).toEqual({
      DkimAttributes: {
        'live.test': { DkimEnabled: true, DkimVerificationStatus: 'Success', DkimTokens: tokens },
        'old.test': { DkimEnabled: false, DkimVerificationStatus: 'NotStarted' },
      },
    });
    expect(await ask('get-identity-mail-from-domain-attributes', ...names)).toEqual({
      MailFromDomainAttributes: {
        'live.test': {
          MailFromDomain: 'bounce.live.test',
          MailFromDomainStatus: 'Success',
          BehaviorOnMXFailure: 'RejectMessage',
        },
        'old.test': { BehaviorOnMXFailure: 'UseDefaultValue' },
      },
    });
  });

  it('lists by type, in pages', async () => {
    const listed = async (...args: string[]) => (await ask('list-identities', ...args)).Identities;
    expect(await listed('--identity-type', 'EmailAddress')).toEqual(['me@live.test']);
    expect(await listed('--identity-type', 'Domain', '--page-size', '1')).toEqual(['live.test', 'old.test']);
    const pages = (await desk.stage.ledger('ses')).filter(({ operation }) => operation === 'ListIdentities');
    expect(pages).toHaveLength(3);
  });

  it('gives the same token again', async () => {
    const first = await ask('verify-domain-identity', '--domain', 'new.test');
    expect(await ask('verify-domain-identity', '--domain', 'New.Test')).toEqual(first);
    expect(await ask('get-identity-verification-attributes', '--identities', 'new.test')).toEqual({
      VerificationAttributes: { 'new.test': { VerificationStatus: 'Pending', ...first } },
    });
  });

  it('verifies a domain by the TXT at _amazonses, which may hold the tokens of others as well', async () => {
    const { VerificationToken } = await ask('verify-domain-identity', '--domain', 'txt.test');
    const texts = ['somebody-else', String(VerificationToken)];
    await desk.stage.zone(
      'txt.test',
      texts.map((content) => ({ type: 'TXT', name: '_amazonses', content, ttl: 60 })),
    );
    await desk.stage.control('POST /control/aws/look?name=txt.test');
    expect(await ask('get-identity-verification-attributes', '--identities', 'txt.test')).toEqual({
      VerificationAttributes: { 'txt.test': { VerificationStatus: 'Success', VerificationToken } },
    });
  });

  it('refuses more than 100 names, what is no domain, and what comes too fast', async () => {
    const names = Array.from({ length: 101 }, (_, n) => `n${n}.test`);
    for (const call of ['verification', 'dkim', 'mail-from-domain'])
      expect((await run(`get-identity-${call}-attributes`, '--identities', ...names)).stderr).toContain(
        '(InvalidParameterValue)',
      );
    await ask('get-identity-dkim-attributes', '--identities', ...names.slice(0, 100));
    expect((await run('verify-domain-identity', '--domain', 'nodots')).stderr).toContain('(InvalidParameterValue)');
    await desk.stage.control('POST /faults', {
      kind: 'throttle',
      system: 'ses',
      operation: 'ListIdentities',
      count: 1,
    });
    await ask('list-identities');
    const rows = (await desk.stage.ledger('ses')).filter(({ operation }) => operation === 'ListIdentities');
    expect(rows.slice(-2).map(({ status, error }) => [status, error])).toEqual([
      [400, 'Throttling'],
      [200, undefined],
    ]);
  });

  it('asks IAM for the action by its own name, without resources', async () => {
    const key = await desk.allowed({ Action: 'ses:GetIdentityDkimAttributes' });
    const env = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
    const as = (...args: string[]) =>
      runProgram(aws, ['ses', ...args], {
        folder: dirname(desk.stage.state),
        env: { AWS_DEFAULT_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true', ...desk.stage.env, ...env },
      });
    expect((await as('get-identity-dkim-attributes', '--identities', 'live.test')).exit).toBe(0);
    expect((await as('list-identities')).stderr).toMatch(/\(AccessDenied\).*ses:ListIdentities on resource: \*/);
  });

  it('marks what would change the account’s receiving as forbidden', async () => {
    const mark = await desk.stage.mark();
    expect((await run('set-active-receipt-rule-set', '--rule-set-name', 'x')).stderr).toContain('(InvalidAction)');
    expect((await desk.stage.ledger('ses', mark)).at(-1)).toMatchObject({ forbidden: true, effect: false });
  });
});
