import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandbox, type Sandbox } from './main.ts';

/** JSON as a test reads it. */
interface Json {
  readonly [key: string]: Json;
}

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(() => sandbox.close());

async function call(method: string, path: string, body?: unknown) {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${sandbox.control}${path}`, { method, ...init });
  const json = (await response.json()) as Json;
  return { status: response.status, json };
}

describe('the control server', () => {
  it('gives what clients set to reach every stand-in', async () => {
    const { json } = await call('GET', '/settings');
    expect(json).toEqual({ env: sandbox.env, addresses: sandbox.addresses });
    expect(Object.keys(json.env ?? {})).toEqual(
      expect.arrayContaining([
        'CLOUDFLARE_API_TOKEN',
        'CLOUDFLARE_BASE_URL',
        'MAILWRIGHT_DNS_PORT',
        'MAILWRIGHT_DNS_ROOTS',
        'MAILWRIGHT_DNS_PUBLIC_RESOLVERS',
        'AWS_ENDPOINT_URL_SESV2',
      ]),
    );
  });

  it('moves the clock forward only', async () => {
    const { json: before } = await call('GET', '/clock');
    const { json: after } = await call('POST', '/clock', { advance: 259_200 });
    expect(Date.parse(String(after.now)) - Date.parse(String(before.now))).toBeGreaterThanOrEqual(259_200_000);
    expect((await call('POST', '/clock', { advance: -1 })).status).toBe(400);
  });

  it('sets faults, and the ledger says what came of them', async () => {
    await call('DELETE', '/ledger');
    const fault = { kind: 'throttle', system: 'cloudflare', operation: 'zones.list', count: 1, retryAfter: 1 };
    expect((await call('POST', '/faults', [fault])).json).toEqual({ added: 1 });
    expect((await call('POST', '/faults', { ...fault, kind: 'explode' })).status).toBe(400);
    const headers = { authorization: `Bearer ${sandbox.env.CLOUDFLARE_API_TOKEN}` };
    for (const status of [429, 200])
      expect((await fetch(`${sandbox.env.CLOUDFLARE_BASE_URL}/zones`, { headers })).status).toBe(status);
    const { json: rows } = await call('GET', '/ledger?system=cloudflare');
    expect(rows).toMatchObject([{ status: 429 }, { status: 200 }]);
    expect((await call('GET', `/ledger?since=${rows[0]?.n}`)).json).toHaveLength(1);
    await call('POST', '/faults', { ...fault, count: undefined });
    await call('DELETE', '/faults');
    expect((await fetch(`${sandbox.env.CLOUDFLARE_BASE_URL}/zones`, { headers })).status).toBe(200);
  });

  it('has the stand-ins’ own routes below /control', async () => {
    const zone = await call('POST', '/control/zones', {
      name: 'seeded.test',
      records: [{ type: 'A', name: '@', content: '192.0.2.1' }],
    });
    expect(zone.json).toMatchObject({ status: 'active' });
    expect((await call('GET', '/control/zones/records?zone=seeded.test')).json).toHaveLength(1);
    await call('POST', '/control/cloudflare/edge', { delayMs: 0 });
    await call('POST', '/control/zones/settings', { zone: 'seeded.test' });
    const { json } = await call('GET', '/control/dns/lookup?name=seeded.test&type=A');
    expect(json).toMatchObject({ rcode: 'NOERROR', records: [{ value: '192.0.2.1' }] });
    expect((await call('GET', '/control/dns/delegations')).json).toHaveProperty(['seeded.test']);
  });

  it('answers mistakes as JSON, and unknown paths with the list of routes', async () => {
    expect((await call('POST', '/control/zones', { nam: 'x' })).json).toMatchObject({
      error: expect.stringContaining('name'),
    });
    expect((await call('POST', '/control/zones', { name: 'seeded.test' })).json).toMatchObject({
      error: expect.stringContaining('exists'),
    });
    const lost = await call('GET', '/nowhere');
    expect(lost.status).toBe(404);
    expect(lost.json.routes).toEqual(
      expect.arrayContaining(['GET /ledger', 'POST /control/zones', 'POST /control/dns/delegations']),
    );
  });
});

it('runs as a program: says in one line that it is ready, and ends with its parent', async () => {
  const program = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url)), '--with-parent'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: program.stdout }), 'line');
  const ready = JSON.parse(String(line));
  expect(ready).toMatchObject({ ready: true, env: { MAILWRIGHT_DNS_ALLOW_PRIVATE: 'true' } });
  expect((await fetch(`${ready.control}/clock`)).status).toBe(200);
  program.stdin.end();
  const [code] = await once(program, 'exit');
  expect(code).toBe(0);
});
