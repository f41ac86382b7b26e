import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../journeys/stage.ts';
import { AWS_CLI, describeClient } from './installed.ts';
import { type Ended, runProgram } from './program.ts';

// botocore reads what the JavaScript SDK does not (an ISO date where a number belongs) and still lists identities by the
// old GET: the two together cover what clients in the wild send.
describeClient(AWS_CLI, (aws) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  /** Runs `aws …` with the sandbox's own variables; `more` overrides them. */
  const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> => {
    // Version 1 reads its region from this name only. Instance metadata must not be asked for by anyone in a test.
    const env = { AWS_DEFAULT_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true', ...stage.env, ...more };
    return runProgram(aws, [...args, '--output', 'json'], { folder: dirname(stage.state), env });
  };
  const ask = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { exit, stdout, stderr } = await run(args);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  const refusal = async (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { exit, stderr } = await run(args, more);
    // Where the service refused, version 1 (1.46.3) ends with 255; version 2 has 254 for that.
    expect([254, 255]).toContain(exit);
    return stderr;
  };

  it('learns who it is', async () => {
    const who = await ask('sts', 'get-caller-identity');
    expect(who).toMatchObject({
      Account: expect.stringMatching(/^\d{12}$/),
      Arn: expect.stringMatching(new RegExp(`^arn:aws:iam::${who.Account}:user/`)),
    });
  });

  it('asks IAM what it may do', async () => {
    const { Arn } = await ask('sts', 'get-caller-identity');
    const asked = ['--policy-source-arn', String(Arn), '--action-names', 'ses:GetAccount', 's3:GetObject'];
    const { EvaluationResults } = await ask('iam', 'simulate-principal-policy', ...asked);
    expect(EvaluationResults).toMatchObject([
      { EvalActionName: 'ses:GetAccount', EvalResourceName: '*', EvalDecision: 'allowed' },
      { EvalActionName: 's3:GetObject', EvalDecision: 'implicitDeny' },
    ]);
  });

  it('finds every Region and both versions of SES at one address, by option as well as by variable', async () => {
    const { AWS_ENDPOINT_URL_SES: url = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = stage.env;
    expect([stage.env.AWS_ENDPOINT_URL_SESV2, stage.env.AWS_ENDPOINT_URL_STS]).toEqual([url, url]);
    const bare = (...args: string[]) =>
      runProgram(aws, [...args, '--endpoint-url', url, '--output', 'json'], {
        folder: dirname(stage.state),
        env: { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_EC2_METADATA_DISABLED: 'true' },
      });
    const made = ['sesv2', 'create-email-identity', '--email-identity', 'option.test', '--region', 'ap-southeast-2'];
    expect((await bare(...made)).exit).toBe(0);
    const listed = await bare('ses', 'list-identities', '--region', 'ap-southeast-2');
    expect(JSON.parse(listed.stdout)).toEqual({ Identities: ['option.test'] });
    const elsewhere = await bare('ses', 'list-identities', '--region', 'eu-central-1');
    expect(JSON.parse(elsewhere.stdout)).toEqual({ Identities: [] });
    expect((await bare('sts', 'get-caller-identity', '--region', 'eu-central-1')).exit).toBe(0);
  });

  it('creates an identity, reads it back and lists it by the old GET', async () => {
    const made = await ask('sesv2', 'create-email-identity', '--email-identity', 'cli.test', '--tags', 'Key=a,Value=b');
    expect(made).toMatchObject({ IdentityType: 'DOMAIN', VerifiedForSendingStatus: false });
    const dkim = made.DkimAttributes as { Tokens: string[] };
    expect(dkim).toMatchObject({ SigningEnabled: true, Status: 'NOT_STARTED', SigningAttributesOrigin: 'AWS_SES' });
    expect(dkim.Tokens).toHaveLength(3);

    const read = await ask('sesv2', 'get-email-identity', '--email-identity', 'cli.test');
    expect(read).toMatchObject({ Tags: [{ Key: 'a', Value: 'b' }], DkimAttributes: { Tokens: dkim.Tokens } });
    expect(read).not.toHaveProperty('MailFromAttributes');
    // botocore writes the timestamp as it understood it: a year of 1970 or 50000 would mean the wrong unit.
    const { LastKeyGenerationTimestamp } = read.DkimAttributes as { LastKeyGenerationTimestamp: number | string };
    const at = typeof LastKeyGenerationTimestamp === 'number' ? LastKeyGenerationTimestamp * 1000 : undefined;
    const madeAt = new Date(at ?? LastKeyGenerationTimestamp).getTime();
    expect(Math.abs(madeAt - Date.now())).toBeLessThan(600_000);

    const { EmailIdentities } = await ask('sesv2', 'list-email-identities');
    expect(EmailIdentities).toEqual([expect.objectContaining({ IdentityName: 'cli.test', IdentityType: 'DOMAIN' })]);
    const rows = (await stage.ledger('ses')).filter((row) => row.operation === 'ListEmailIdentities');
    expect(rows.at(-1)?.request).toMatchObject({ method: 'GET', path: '/v2/email/identities' });
  });

  it('pages through the old list', async () => {
    for (const name of ['p1.test', 'p2.test', 'p3.test'])
      await stage.control('POST /control/aws/identities', { region: 'eu-west-1', name });
    const listed = await ask('sesv2', 'list-email-identities', '--region', 'eu-west-1', '--page-size', '1');
    const first = listed as { EmailIdentities: { IdentityName: string }[]; NextToken?: string };
    expect(first.EmailIdentities).toHaveLength(1);
    const names = first.EmailIdentities.map((one) => one.IdentityName);
    for (let token = first.NextToken; token !== undefined; ) {
      const next: typeof first = (await ask(
        ...['sesv2', 'list-email-identities', '--region', 'eu-west-1', '--page-size', '1', '--next-token', token],
      )) as typeof first;
      names.push(...next.EmailIdentities.map((one) => one.IdentityName));
      token = next.NextToken;
    }
    expect(names.toSorted()).toEqual(['p1.test', 'p2.test', 'p3.test']);
  });

  it('sets the MAIL FROM domain', async () => {
    await ask(
      ...['sesv2', 'put-email-identity-mail-from-attributes', '--email-identity', 'cli.test'],
      ...['--mail-from-domain', 'bounce.cli.test', '--behavior-on-mx-failure', 'USE_DEFAULT_VALUE'],
    );
    const read = await ask('sesv2', 'get-email-identity', '--email-identity', 'cli.test');
    expect(read.MailFromAttributes).toMatchObject({
      MailFromDomain: 'bounce.cli.test',
      MailFromDomainStatus: 'PENDING',
      BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
    });
    expect(
      await refusal([
        ...['sesv2', 'put-email-identity-mail-from-attributes', '--email-identity', 'cli.test'],
        ...['--mail-from-domain', 'cli.test'],
      ]),
    ).toContain('BadRequestException');
  });

  it('makes a tenant and puts the identity into it', async () => {
    const { Account } = await ask('sts', 'get-caller-identity');
    const tenant = await ask('sesv2', 'create-tenant', '--tenant-name', 'cli');
    expect(tenant).toMatchObject({ TenantName: 'cli', SendingStatus: 'ENABLED' });
    const arn = `arn:aws:ses:us-east-1:${Account}:identity/cli.test`;
    await ask('sesv2', 'create-tenant-resource-association', '--tenant-name', 'cli', '--resource-arn', arn);
    const { TenantResources } = await ask('sesv2', 'list-tenant-resources', '--tenant-name', 'cli');
    expect(TenantResources).toEqual([expect.objectContaining({ ResourceArn: arn })]);
    expect(await refusal(['sesv2', 'delete-email-identity', '--email-identity', 'cli.test'])).toContain(
      'BadRequestException',
    );
  });

  it('asks the older API by its own protocol', async () => {
    const { VerificationToken } = await ask('ses', 'verify-domain-identity', '--domain', 'v1.test');
    expect(VerificationToken).toEqual(expect.stringMatching(/^\S{44}$/));
    const { VerificationAttributes } = await ask(
      'ses',
      'get-identity-verification-attributes',
      '--identities',
      'v1.test',
    );
    expect(VerificationAttributes).toEqual({ 'v1.test': { VerificationStatus: 'Pending', VerificationToken } });
  });

  it('waits out a throttle by itself', async () => {
    await stage.control('POST /control/aws/identities', { region: 'us-east-1', name: 'busy.test' });
    await stage.control('POST /faults', { kind: 'throttle', system: 'ses', operation: 'GetEmailIdentity', count: 2 });
    await ask('sesv2', 'get-email-identity', '--email-identity', 'busy.test');
    const asked = (await stage.ledger('ses')).filter((row) => row.request.path?.endsWith('/identities/busy.test'));
    expect(asked.map((row) => row.status)).toEqual([429, 429, 200]);
  });

  it('is refused what is not there, and what is there already', async () => {
    expect(await refusal(['sesv2', 'get-email-identity', '--email-identity', 'nobody.test'])).toMatch(
      /An error occurred \(NotFoundException\) when calling the GetEmailIdentity operation: .*nobody\.test/,
    );
    expect(await refusal(['sesv2', 'create-email-identity', '--email-identity', 'cli.test'])).toContain(
      '(AlreadyExistsException) when calling the CreateEmailIdentity operation',
    );
  });

  it('is refused a wrong secret and an unknown key, by both protocols', async () => {
    const secret = { AWS_SECRET_ACCESS_KEY: 'A'.repeat(40) };
    const list = ['sesv2', 'list-email-identities'];
    const who = ['sts', 'get-caller-identity'];
    expect(await refusal(list, secret)).toMatch(/\((InvalidSignatureException|SignatureDoesNotMatch)\)/);
    expect(await refusal(who, secret)).toContain('(SignatureDoesNotMatch)');
    const key = { AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA' };
    expect(await refusal(list, key)).toContain('(UnrecognizedClientException)');
    expect(await refusal(who, key)).toContain('(InvalidClientTokenId)');
  });

  it('is refused by its policy what the policy does not allow', async () => {
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'ses:Get*', Resource: '*' }],
    };
    const made = (await stage.control('POST /control/aws/keys', { policy })) as Record<string, string>;
    const key = { AWS_ACCESS_KEY_ID: made.accessKeyId ?? '', AWS_SECRET_ACCESS_KEY: made.secretAccessKey ?? '' };
    const refused = await refusal(['sesv2', 'create-email-identity', '--email-identity', 'no.test'], key);
    expect(refused).toMatch(/\(AccessDeniedException\).*not authorized to perform: .?ses:CreateEmailIdentity/);
    const { exit } = await run(['sesv2', 'get-email-identity', '--email-identity', 'cli.test'], key);
    expect(exit).toBe(0);
  });
});
