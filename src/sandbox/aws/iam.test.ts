import { IAMClient, SimulatePrincipalPolicyCommand, type SimulatePrincipalPolicyRequest } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRaw } from './signed.fixture.ts';
import { openTestAws, type TestAws } from './world.fixture.ts';

const ME = 'arn:aws:iam::111122223333:user/tester';
const IDENTITY = 'arn:aws:ses:us-east-1:111122223333:identity/example.com';

let t: TestAws;
beforeAll(async () => {
  t = await openTestAws();
});
afterAll(() => t.close());

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const keyWith = async (...Statement: object[]) =>
  (await t.control('POST /aws/keys', { policy: { Version: '2012-10-17', Statement } })) as Key;
const SIMULATE = { Effect: 'Allow', Action: 'iam:SimulatePrincipalPolicy', Resource: ME };

async function simulate(credentials: Key, more: Partial<SimulatePrincipalPolicyRequest> = {}, region = 'us-east-1') {
  const iam = new IAMClient({ region, endpoint: t.endpoint, credentials, maxAttempts: 1 });
  try {
    const ActionNames = ['ses:GetAccount'];
    return await iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: ME, ActionNames, ...more }));
  } finally {
    iam.destroy();
  }
}

const decisions = (answer: Awaited<ReturnType<typeof simulate>>) =>
  (answer.EvaluationResults ?? []).map((one) => `${one.EvalActionName} ${one.EvalResourceName} ${one.EvalDecision}`);

describe('SimulatePrincipalPolicy', () => {
  it('says of each action on each resource what the gate would say', async () => {
    const key = await keyWith(
      SIMULATE,
      { Effect: 'Allow', Action: 'ses:*', Resource: IDENTITY },
      { Effect: 'Deny', Action: 'ses:Delete*', Resource: '*' },
    );
    const answer = await simulate(key, {
      ActionNames: ['ses:CreateEmailIdentity', 'ses:DeleteEmailIdentity', 'ses:GetAccount'],
      ResourceArns: [IDENTITY, '*'],
    });
    expect(answer.IsTruncated).toBe(false);
    expect(decisions(answer)).toEqual([
      `ses:CreateEmailIdentity ${IDENTITY} allowed`,
      'ses:CreateEmailIdentity * implicitDeny',
      `ses:DeleteEmailIdentity ${IDENTITY} explicitDeny`,
      'ses:DeleteEmailIdentity * explicitDeny',
      `ses:GetAccount ${IDENTITY} allowed`,
      'ses:GetAccount * implicitDeny',
    ]);
    expect(t.world.ledger.read({ system: 'iam' }).at(-1)).toMatchObject({
      operation: 'SimulatePrincipalPolicy',
      caller: key.accessKeyId,
      status: 200,
      effect: false,
    });
  });

  it('without resources asks for all of them', async () => {
    const key = await keyWith(SIMULATE, { Effect: 'Allow', Action: 'ses:GetAccount', Resource: '*' });
    expect(decisions(await simulate(key))).toEqual(['ses:GetAccount * allowed']);
  });

  it('evaluates conditions with the context that it is given, and names what is missing of it', async () => {
    const StringEquals = { 'aws:RequestedRegion': 'us-east-1', 'ses:ApiVersion': '2' };
    const key = await keyWith(SIMULATE, {
      Effect: 'Allow',
      Action: 'ses:*',
      Resource: '*',
      Condition: { StringEquals },
    });
    const entry = (ContextKeyName: string, value: string) => ({
      ContextKeyName,
      ContextKeyType: 'string' as const,
      ContextKeyValues: [value],
    });
    const missing = await simulate(key, { ContextEntries: [entry('aws:RequestedRegion', 'us-east-1')] });
    expect(missing.EvaluationResults?.[0]).toMatchObject({
      EvalDecision: 'implicitDeny',
      MissingContextValues: ['ses:apiversion'],
    });
    const whole = [entry('aws:RequestedRegion', 'us-east-1'), entry('ses:ApiVersion', '2')];
    expect(decisions(await simulate(key, { ContextEntries: whole }))).toEqual(['ses:GetAccount * allowed']);
  });

  it('gives as many as are asked for, and the rest after the marker', async () => {
    const key = await keyWith(SIMULATE);
    const ActionNames = ['ses:GetAccount', 'ses:GetTenant', 'ses:SendEmail'];
    const first = await simulate(key, { ActionNames, MaxItems: 2 });
    expect([first.IsTruncated, first.EvaluationResults?.length]).toEqual([true, 2]);
    const rest = await simulate(key, { ActionNames, MaxItems: 2, Marker: first.Marker });
    expect(decisions(rest)).toEqual(['ses:SendEmail * implicitDeny']);
  });

  it('needs its own permission, for whom it is asked about', async () => {
    await expect(simulate(await keyWith({ Effect: 'Allow', Action: 'ses:*', Resource: '*' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`not authorized to perform: iam:SimulatePrincipalPolicy on resource: ${ME}`),
      $metadata: { httpStatusCode: 403 },
    });
    await expect(
      simulate(await keyWith(SIMULATE), { PolicySourceArn: 'arn:aws:iam::111122223333:user/mailwright' }),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('refuses who does not exist, what is no entity, no action or no ARN, and what it would have to ignore', async () => {
    const key = await keyWith({ ...SIMULATE, Resource: '*' });
    const refused: [Partial<SimulatePrincipalPolicyRequest>, string][] = [
      [{ PolicySourceArn: 'arn:aws:iam::111122223333:user/nobody' }, 'NoSuchEntityException'],
      [{ PolicySourceArn: 'arn:aws:iam::111122223333:root' }, 'InvalidInputException'],
      [{ PolicySourceArn: 'arn:aws:sts::111122223333:assumed-role/a/b' }, 'InvalidInputException'],
      [{ ActionNames: ['ses:*'] }, 'InvalidInputException'],
      [{ ActionNames: [] }, 'ValidationError'],
      [{ ResourceArns: ['example.com'] }, 'InvalidInputException'],
      [{ CallerArn: ME }, 'InvalidInputException'],
    ];
    for (const [more, name] of refused) await expect(simulate(key, more), name).rejects.toMatchObject({ name });
  });

  it('is signed for IAM in its one Region; what is not played is no action', async () => {
    const key = await keyWith(SIMULATE);
    await expect(simulate(key, {}, 'eu-west-1')).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
    const form = (action: string) => ({
      path: '/',
      body: `Action=${action}&Version=2010-05-08`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      service: 'iam',
    });
    const other = await callRaw(t.endpoint, key, form('ListUsers'));
    expect(other).toMatchObject({ status: 400, text: expect.stringContaining('InvalidAction') });
    const forSts = await callRaw(t.endpoint, key, { ...form('SimulatePrincipalPolicy'), service: 'ses' });
    expect(forSts).toMatchObject({ status: 403, text: expect.stringContaining('scoped to correct service') });
  });
});
