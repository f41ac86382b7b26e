import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
  TagUserCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { GetAccountCommand } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestAws, type TestAws } from './world.fixture.ts';

let t: TestAws;
let iam: IAMClient;
const clients: IAMClient[] = [];
beforeAll(async () => {
  t = await openTestAws();
  iam = clientOf(t.credentials);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await t.close();
});

function clientOf(credentials: { accessKeyId: string; secretAccessKey: string }): IAMClient {
  const client = new IAMClient({ region: 'us-east-1', endpoint: t.endpoint, credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}

async function keyWith(...Statement: object[]): Promise<IAMClient> {
  const policy = { Version: '2012-10-17', Statement };
  return clientOf((await t.control('POST /aws/keys', { policy })) as never);
}

const READ_ACCOUNT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ses:GetAccount', Resource: '*' }],
});
const OURS = [{ Key: 'managed-by', Value: 'mailwright' }];

async function userWithKey(UserName: string) {
  await iam.send(new CreateUserCommand({ UserName, Path: '/mail/', Tags: OURS }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

describe('users', () => {
  it('are made with path and tags, read back, and told apart without regard to case', async () => {
    const { User } = await iam.send(new CreateUserCommand({ UserName: 'made', Path: '/mail/', Tags: OURS }));
    expect(User).toMatchObject({ Arn: 'arn:aws:iam::111122223333:user/mail/made', Path: '/mail/', Tags: OURS });
    expect(User?.UserId).toMatch(/^AIDA[A-Z0-9]{16}$/);
    const read = await iam.send(new GetUserCommand({ UserName: 'made' }));
    expect(read.User).toMatchObject({ UserName: 'made', CreateDate: expect.any(Date) });
    await expect(iam.send(new CreateUserCommand({ UserName: 'MADE' }))).rejects.toMatchObject({
      name: 'EntityAlreadyExistsException',
      $metadata: { httpStatusCode: 409 },
    });
    await iam.send(new TagUserCommand({ UserName: 'made', Tags: [{ Key: 'a', Value: 'b' }] }));
    const { Tags } = await iam.send(new ListUserTagsCommand({ UserName: 'made' }));
    expect(Tags).toEqual([...OURS, { Key: 'a', Value: 'b' }]);
  });

  it('without a name are the caller', async () => {
    expect((await iam.send(new GetUserCommand({}))).User).toMatchObject({ UserName: 'mailwright', Path: '/' });
  });

  it('are refused in IAM’s words where name, path or tags are none', async () => {
    const refused: [object, string][] = [
      [{ UserName: 'no/name' }, 'ValidationError'],
      [{ UserName: 'x', Path: 'mail' }, 'ValidationError'],
      [{ UserName: 'x', Tags: [{ Key: 'aws:x', Value: '' }] }, 'InvalidInputException'],
    ];
    for (const [input, name] of refused)
      await expect(iam.send(new CreateUserCommand(input as never)), name).rejects.toMatchObject({ name });
    await expect(iam.send(new GetUserCommand({ UserName: 'nobody' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The user with name nobody cannot be found.',
    });
  });

  it('can go only when nothing hangs on them; one that is not ours is marked', async () => {
    const key = await userWithKey('leaving');
    await iam.send(new PutUserPolicyCommand({ UserName: 'leaving', PolicyName: 'p', PolicyDocument: READ_ACCOUNT }));
    const leave = () => iam.send(new DeleteUserCommand({ UserName: 'leaving' }));
    await expect(leave()).rejects.toMatchObject({ name: 'DeleteConflictException' });
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'leaving', AccessKeyId: key.accessKeyId }));
    await expect(leave()).rejects.toMatchObject({ message: 'Cannot delete entity, must delete policies first.' });
    await iam.send(new DeleteUserPolicyCommand({ UserName: 'leaving', PolicyName: 'p' }));
    await leave();
    await iam.send(new CreateUserCommand({ UserName: 'foreign' }));
    await iam.send(new DeleteUserCommand({ UserName: 'foreign' }));
    const rows = t.world.ledger.read({ system: 'iam' }).filter((row) => row.operation === 'DeleteUser' && row.effect);
    expect(rows.map((row) => row.forbidden)).toEqual([undefined, true]);
  });
});

describe('what a path allows', () => {
  const PATH = 'arn:aws:iam::*:user/mail/*';

  it('is what is there, not what is missing: that has no path', async () => {
    const client = await keyWith({ Effect: 'Allow', Action: 'iam:*', Resource: PATH });
    await client.send(new CreateUserCommand({ UserName: 'pathed', Path: '/mail/' }));
    await client.send(new GetUserCommand({ UserName: 'pathed' }));
    for (const UserName of ['absent', 'mailwright'])
      await expect(client.send(new GetUserCommand({ UserName }))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(client.send(new CreateUserCommand({ UserName: 'outside' }))).rejects.toMatchObject({
      message: expect.stringContaining('iam:CreateUser on resource: arn:aws:iam::111122223333:user/outside'),
    });
  });

  it('asks for iam:TagUser where a user is made with tags, and knows the tags as conditions', async () => {
    const create = { Effect: 'Allow', Action: 'iam:CreateUser', Resource: '*' };
    const untagging = await keyWith(create);
    const make = (client: IAMClient, UserName: string) =>
      client.send(new CreateUserCommand({ UserName, Path: '/mail/', Tags: OURS }));
    await expect(make(untagging, 'tagged')).rejects.toMatchObject({ message: expect.stringContaining('iam:TagUser') });
    const Condition = { StringEquals: { 'aws:RequestTag/managed-by': 'mailwright' } };
    await make(await keyWith(create, { Effect: 'Allow', Action: 'iam:TagUser', Resource: '*', Condition }), 'tagged');
  });
});

describe('inline policies', () => {
  it('count at once for the user’s keys, and in simulations', async () => {
    const key = await userWithKey('limited');
    const account = () => t.ses('us-east-1', key).send(new GetAccountCommand({}));
    await expect(account()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await iam.send(new PutUserPolicyCommand({ UserName: 'limited', PolicyName: 'p', PolicyDocument: READ_ACCOUNT }));
    await account();
    const read = await iam.send(new GetUserPolicyCommand({ UserName: 'limited', PolicyName: 'p' }));
    expect(decodeURIComponent(read.PolicyDocument ?? '')).toBe(READ_ACCOUNT);
    expect((await iam.send(new ListUserPoliciesCommand({ UserName: 'limited' }))).PolicyNames).toEqual(['p']);
    const simulated = await iam.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: 'arn:aws:iam::111122223333:user/mail/limited',
        ActionNames: ['ses:GetAccount'],
      }),
    );
    expect(simulated.EvaluationResults?.[0]?.EvalDecision).toBe('allowed');
    await iam.send(new DeleteUserPolicyCommand({ UserName: 'limited', PolicyName: 'p' }));
    await expect(account()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(iam.send(new GetUserPolicyCommand({ UserName: 'limited', PolicyName: 'p' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });

  it('must be policies, and may hold 2,048 characters together', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'wordy' }));
    const put = (PolicyName: string, PolicyDocument: string) =>
      iam.send(new PutUserPolicyCommand({ UserName: 'wordy', PolicyName, PolicyDocument }));
    const long = (count: number) =>
      JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'ses:*', Resource: ['x'.repeat(count)] }] }, null, 8);
    await expect(put('p', '{')).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
    await expect(put('p', '{"Statement":[{"Effect":"Allow","Action":"ses:*"}]}')).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
    await put('p', long(1900));
    await expect(put('q', long(100))).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Maximum policy size of 2048 bytes exceeded for user wordy',
    });
  });
});

