import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { smtpPassword } from '../../../src/integrations/ses/smtp/smtp-password.ts';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { AWS_CLI, CURL, describeClient, OPENSSL } from '../installed.ts';
import { runProgram } from '../program.ts';

const EAST = 'us-east-1';
const ARN = `arn:aws:ses:${EAST}:111122223333`;
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: 'ses:SendRawEmail',
      Resource: `${ARN}:identity/cli.test`,
      Condition: { StringLike: { 'ses:FromAddress': '*@cli.test' } },
    },
  ],
});

let stage: Stage;
let folder: string;
let endpoint: { starttls: string; tls: string };
let pem: string;
beforeAll(async () => {
  stage = await openStage();
  folder = dirname(stage.state);
  const { certificate } = (await stage.control('GET /control/aws/smtp')) as { certificate: string };
  pem = join(folder, 'ses.pem');
  writeFileSync(pem, certificate);
  endpoint = (await stage.control('POST /control/aws/smtp', { region: EAST })) as typeof endpoint;
  await stage.control('POST /control/aws/account', { region: EAST, productionAccess: true, maxSendRate: 1000 });
  await stage.control('POST /control/aws/identities', { region: EAST, name: 'cli.test' });
});
afterAll(() => stage.close());

/** A key of the control server's, with the policy that the tests are about. */
async function givenKey() {
  const key = (await stage.control('POST /control/aws/keys', { user: 'given', policy: JSON.parse(POLICY) })) as {
    accessKeyId: string;
    secretAccessKey: string;
  };
  return { user: key.accessKeyId, password: smtpPassword({ id: key.accessKeyId, secret: key.secretAccessKey }, EAST) };
}

