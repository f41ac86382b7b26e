import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { AWS_CLI, describeClient } from '../installed.ts';
import { type Ended, runProgram } from '../program.ts';

// The AWS CLI ends the path of a change with a slash, which the JavaScript SDK does not.
describeClient(AWS_CLI, (aws) => {
  let stage: Stage;
  let zone = '';
  beforeAll(async () => {
    stage = await openStage();
    const made = await stage.control('POST /control/route53/zones', { name: 'cli.test' });
    zone = (made as { id: string }).id;
  });
  afterAll(() => stage.close());

  const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> => {
    const env = { AWS_DEFAULT_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true', ...stage.env, ...more };
    return runProgram(aws, ['route53', ...args, '--output', 'json'], { folder: dirname(stage.state), env });
  };
  const ask = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { exit, stdout, stderr } = await run(args);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  const change = (Action: string, Name: string, Type: string, ...values: string[]): string[] => [
    'change-resource-record-sets',
    '--hosted-zone-id',
    zone,
    '--change-batch',
    JSON.stringify({
      Changes: [
        { Action, ResourceRecordSet: { Name, Type, TTL: 300, ResourceRecords: values.map((Value) => ({ Value })) } },
      ],
    }),
  ];
  const refusal = async (...args: string[]): Promise<string> => {
    const { exit, stderr } = await run(args);
    expect([254, 255]).toContain(exit);
    return stderr;
  };

  it('looks a zone up by name', async () => {
    const found = await ask('list-hosted-zones-by-name', '--dns-name', 'cli.test', '--max-items', '1');
    expect(found.HostedZones).toEqual([expect.objectContaining({ Id: `/hostedzone/${zone}`, Name: 'cli.test.' })]);
    // There is nothing there, so that the next one in order comes first: what is asked for must be compared.
    const next = await ask('list-hosted-zones-by-name', '--dns-name', 'bli.test', '--max-items', '1');
    expect(next.HostedZones).toEqual([expect.objectContaining({ Name: 'cli.test.' })]);
    const shown = (await ask('get-hosted-zone', '--id', zone)) as { DelegationSet: { NameServers: string[] } };
    expect(shown.DelegationSet.NameServers).toHaveLength(4);
  });

  it('changes a set, waits until it is in sync, and reads it back', async () => {
    const made = (await ask(...change('CREATE', '*.cli.test', 'TXT', '"one" "two"'))) as { ChangeInfo: { Id: string } };
    expect(made.ChangeInfo).toMatchObject({ Status: 'PENDING' });
    await ask('wait', 'resource-record-sets-changed', '--id', made.ChangeInfo.Id);
    expect((await ask('get-change', '--id', made.ChangeInfo.Id)).ChangeInfo).toMatchObject({ Status: 'INSYNC' });
    expect(await stage.resolver.resolveTxt('x.cli.test')).toEqual([['one', 'two']]);
    const { ResourceRecordSets: sets } = await ask('list-resource-record-sets', '--hosted-zone-id', zone);
    expect(sets).toContainEqual({
      Name: '\\052.cli.test.',
      Type: 'TXT',
      TTL: 300,
      ResourceRecords: [{ Value: '"one" "two"' }],
    });
    const row = (await stage.ledger('route53')).find(({ operation }) => operation === 'ChangeResourceRecordSets');
    expect(row?.request.path).toBe(`/2013-04-01/hostedzone/${zone}/rrset/`);
  });

  it('pages through many sets', async () => {
    const records = Array.from({ length: 640 }, (_, n) => ({
      Name: `n${n}.cli.test`,
      Type: 'TXT',
      TTL: 300,
      ResourceRecords: [{ Value: '"x"' }],
    }));
    await stage.control('POST /control/route53/zones/settings', { zone, records });
    const since = await stage.mark();
    const { ResourceRecordSets: sets } = await ask('list-resource-record-sets', '--hosted-zone-id', zone);
    expect(sets).toHaveLength(643);
    expect(await stage.ledger('route53', since)).toHaveLength(3);
  });

  it('is refused in Route 53’s own sentences', async () => {
    expect(await refusal(...change('CREATE', 't.cli.test', 'TXT', 'v=spf1 -all'))).toContain(
      "(InvalidChangeBatch) when calling the ChangeResourceRecordSets operation: [Invalid Resource Record: FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'v=spf1 -all']",
    );
    expect(await refusal(...change('DELETE', '*.cli.test', 'TXT', '"one"'))).toContain(
      'but the values provided do not match the current values',
    );
    expect(await refusal(...change('CREATE', 'cli.test', 'CNAME', 'example.net'))).toContain(
      'is not permitted at apex',
    );
    expect(await refusal(...change('CREATE', 'else.test', 'TXT', '"x"'))).toContain(
      'is not permitted in zone cli.test.',
    );
    expect(await refusal('get-hosted-zone', '--id', 'Z0NOWHERE')).toContain('(NoSuchHostedZone)');
  });

  it('is held by IAM, and by the signature', async () => {
    const key = (await stage.control('POST /control/aws/keys', {
      policy: { Statement: [{ Effect: 'Allow', Action: 'route53:List*', Resource: '*' }] },
    })) as { accessKeyId: string; secretAccessKey: string };
    const narrow = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
    const denied = await run(change('CREATE', 't.cli.test', 'TXT', '"x"'), narrow);
    expect(denied.stderr).toContain('(AccessDenied)');
    expect(denied.stderr).toContain(
      `route53:ChangeResourceRecordSets on resource: arn:aws:route53:::hostedzone/${zone}`,
    );
    const forged = await run(['list-hosted-zones'], { AWS_SECRET_ACCESS_KEY: 'wrong' });
    expect(forged.stderr).toContain('(SignatureDoesNotMatch)');
  });

  it('creates and deletes a zone, which the ledger marks', async () => {
    const made = (await ask('create-hosted-zone', '--name', 'new.test', '--caller-reference', 'a')) as {
      HostedZone: { Id: string };
    };
    await ask('delete-hosted-zone', '--id', made.HostedZone.Id);
    const marked = (await stage.ledger('route53')).filter(({ forbidden }) => forbidden);
    expect(marked.map(({ operation }) => operation)).toEqual(['CreateHostedZone', 'DeleteHostedZone']);
  });
});