describe('access keys', () => {
  it('are at most two, open the gate while they are active, and tell when they were used', async () => {
    const first = await userWithKey('rotating');
    const named = { UserName: 'rotating' };
    await iam.send(new PutUserPolicyCommand({ ...named, PolicyName: 'p', PolicyDocument: READ_ACCOUNT }));
    const use = (key: typeof first) => t.ses('eu-west-1', key).send(new GetAccountCommand({}));
    const lastUsed = async ({ accessKeyId: AccessKeyId }: typeof first) =>
      (await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))).AccessKeyLastUsed;
    expect(await lastUsed(first)).toMatchObject({ ServiceName: 'N/A', Region: 'N/A' });
    await use(first);
    expect(await lastUsed(first)).toMatchObject({
      ServiceName: 'ses',
      Region: 'eu-west-1',
      LastUsedDate: expect.any(Date),
    });
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand(named));
    const second = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    await expect(iam.send(new CreateAccessKeyCommand(named))).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    });
    const old = { ...named, AccessKeyId: first.accessKeyId };
    await iam.send(new UpdateAccessKeyCommand({ ...old, Status: 'Inactive' }));
    await expect(use(first)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await use(second);
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand(named));
    expect(AccessKeyMetadata?.map((one) => one.Status)).toEqual(['Inactive', 'Active']);
    await iam.send(new UpdateAccessKeyCommand({ ...old, Status: 'Active' }));
    await use(first);
    await iam.send(new DeleteAccessKeyCommand(old));
    await expect(iam.send(new DeleteAccessKeyCommand(old))).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    await expect(lastUsed(first)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('leave no secret in the ledger or in what tests may read', async () => {
    const key = await userWithKey('quiet');
    const told = JSON.stringify([t.world.ledger.read(), await t.control('GET /aws/users')]);
    expect(told).toContain(key.accessKeyId);
    expect(told).not.toContain(key.secretAccessKey);
  });
});
