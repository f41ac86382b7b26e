import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { CURL, describeClient } from '../installed.ts';
import { runProgram } from '../program.ts';

const ZONE = 'curl.test';

describeClient(CURL, (curl) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    await stage.control('POST /control/porkbun/domains', { name: ZONE });
    await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
  });
  afterAll(() => stage.close());

  const call = async (path: string, ...args: string[]): Promise<{ status: string; json: Record<string, unknown> }> => {
    const all = ['-sS', '-w', '\n%{http_code}', ...args, `${stage.env.PORKBUN_BASE_URL}${path}`];
    const { exit, stdout, stderr } = await runProgram(curl, all, { folder: dirname(stage.state) });
    expect([exit, stderr]).toEqual([0, '']);
    const cut = stdout.lastIndexOf('\n');
    const text = stdout.slice(0, cut);
    return { status: stdout.slice(cut + 1), json: text.startsWith('{') ? JSON.parse(text) : { text } };
  };
  const headers = () => [
    '-H',
    `X-API-Key: ${stage.env.PORKBUN_API_KEY}`,
    '-H',
    `X-Secret-API-Key: ${stage.env.PORKBUN_SECRET_API_KEY}`,
  ];
  const post = (path: string, body: object, ...args: string[]) =>
    call(path, ...headers(), '-H', 'Content-Type: application/json', '--data', JSON.stringify(body), ...args);

  it('reads by GET with keys in headers, and writes by POST alone', async () => {
    expect((await call(`/dns/retrieve/${ZONE}`, ...headers())).json).toMatchObject({ status: 'SUCCESS' });
    expect((await call(`/dns/create/${ZONE}`, ...headers())).status).toBe('405');
    expect((await call('/ping')).json).toMatchObject({ status: 'SUCCESS', yourIp: '127.0.0.1' });
    expect((await call(`/domain/getUrlForwarding/${ZONE}`, ...headers())).json).toMatchObject({ forwards: [] });
  });

  it('repeats a create with one Idempotency-Key and makes one record', async () => {
    const body = { name: 'once', type: 'TXT', content: 'x' };
    const key = ['-H', 'Idempotency-Key: 6c7f'];
    const first = await post(`/dns/create/${ZONE}`, body, ...key);
    const again = await post(`/dns/create/${ZONE}`, body, ...key);
    expect([first.status, again.status, again.json.id]).toEqual(['200', '200', first.json.id]);
    expect((await post(`/dns/create/${ZONE}`, body)).json).toMatchObject({
      status: 'ERROR',
      code: 'DUPLICATE_RECORD',
      existingId: first.json.id,
    });
  });

  it('moves the delegation to another host of the sandbox and back', async () => {
    const { nameServers } = (await stage.control('POST /control/route53/zones', {
      name: ZONE,
      delegate: false,
      records: [{ Name: ZONE, Type: 'TXT', TTL: 300, ResourceRecords: [{ Value: '"at Route 53"' }] }],
    })) as { nameServers: string[] };
    const { json } = await call(`/domain/getNs/${ZONE}`, ...headers());
    expect((await post(`/domain/updateNs/${ZONE}`, { ns: nameServers })).json).toMatchObject({ status: 'SUCCESS' });
    expect(await stage.resolver.resolveTxt(ZONE)).toEqual([['at Route 53']]);
    expect((await post(`/dns/create/${ZONE}`, { type: 'TXT', content: 'late' })).json).toHaveProperty('warnings');
    await post(`/domain/updateNs/${ZONE}`, { ns: json.ns });
    expect((await call(`/domain/getNs/${ZONE}`, ...headers())).json).toMatchObject({ ns: json.ns });
  });

  it('is stopped by the front end at the third call within a second', async () => {
    await stage.control('POST /control/porkbun/switches', { callsPerSecond: 2 });
    const answers = await Promise.all([1, 2, 3].map(() => call(`/dns/retrieve/${ZONE}`, ...headers())));
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['200', '200', '503']);
    const stopped = answers.find(({ status }) => status === '503');
    expect(stopped?.json.text).toContain('openresty');
  });
});
