import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../journeys/stage.ts';
import { describeClient, LEXICON_PYTHON } from './installed.ts';
import { type Ended, runProgram } from './program.ts';
import { resolveServedTxt } from './served.ts';

const WRAPPER = fileURLToPath(new URL('./lexicon-at.py', import.meta.url));

// Lexicon sends a JSON body with GET, `"data": null` with every record, unquoted TXT, and asks for 100 zones a page.
describeClient(LEXICON_PYTHON, (python) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    await stage.zone('lx.test', [{ name: 'www', type: 'A', content: '192.0.2.1', ttl: 300 }]);
    // More zones than Cloudflare gives a page, whatever is asked for: ours must be found behind the first page.
    for (let n = 0; n < 60; n += 1)
      await stage.control('POST /control/zones', { name: `lx${n}.test`, delegate: false });
    await stage.zone('last.test');
  });
  afterAll(() => stage.close());

  const run = (action: string, zone: string, ...args: string[]): Promise<Ended> => {
    const token = stage.env.CLOUDFLARE_API_TOKEN ?? '';
    const env = { LEXICON_ZONE: zone, LEXICON_BASE: stage.env.CLOUDFLARE_BASE_URL ?? '' };
    const all = [WRAPPER, 'cloudflare', '--auth-token', token, '--output', 'JSON', action, zone, ...args];
    return runProgram(python, all, { folder: dirname(stage.state), env });
  };
  const ask = async (...args: Parameters<typeof run>): Promise<unknown> => {
    const { exit, stdout, stderr } = await run(...args);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    return JSON.parse(stdout);
  };

  it('creates a TXT record, which DNS then answers', async () => {
    await ask('create', 'lx.test', 'TXT', '--name', 'lx', '--content', 'hello world', '--ttl', '300');
    expect(await resolveServedTxt(stage, 'lx.lx.test')).toEqual(['hello world']);
    const rows = (await stage.ledger('cloudflare')).filter((row) => row.operation === 'dns_records.create');
    expect(rows.at(-1)?.request.body).toMatchObject({ data: null, content: 'hello world' });
  });

  it('lists it, and only it', async () => {
    expect(await ask('list', 'lx.test', 'TXT', '--name', 'lx')).toEqual([
      expect.objectContaining({ name: 'lx.lx.test', type: 'TXT', content: '"hello world"', ttl: 300 }),
    ]);
  });

  it('takes "exists already" for done, and leaves one record', async () => {
    await ask('create', 'lx.test', 'TXT', '--name', 'lx', '--content', 'hello world', '--ttl', '300');
    const texts = (await stage.zoneRecords('lx.test')).filter((record) => record.type === 'TXT');
    expect(texts).toHaveLength(1);
  });

  it('updates and deletes it', async () => {
    await ask('update', 'lx.test', 'TXT', '--name', 'lx', '--content', 'changed', '--ttl', '300');
    const zone = await stage.zoneRecords('lx.test');
    expect(zone.filter((record) => record.type === 'TXT').map((record) => record.content)).toEqual(['"changed"']);
    await ask('delete', 'lx.test', 'TXT', '--name', 'lx');
    expect((await stage.zoneRecords('lx.test')).map((record) => record.name)).toEqual(['www.lx.test']);
  });

  it('finds a zone on the second page', async () => {
    expect(await ask('list', 'last.test', 'TXT')).toEqual([]);
    const pages = (await stage.ledger('cloudflare')).filter((row) => row.operation === 'zones.list').slice(-2);
    expect(pages.map((row) => row.status)).toEqual([200, 200]);
  });

  it('is told that a zone is not there', async () => {
    const { exit, stderr } = await run('list', 'nobody.test', 'TXT');
    expect(exit).not.toBe(0);
    expect(stderr).toContain('No domain found');
  });
});
