import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Resolver } from '../../core/resolver.ts';
import { openSesClient } from './client.ts';
import { owns, spec } from './estate.fixture.ts';
import { openSes } from './index.ts';

/** An AWS whose STS knows the key only in some regions, and which fails as often as told; it notes the regions that STS is asked in. */
const aws = { known: ['us-east-1', 'us-west-2'], failures: 0, asked: [] as string[] };
let server: Server;
let endpoint = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    const [, region = '', service] = /\/\d{8}\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    if (service !== 'sts') {
      response.setHeader('content-type', 'application/json');
      if (aws.known.includes(region)) return void response.end('{}');
      response.setHeader('x-amzn-errortype', 'UnrecognizedClientException');
      return void response.writeHead(403).end('{"message":"The security token included in the request is invalid."}');
    }
    aws.asked.push(region);
    response.setHeader('content-type', 'text/xml');
    if (aws.failures > 0) {
      aws.failures -= 1;
      return void response.writeHead(500).end('<ErrorResponse/>');
    }
    if (!aws.known.includes(region)) {
      const error = '<Code>InvalidClientTokenId</Code><Message>The security token is invalid</Message>';
      return void response.writeHead(403).end(`<ErrorResponse><Error>${error}</Error></ErrorResponse>`);
    }
    const who = '<Arn>arn:aws:iam::111122223333:user/x</Arn><Account>111122223333</Account>';
    response.end(
      `<GetCallerIdentityResponse><GetCallerIdentityResult>${who}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((done) => server.close(done)));
afterEach(() => {
  aws.asked = [];
});

const settings = () => ({
  accessKeyId: 'AKIAX',
  secretAccessKey: 'secret',
  sesEndpoint: endpoint,
  stsEndpoint: endpoint,
  timeoutMs: 5000,
});
const ground = {
  pace: { turn: async () => {}, throttled: () => {} } as never,
  clock: { now: () => 0, sleep: async () => {} } as never,
};

/** SES over that AWS, with a DNS that has nothing. */
async function open() {
  const resolver = {
    authoritative: async () => ({ status: 'absent', values: [], servers: [] }),
  } as unknown as Resolver;
  const facts = { recall: async () => undefined, remember: async () => {} } as never;
  return openSes(settings(), { ...ground, facts, resolver, home: 'home', keyFiles: {} as never });
}

describe('whose the credentials are', () => {
  const ask = async (regions?: readonly string[]) => {
    const client = await openSesClient(settings(), ground);
    return client.caller(regions).finally(() => client.close());
  };
  it('is asked in the first region that is wanted: each partition has its own STS', async () => {
    expect(await ask(['us-west-2', 'us-east-1'])).toMatchObject({ account: '111122223333' });
    expect(aws.asked).toEqual(['us-west-2']);
  });
  it('is asked in the next where the account has not enabled a region', async () => {
    expect(await ask(['eu-south-1', 'us-east-1'])).toMatchObject({ account: '111122223333' });
    expect(aws.asked).toEqual(['eu-south-1', 'us-east-1']);
  });
  it('nobody knows where all refuse the key', async () => {
    await expect(ask(['eu-south-1', 'af-south-1'])).rejects.toMatchObject({
      kind: 'account',
      code: 'aws.bad-credentials',
      message: expect.stringContaining('af-south-1'),
    });
  });
});

it('a region that does not know the key is a problem of its own: the others are read', async () => {
  const ses = await open();
  const seen = await ses.read(spec({ regions: ['us-east-1', 'eu-south-1'] }), owns(), false);
  expect(seen.regions.get('us-east-1')).toMatchObject({ region: 'us-east-1' });
  expect(seen.regions.get('eu-south-1')).toMatchObject({ code: 'ses.region-not-enabled', kind: 'failed' });
  await ses.close?.();
});

it('an answer of STS that was lost is not remembered: the next look asks again', async () => {
  const ses = await open();
  const look = () => ses.read(spec({ regions: ['us-east-1'] }), owns(), false);
  // As often as the SDK itself tries.
  aws.failures = 3;
  await expect(look()).rejects.toMatchObject({ code: 'ses.lost' });
  expect((await look()).caller.account).toBe('111122223333');
  expect((await look()).caller.account).toBe('111122223333');
  expect(aws.asked).toHaveLength(4);
  await ses.close?.();
});
