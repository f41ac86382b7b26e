import { parseEnv } from 'node:util';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { withSettings } from './env-text.ts';

it('makes a file where there was none', () => {
  const { text, added } = withSettings('', { A_KEY: 'x', B_KEY: 'y' });
  expect(text).toBe('# Set by mailwright init.\nA_KEY=x\nB_KEY=y\n');
  expect(added).toEqual(['A_KEY', 'B_KEY']);
});

it('keeps every line that is there, comments and strangers', () => {
  const before = '# mine\nDATABASE_URL="postgres://x"\n\nexport A_KEY=old\n#B_KEY=\n';
  const { text, added, kept } = withSettings(before, { A_KEY: 'new', B_KEY: 'y' });
  expect(text.startsWith(before)).toBe(true);
  expect(parseEnv(text)).toEqual({ DATABASE_URL: 'postgres://x', A_KEY: 'old', B_KEY: 'y' });
  expect([added, kept]).toEqual([['B_KEY'], ['A_KEY']]);
});

it('replaces in its place what is asked for, and fills what is empty', () => {
  const asked = withSettings('A_KEY=old\nOTHER=1\nEMPTY=\n', { A_KEY: 'new', EMPTY: 'e' }, new Set(['A_KEY']));
  expect(asked.text).toBe('A_KEY=new\nOTHER=1\nEMPTY=e\n');
  expect(asked).toMatchObject({ replaced: ['A_KEY'], added: ['EMPTY'], kept: [] });
});

it('changes nothing when it is run again', () => {
  const settings = { A_KEY: 'a#b', B_KEY: 'plain' };
  const { text } = withSettings('MINE=1\n', settings);
  expect(withSettings(text, settings)).toEqual({ text, added: [], replaced: [], kept: [] });
});

it('any secret without white space comes back the same through Node’s parser', () => {
  const secret = fc
    .stringMatching(/^[!-~]{1,80}$/)
    .filter((text) => !["'", '"', '`'].every((one) => text.includes(one)));
  fc.assert(
    fc.property(secret, (value) => {
      expect(parseEnv(withSettings('MINE=1', { KEY: value }).text)).toEqual({ MINE: '1', KEY: value });
    }),
  );
});
