import { describe, expect, it } from 'vitest';
import { finding } from '../../core/checks/finding.ts';
import { openReport, withAudit } from '../../domains/report.ts';
import { toJson } from '../result-file.ts';
import { checkHtml } from './check-html.ts';
import { checkMarkdown } from './check-markdown.ts';
import { showMessage } from './show-message.ts';
import { showReport } from './show-report.ts';
import { showSpf } from './show-spf.ts';

/** What moves a cursor, turns text round, or is not seen. */
const HOSTILE = '\u001b]0;x\u0007\u009b31m\u202e\u200b\u2066\r\n';
const SEEN = /[\p{Cc}\p{Cf}]/u;
const unseen = (text: string) => SEEN.test(text.replaceAll('\n', ''));

function report(value: string) {
  const checks = [finding('spf.syntax', value, { name: value, fix: value }), finding('dmarc.quoted', value)];
  const found = withAudit(openReport('', 'check', 'a.test', () => 0).finish('done'), checks, 'error');
  return { ...found, spf: [{ depth: 0, domain: 'a.test', record: value, state: 'there', lookups: 0 }] } as typeof found;
}

describe('what a stranger wrote', () => {
  it('neither moves a cursor nor turns text round, on a terminal, in pages, and in JSON', () => {
    const found = report(`v=spf1 ${HOSTILE}`);
    const shown = [showReport(found, false), checkMarkdown([found]), checkHtml([found]), toJson(found, 2)];
    for (const text of shown) expect(unseen(text)).toBe(false);
    expect(JSON.parse(toJson({ record: HOSTILE }))).toEqual({ record: HOSTILE });
    const message = showMessage({
      author: HOSTILE,
      signatures: [
        { domain: HOSTILE, selector: HOSTILE, algorithm: HOSTILE, result: 'fail', reason: HOSTILE, aligned: false },
      ],
      spf: { result: 'fail', domain: HOSTILE, ip: HOSTILE, aligned: false, reason: HOSTILE },
      arc: { result: 'fail', reason: HOSTILE, instances: 1 },
      dmarc: { result: 'fail', organisation: HOSTILE, policyDomain: HOSTILE, record: HOSTILE },
    });
    expect(unseen(message)).toBe(false);
    const spf = showSpf({
      ...{ ip: '192.0.2.1', from: HOSTILE, domain: HOSTILE },
      verdict: { result: 'fail', reason: HOSTILE, lookups: { count: 0, limit: 10, empty: 0 } },
      trace: { domain: 'a.test', record: HOSTILE, steps: [{ term: HOSTILE, verdict: 'not reached' }] },
    });
    expect(unseen(spf)).toBe(false);
  });

  it.each([
    ['a bar', 'a | b', '`a \\| b`'],
    ['a bar behind backslashes', 'a \\\\| b', '`a \\\\\\\\\\| b`'],
    [
      'code, a link, a picture, a name',
      '`x` [l](https://x.test) ![p](https://x.test/p) @name',
      '`` `x` [l](https://x.test) ![p](https://x.test/p) @name ``',
    ],
    ['HTML', '<script>alert(1)</script>', '`<script>alert(1)</script>`'],
  ])('%s stays what it is in Markdown', (_what, value, cell) => {
    const page = checkMarkdown([report(value)]);
    expect(page).toContain(`| ${cell} |`);
    expect(page).toContain(`): ${cell}`);
    for (const line of page.split('\n').filter((one) => one.includes(' | `')))
      expect(line.replace(/\\[\\|]/g, '').split('|').length).toBe(7);
  });
});