describeClient(AWS_CLI, (aws) => {
  const run = (args: readonly string[]) =>
    runProgram(aws, ['iam', ...args, '--output', 'json'], {
      folder,
      env: { AWS_DEFAULT_REGION: EAST, AWS_EC2_METADATA_DISABLED: 'true', ...stage.env },
    });
  const ask = async (...args: string[]): Promise<Record<string, Record<string, unknown>>> => {
    const { stdout, stderr, exit } = await run(args);
    expect([exit, stderr]).toEqual([0, '']);
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  const user = ['--user-name', 'cli'];

  it('makes a user with a policy and two keys, and takes all of it away again', async () => {
    const { User } = await ask('create-user', ...user, '--path', '/mail/', '--tags', 'Key=managed-by,Value=mailwright');
    expect(User).toMatchObject({ Arn: 'arn:aws:iam::111122223333:user/mail/cli' });
    await ask('put-user-policy', ...user, '--policy-name', 'p', '--policy-document', POLICY);
    const { PolicyDocument } = await ask('get-user-policy', ...user, '--policy-name', 'p');
    expect(PolicyDocument).toEqual(JSON.parse(POLICY));
    expect(await ask('list-user-policies', ...user)).toMatchObject({ PolicyNames: ['p'] });
    expect(await ask('list-user-tags', ...user)).toMatchObject({ Tags: [{ Key: 'managed-by', Value: 'mailwright' }] });
    const { AccessKey = {} } = await ask('create-access-key', ...user);
    const id = String(AccessKey.AccessKeyId);
    await ask('create-access-key', ...user);
    expect((await run(['create-access-key', ...user])).stderr).toContain(
      '(LimitExceeded) when calling the CreateAccessKey operation: Cannot exceed quota for AccessKeysPerUser: 2',
    );
    expect((await ask('get-access-key-last-used', '--access-key-id', id)).AccessKeyLastUsed).toEqual({
      ServiceName: 'N/A',
      Region: 'N/A',
    });
    await ask('update-access-key', ...user, '--access-key-id', id, '--status', 'Inactive');
    const { AccessKeyMetadata } = await ask('list-access-keys', ...user);
    expect(AccessKeyMetadata).toMatchObject([{ AccessKeyId: id, Status: 'Inactive' }, { Status: 'Active' }]);
    expect((await run(['delete-user', ...user])).stderr).toContain('(DeleteConflict)');
    for (const one of AccessKeyMetadata as unknown as { AccessKeyId: string }[])
      await ask('delete-access-key', ...user, '--access-key-id', one.AccessKeyId);
    await ask('delete-user-policy', ...user, '--policy-name', 'p');
    await ask('delete-user', ...user);
    expect((await run(['get-user', ...user])).stderr).toContain('(NoSuchEntity)');
  });
});

describeClient(OPENSSL, (openssl) => {
  /** What `openssl s_client` hears; a line is said after each reply. */
  async function talk(options: readonly string[], lines: readonly string[]): Promise<string> {
    const child = spawn(openssl, ['s_client', '-quiet', '-verify_return_error', '-CAfile', pem, ...options]);
    let heard = '';
    const left = [...lines, 'QUIT'];
    child.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      const next = /^\d{3} .*\r\n$/m.test(heard.slice(heard.lastIndexOf('\n', heard.length - 2) + 1))
        ? left.shift()
        : undefined;
      if (next !== undefined) child.stdin.write(`${next}\r\n`);
    });
    // With STARTTLS the client has had the greeting itself.
    if (options.includes('-starttls')) child.stdin.write(`${left.shift()}\r\n`);
    await new Promise((resolve) => child.once('close', resolve));
    return heard;
  }

  it.each(['starttls', 'tls'] as const)('trusts the certificate by %s, signs in and sends', async (kind) => {
    const { user, password } = await givenKey();
    const options = ['-connect', endpoint[kind], ...(kind === 'starttls' ? ['-starttls', 'smtp'] : [])];
    const said = await talk(
      [...options, '-verify_hostname', `email-smtp.${EAST}.amazonaws.com`],
      [
        'EHLO me.test',
        `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`,
        'MAIL FROM:<me@cli.test>',
        // A lower-case r begins no renegotiation, as "RCPT" would in s_client.
        'rcpt to:<you@inbox.test>',
        'DATA',
        'From: me@cli.test\r\nTo: you@inbox.test\r\nSubject: by hand\r\n\r\n..hello\r\n.',
      ],
    );
    expect(said).toContain('235 Authentication successful.');
    expect(said).toMatch(/250 Ok 0100[0-9a-f-]+/);
    expect(said).toContain('221 Bye');
    const inbox = (await stage.control('GET /control/inbox')) as { subject: string; text: string }[];
    expect(inbox.at(-1)).toMatchObject({ subject: 'by hand', text: expect.stringContaining('.hello') });
  });
});

describeClient(CURL, (curl) => {
  async function send(from: string, more: readonly string[] = []) {
    const { user, password } = await givenKey();
    const message = join(folder, 'message.eml');
    writeFileSync(message, `From: ${from}\r\nTo: you@inbox.test\r\nSubject: by curl\r\n\r\nHello\r\n`);
    const login = ['--user', `${user}:${password}`];
    const envelope = ['--mail-from', from, '--mail-rcpt', 'you@inbox.test', '--upload-file', message];
    const args = ['-sv', '--cacert', pem, ...login, ...envelope, ...more, `smtp://${endpoint.starttls}`];
    return runProgram(curl, args, { folder });
  }

  it('sends as the domain and as no other', async () => {
    const sent = await send('me@cli.test', ['--ssl-reqd']);
    expect([sent.exit, sent.stderr]).toEqual([0, expect.stringMatching(/250 Ok 0100/)]);
    const refused = await send('me@else.test', ['--ssl-reqd']);
    expect(refused.stderr).toContain(
      "554 Access denied: User `arn:aws:iam::111122223333:user/given' is not authorized",
    );
    expect(refused.exit).not.toBe(0);
  });

  it('is told to use TLS where it does not', async () => {
    const plain = await send('me@cli.test', ['--login-options', 'AUTH=PLAIN']);
    expect(plain.stderr).toContain('530 Must issue a STARTTLS command first');
  });
});
