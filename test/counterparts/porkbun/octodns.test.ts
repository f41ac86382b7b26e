import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from '../../journeys/stage.ts';
import { describeClient, OCTODNS_PORKBUN } from '../installed.ts';
import { runProgram } from '../program.ts';

const ZONE = 'octo.test';
// No semicolon and no NS: this provider neither escapes and unescapes the one nor leaves the other alone.
const RECORDS = `---
'':
  - {type: A, ttl: 600, value: 192.0.2.1}
  - type: MX
    ttl: 600
    values:
      - {preference: 1, exchange: aspmx.l.google.com.}
      - {preference: 5, exchange: alt1.aspmx.l.google.com.}
  - type: TXT
    ttl: 600
    values:
      - google-site-verification=abc
      - v=spf1 include:_spf.google.com ~all
long: {type: TXT, ttl: 600, value: '${'0123456789'.repeat(30)}'}
www: {type: CNAME, ttl: 600, value: octo.test.}
`;
// The provider has no option for the base URL, its library has.
const PROVIDER = `import os
from octodns_porkbun import PorkbunProvider
from oinker import Piglet


class AtBase(PorkbunProvider):
    def __init__(self, id, **kwargs):
        super().__init__(id, **kwargs)
        self._client = Piglet(base_url=os.environ["PORKBUN_BASE_URL"], api_key=os.environ["PORKBUN_API_KEY"], secret_key=os.environ["PORKBUN_SECRET_API_KEY"])
`;

describeClient(OCTODNS_PORKBUN, (sync) => {
  let stage: Stage;
  let folder = '';
  beforeAll(async () => {
    stage = await openStage();
    await stage.control('POST /control/porkbun/domains', { name: ZONE });
    // It has no idea of a pace.
    await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
    folder = dirname(stage.state);
    mkdirSync(join(folder, 'zones'));
    writeFileSync(join(folder, 'zones', `${ZONE}.yaml`), RECORDS);
    writeFileSync(join(folder, 'atbase.py'), PROVIDER);
    writeFileSync(
      join(folder, 'octo.yaml'),
      `providers:
  src: {class: octodns.provider.yaml.YamlProvider, directory: ${folder}/zones, default_ttl: 600, enforce_order: false}
  pb: {class: atbase.AtBase}
zones:
  ${ZONE}.: {sources: [src], targets: [pb]}
`,
    );
  });
  afterAll(() => stage.close());

  const octo = async (): Promise<string> => {
    const { PORKBUN_API_KEY = '', PORKBUN_SECRET_API_KEY = '', PORKBUN_BASE_URL = '' } = stage.env;
    const env = { PORKBUN_API_KEY, PORKBUN_SECRET_API_KEY, PORKBUN_BASE_URL, PYTHONPATH: folder };
    const args = [`--config-file=${join(folder, 'octo.yaml')}`, '--doit'];
    const { exit, stdout, stderr } = await runProgram(sync, args, { folder, env });
    const said = stripVTControlCharacters(`${stdout}${stderr}`);
    expect(said).not.toMatch(/\bERROR\b|Traceback/);
    expect(exit).toBe(0);
    return said;
  };

  it('writes the zone', async () => {
    expect(await octo()).toContain('5 total changes');
    const records = (await stage.control(`GET /control/porkbun/records?domain=${ZONE}`)) as {
      name: string;
      type: string;
      content: string;
      prio: string | null;
    }[];
    expect(records.map(({ name, type }) => `${name} ${type}`).toSorted()).toEqual([
      'long.octo.test TXT',
      'octo.test A',
      'octo.test MX',
      'octo.test MX',
      'octo.test NS',
      'octo.test NS',
      'octo.test TXT',
      'octo.test TXT',
      'www.octo.test CNAME',
    ]);
    expect(records.find(({ content }) => content === 'aspmx.l.google.com')?.prio).toBe('1');
  });

  it('has nothing to do the second time', async () => {
    const since = await stage.mark();
    expect(await octo()).toMatch(/No changes were planned| 0 total changes/);
    expect((await stage.ledger('porkbun', since)).filter((row) => row.effect)).toEqual([]);
  });

  it('updates by deleting all of a name and type, which the ledger marks', async () => {
    writeFileSync(join(folder, 'zones', `${ZONE}.yaml`), RECORDS.replace('192.0.2.1', '192.0.2.2'));
    const since = await stage.mark();
    expect(await octo()).toContain('1 total changes');
    const rows = (await stage.ledger('porkbun', since)).filter((row) => row.effect);
    expect(rows.map(({ operation, forbidden }) => [operation, forbidden])).toEqual([
      ['dns.deleteByNameType', true],
      ['dns.create', undefined],
    ]);
  });
});
