import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { describeClient, LEXICON_PYTHON } from '../installed.ts';
import { type Ended, runProgram } from '../program.ts';
import { resolveServedTxt } from '../served.ts';

const WRAPPER = fileURLToPath(new URL('../lexicon-at.py', import.meta.url));
const ZONE = 'lx.test';

// Lexicon lists all zones by name, page by page, puts quotation marks around TXT itself, and writes a second value by UPSERT of both.
describeClient(LEXICON_PYTHON, (python) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
    // More zones than a page holds, those before ours in the order of names.
    for (let n = 0; n < 105; n += 1)
      await stage.control('POST /control/route53/zones', { name: `lx${n}.example`, delegate: false });
    await stage.control('POST /control/route53/zones', { name: ZONE });
  });
  afterAll(() => stage.close());

  const run = (action: string, zone: string, ...args: string[]): Promise<Ended> => {
    const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_ENDPOINT_URL_ROUTE_53 = '' } = stage.env;
    const auth = ['--auth-access-key', AWS_ACCESS_KEY_ID, '--auth-access-secret', AWS_SECRET_ACCESS_KEY];
    const all = [WRAPPER, 'route53', ...auth, '--output', 'JSON', action, zone, ...args];
    const env = { LEXICON_ZONE: zone, AWS_ENDPOINT_URL_ROUTE_53, AWS_DEFAULT_REGION: 'us-east-1' };
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
    (
      (await stage.control(`GET /control/route53/sets?zone=${ZONE}`)) as {
        Type: string;
        ResourceRecords: { Value: string }[];
      }[]
    )
      .filter(({ Type }) => Type === 'TXT')
      .flatMap(({ ResourceRecords }) => ResourceRecords.map(({ Value }) => Value));

  it('finds the zone behind the first page and creates a TXT record, which DNS then answers', async () => {
    await ask('create', 'TXT', '--name', 'lx', '--content', 'hello world', '--ttl', '300');
    expect(await resolveServedTxt(stage, `lx.${ZONE}`, 'route53')).toEqual(['hello world']);
    const pages = (await stage.ledger('route53')).filter((row) => row.operation === 'ListHostedZonesByName');
    expect(pages).toHaveLength(2);
  });

  it('adds a second value beside the first, and takes a duplicate for done', async () => {
    await ask('create', 'TXT', '--name', 'lx', '--content', 'second', '--ttl', '300');
    await ask('create', 'TXT', '--name', 'lx', '--content', 'second', '--ttl', '300');
    expect(await texts()).toEqual(['"hello world"', '"second"']);
    const last = (await stage.ledger('route53')).at(-1);
    expect(last).toMatchObject({ operation: 'ChangeResourceRecordSets', error: 'InvalidChangeBatch', effect: false });
  });

  it('lists both and deletes them', async () => {
    const listed = (await ask('list', 'TXT', '--name', 'lx')) as { content: string }[];
    expect(listed.map(({ content }) => content).toSorted()).toEqual(['hello world', 'second']);
    await ask('delete', 'TXT', '--name', 'lx', '--content', 'second', '--ttl', '300');
    expect(await texts()).toEqual(['"hello world"']);
    await ask('delete', 'TXT', '--name', 'lx', '--ttl', '300');
    expect(await texts()).toEqual([]);
  });

  it('is refused a CNAME beside other records', async () => {
    await ask('create', 'TXT', '--name', 'busy', '--content', 'x');
    // It logs the sentence and says nothing; the ledger does.
    await run('create', ZONE, 'CNAME', '--name', 'busy', '--content', 'example.net.');
    expect((await stage.ledger('route53')).at(-1)).toMatchObject({ status: 400, error: 'InvalidChangeBatch' });
    const sets = (await stage.control(`GET /control/route53/sets?zone=${ZONE}`)) as { Type: string }[];
    expect(sets.map(({ Type }) => Type).toSorted()).toEqual(['NS', 'SOA', 'TXT']);
  });
});
