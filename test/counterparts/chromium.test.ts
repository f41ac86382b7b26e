import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkHtml } from '../../src/cli/show/check-html.ts';
import { auditDomains } from '../../src/domains/audit/check.ts';
import { parseZone, zoneResolver } from '../zone-data.ts';
import { CHROMIUM, describeClient } from './installed.ts';
import { runProgram } from './program.ts';

/** What a stranger may write into a zone. */
const EVIL = '"><script>document.title="run"</script><img src="http://127.0.0.1:9/x"><svg onload=document.title="run">';
const ZONE = `
@ MX 10 mx.page.test
mx A 8.8.4.4
@ TXT v=spf1 include:a.example include:gone.example ~all
a.example. TXT v=spf1 ip4:8.8.8.0/24 -all
_dmarc TXT v=DMARC1; p=none; x=${EVIL}
`;

describeClient(CHROMIUM, (chromium) => {
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-page-'));
  let dom = '';
  beforeAll(async () => {
    const resolver = zoneResolver(parseZone('page.test', ZONE));
    const options = { failOn: 'error', allowPrivate: false, outside: {} } as const;
    const reports = await auditDomains(['page.test'], resolver, options, { run: '', now: Date.now });
    const page = join(folder, 'page.html');
    writeFileSync(page, checkHtml(reports));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}/profile`, '--dump-dom'];
    dom = (await runProgram(chromium, [...flags, pathToFileURL(page).href], { folder })).stdout;
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('shows the page of check with its SPF tree, a row for each record that is drawn in', () => {
    expect(dom.match(/<circle /g)).toHaveLength(3);
    expect(dom).toContain('include:gone.example  1 look-up, none');
    expect(dom).toContain('<h1>page.test</h1>');
  });

  it('runs and loads nothing of what a zone holds', () => {
    expect(dom).toContain('<title>page.test: mail authentication</title>');
    expect(dom).toContain('x=');
    expect(dom).not.toMatch(/<script|<img|onload=document[^&]*>/i);
  });
});
