import { SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { until } from '../program.ts';

/** ARN of something in us-east-1 of the sandbox's account. */
export function arn(kind: string, name: string, region = 'us-east-1'): string {
  return `arn:aws:ses:${region}:111122223333:${kind}/${name}`;
}

/** What the product's own resources are marked with. */
export const OURS = [{ Key: 'managed-by', Value: 'mailwright' }];

/** One rule that a lenient fake would not keep: a call of the official SDK that must be refused, and how. */
export interface Refused {
  readonly rule: string;
  call(ses: SESv2Client): Promise<unknown>;
  readonly error: string;
  /** HTTP status; 400 where absent. */
  readonly status?: number;
  readonly says?: string | RegExp;
  readonly region?: string;
}

/** A sandbox for the tests of one file, and the official SDK with its own signing, serialisation and errors in front of it. */
export function openDesk() {
  let open: Stage | undefined;
  const clients: SESv2Client[] = [];
  const stage = () => {
    if (!open) throw new Error('the stage opens before the first test');
    return open;
  };
  beforeAll(async () => {
    open = await openStage();
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await open?.close();
  });
  const desk = {
    get stage(): Stage {
      return stage();
    },
    /** A client that tries once, with the sandbox's key or another. */
    ses(region = 'us-east-1', key?: { accessKeyId: string; secretAccessKey: string }): SESv2Client {
      const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_ENDPOINT_URL_SESV2 = '' } = stage().env;
      const client = new SESv2Client({
        region,
        endpoint: AWS_ENDPOINT_URL_SESV2,
        credentials: key ?? { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
        maxAttempts: 1,
      });
      clients.push(client);
      return client;
    },
    /** Puts something into the world: 'identities', 'tenants', 'configuration-sets' … */
    seed: (kind: string, name: string, more: object = {}) =>
      stage().control(`POST /control/aws/${kind}`, { region: 'us-east-1', name, ...more }),
    turn: (switches: object) => stage().control('POST /control/aws/switches', switches),
    advance: (hours: number) => stage().control('POST /clock', { advance: hours * 3600 }),
    /** A key of the same account that may do only this. */
    async allowed(...statements: object[]): Promise<{ accessKeyId: string; secretAccessKey: string }> {
      const Statement = statements.map((statement) => ({ Effect: 'Allow', Resource: '*', ...statement }));
      return (await stage().control('POST /control/aws/keys', { policy: { Statement } })) as never;
    },
    until,
  };
  return desk;
}

/** The sandbox and the clients of one file. */
export type Desk = ReturnType<typeof openDesk>;

/** One test for each rule. */
export function refuses(desk: Desk, rules: readonly Refused[]): void {
  it.each(rules)('refuses $rule', async ({ call, error, status = 400, says = /./, region }) => {
    const calls = (await desk.stage.ledger('ses')).length;
    await expect(call(desk.ses(region))).rejects.toMatchObject({
      name: error,
      message: expect.stringMatching(says),
      $metadata: { httpStatusCode: status },
    });
    const rows = (await desk.stage.ledger('ses')).slice(calls);
    expect(rows.at(-1)).toMatchObject({ status, error, effect: false });
  });
}
