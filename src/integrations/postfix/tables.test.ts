import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEGIN, differingKeys, END, editTable, parseIndex, parseTable } from './tables.ts';

const set = (entries: Record<string, string>) => ({ set: new Map(Object.entries(entries)), remove: new Set<string>() });
const remove = (...keys: string[]) => ({ set: new Map<string, string>(), remove: new Set(keys) });

describe('a table', () => {
  it('is read as postmap reads it: comments, continuation lines, keys in lower case', () => {
    const text = `# head\n\nOne.test  smtp:[192.0.2.1]\ntwo.test\n\trelay:[192.0.2.2]\n  # a remark between\n   :25\n${BEGIN}\nours.test\tOK\n${END}\nlast.test OK\n`;
    expect(parseTable(text)).toEqual([
      { key: 'one.test', value: 'smtp:[192.0.2.1]', ours: false },
      { key: 'two.test', value: 'relay:[192.0.2.2] :25', ours: false },
      { key: 'ours.test', value: 'OK', ours: true },
      { key: 'last.test', value: 'OK', ours: false },
    ]);
  });

  it('whose index says something else, says where', () => {
    const index = parseIndex('a\t1\nc\t3\n');
    expect(differingKeys(parseTable('a 1\nb 2\n'), index)).toEqual(['b', 'c']);
  });
});

describe('an edit', () => {
  it('puts lines between marks at the end, also where the last line has no end', () => {
    expect(editTable('one.test OK', set({ 'new.test': 'OK' }))).toBe(`one.test OK\n${BEGIN}\nnew.test\tOK\n${END}\n`);
    expect(editTable('', set({ a: '1' }))).toBe(`${BEGIN}\na\t1\n${END}\n`);
  });

  it('changes a line where it stands, and leaves what is behind the marks behind them', () => {
    const text = `${BEGIN}\na\t1\nb\t2\n${END}\n# theirs\nz 9\n`;
    expect(editTable(text, set({ b: '3', c: '4' }))).toBe(`${BEGIN}\na\t1\nb\t3\nc\t4\n${END}\n# theirs\nz 9\n`);
    expect(editTable(text, remove('a', 'b'))).toBe('# theirs\nz 9\n');
  });

  it('touches nobody else’s line of the same key', () => {
    expect(editTable('a theirs\n', remove('a'))).toBe('a theirs\n');
  });

  it('takes the rest for theirs where the second mark is gone', () => {
    const text = `x 1\n${BEGIN}\na\t1\ny 2\n`;
    expect(editTable(text, remove('a', 'y'))).toBe('x 1\na\t1\ny 2\n');
  });

  const line = fc.constantFrom(
    '# remark',
    '',
    'one.test OK',
    'two.test smtp:[192.0.2.1]',
    '  continued',
    'Three.test\tOK',
  );
  const foreign = fc.array(line, { maxLength: 8 }).map((lines) => lines.map((one) => `${one}\n`).join(''));
  const ours = fc.dictionary(
    fc.constantFrom('a.test', 'b.test', 'c.test', '@d.test'),
    fc.constantFrom('OK', 'smtp:[h]:25'),
  );

  it('and its removal leave the text as it was, byte for byte', () => {
    fc.assert(
      fc.property(foreign, ours, (text, entries) => {
        const edited = editTable(text, set(entries));
        expect(edited.startsWith(text)).toBe(true);
        expect(editTable(edited, remove(...Object.keys(entries)))).toBe(text);
      }),
    );
  });

  it('made twice changes nothing the second time, and holds what was wanted', () => {
    fc.assert(
      fc.property(foreign, foreign, ours, ours, (before, after, first, second) => {
        // A continuation right behind our marks would go on with our line, as it would with anybody's.
        fc.pre(!/^\s+\S/m.test(after));
        const once = `${editTable(before, set(first))}${after}`;
        const twice = editTable(once, set(second));
        expect(editTable(twice, set(second))).toBe(twice);
        const mine = parseTable(twice).filter((one) => one.ours);
        for (const [key, value] of Object.entries({ ...first, ...second }))
          expect(mine.find((one) => one.key === key)?.value).toBe(value);
        // Every line of others is there, in its order.
        const theirs = (text: string) => parseTable(text).filter((one) => !one.ours);
        expect(theirs(twice)).toEqual([...parseTable(before), ...parseTable(after)]);
      }),
    );
  });
});
