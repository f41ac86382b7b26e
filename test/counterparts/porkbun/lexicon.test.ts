import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { describeClient, LEXICON_PYTHON } from '../installed.ts';
import { type Ended, runProgram } from '../program.ts';
import { resolveServedTxt } from '../served.ts';

const WRAPPER = fileURLToPath(new URL('../lexicon-at.py', import.meta.url));
const ZONE = 'lx.test';

// Lexicon pings and reads the whole zone before it does anything, with the keys in the body, and compares unquoted TXT.
describeClient(LEXICON_PYTHON, (python) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    await stage.control('POST /control/porkbun/domains', {
      name: ZONE,
      records: [{ name: 'www', type: 'A', content: '192.0.2.1' }],
    });
    // Its calls come three at a time, and it waits after a 503 at https addresses only.
    await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
  });
  afterAll(() => stage.close());

  const run = (action: string, zone: string, ...args: string[]): Promise<Ended> => {
    const { PORKBUN_API_KEY: key = '', PORKBUN_SECRET_API_KEY: secret = '', PORKBUN_BASE_URL: base = '' } = stage.env;
    const auth = ['--auth-key', key, '--auth-secret', secret];
    const all = [WRAPPER, 'porkbun', ...auth, '--output', 'JSON', action, zone, ...args];
    const env = { LEXICON_ZONE: zone, LEXICON_BASE: base };
    return runProgram(python, all, { folder: dirname(stage.state), env });
  };
  const ask = async (...args: string[]): Promise<unknown> => {
    const [action = '', ...rest] = args;
    const { exit, stdout, stderr } = await run(action, ZONE, ...rest);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    return JSON.parse(stdout);
  };
  const texts = async () =>
    ((await stage.control(`GET /control/porkbun/records?domain=${ZONE}`)) as { type: string; content: string }[])
      .filter(({ type }) => type === 'TXT')
      .map(({ content }) => content);

  it('creates a TXT record, which DNS then answers', async () => {
    await ask('create', 'TXT', '--name', 'lx', '--content', 'hello world', '--ttl', '900');
    expect(await resolveServedTxt(stage, `lx.${ZONE}`, 'porkbun')).toEqual(['hello world']);
    const rows = await stage.ledger('porkbun');
    expect(rows.map(({ operation }) => operation)).toEqual(['ping', 'dns.retrieve', 'dns.retrieve', 'dns.create']);
    expect(rows.at(-1)?.request.body).toEqual({ type: 'TXT', content: 'hello world', name: 'lx', ttl: 900 });
  });

  it('lists it, finds it there already, and makes no second one', async () => {
    expect(await ask('list', 'TXT', '--name', 'lx')).toEqual([
      expect.objectContaining({ name: `lx.${ZONE}`, type: 'TXT', content: 'hello world', ttl: '900' }),
    ]);
    await ask('create', 'TXT', '--name', 'lx', '--content', 'hello world');
    expect(await texts()).toEqual(['hello world']);
  });

  it('updates and deletes it', async () => {
    await ask('update', 'TXT', '--name', 'lx', '--content', 'changed');
    expect(await texts()).toEqual(['changed']);
    await ask('delete', 'TXT', '--name', 'lx');
    expect(await texts()).toEqual([]);
  });

  it('is told of an edit that changes nothing, of a domain that is not opted in, and of its pace', async () => {
    await ask('create', 'A', '--name', 'same', '--content', '192.0.2.5', '--ttl', '600');
    const same = await run('update', ZONE, 'A', '--name', 'same', '--content', '192.0.2.5', '--ttl', '600');
    expect(same.stderr).toContain('400 Client Error');
    expect((await stage.ledger('porkbun')).at(-1)).toMatchObject({ operation: 'dns.edit', effect: false });
    await stage.control('POST /control/porkbun/domains', { name: 'closed.test', apiAccess: false });
    expect((await run('list', 'closed.test', 'TXT')).stderr).toContain('400 Client Error');
    await stage.control('POST /control/porkbun/switches', { callsPerSecond: 2 });
    const hasty = await run('list', ZONE, 'TXT');
    expect(hasty.stderr).toContain('503 Server Error');
  });

  it('made no call that is forbidden', async () => {
    expect((await stage.ledger('porkbun')).filter(({ forbidden }) => forbidden)).toEqual([]);
  });
});
