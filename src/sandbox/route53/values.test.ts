import { describe, expect, it } from 'vitest';
import { compareNames, readName, writeName } from './names.ts';
import { readXml, toShape } from './read-xml.ts';
import { findProblem, foldValue, readStrings } from './values.ts';

describe('values', () => {
  it.each([
    ['A', '192.0.2.256', 'ARRDATAIllegalIPv4Address'],
    ['AAAA', '192.0.2.1', 'AAAARRDATAIllegalIPv6Address'],
    ['MX', '65536 mx.test', 'MXRRDATAPreferenceIllegal'],
    ['MX', '10 a b', 'MXRRDATANotTwoFields'],
    ['MX', '10 a..b', 'DomainNameIllegal'],
    ['SRV', '0 0 443', 'SRVRRDATANotFourFields'],
    ['SRV', '0 0 x host.test', 'SRVRRDATAIllegal'],
    ['CAA', '0 issue letsencrypt.org', 'CAARRDATAIllegal'],
    ['NS', 'a b', 'RRDATANotSingleField'],
    ['CNAME', '"quoted.test"', 'UnsupportedCharacter'],
    ['SOA', 'ns.test. admin.test. 1', 'SOARRDATANotSevenFields'],
    ['SPF', 'v=spf1 -all', 'InvalidCharacterString'],
    ['TXT', '', 'InvalidCharacterString'],
    ['TXT', '"a" b', 'InvalidCharacterString'],
    ['TXT', '"ends \\"', 'InvalidCharacterString'],
  ])('of %s refuse %s', (type, value, problem) => {
    expect(findProblem(type, value)).toContain(`Invalid Resource Record: FATAL problem: ${problem}`);
  });

  it.each([
    ['MX', '0 .'],
    ['SRV', '0 5 443 host.test.'],
    ['CAA', '0 issue "letsencrypt.org"'],
    ['TXT', '""'],
    ['TXT', `"${'\\141'.repeat(255)}"`],
    ['TXT', '"a"\t"b" '],
  ])('of %s take %s', (type, value) => {
    expect(findProblem(type, value)).toBeUndefined();
  });

  it('have octal escapes and no decimal ones', () => {
    expect(readStrings('"\\101\\377\\"\\\\" "\\8"')).toEqual([Buffer.from([65, 255, 34, 92]), Buffer.from('8')]);
    expect(foldValue('MX', '10  MX.test.')).toBe(foldValue('MX', '10 mx.test'));
    expect(foldValue('TXT', '"A"')).not.toBe(foldValue('TXT', '"a"'));
  });
});

it('names are read from both spellings and ordered from the right', () => {
  expect(writeName(readName('*.Ex_ample.com.'))).toBe('\\052.ex_ample.com.');
  expect(readName('\\052.example.com')).toBe('*.example.com');
  for (const wrong of ['', '.', 'a..b', `${'x'.repeat(64)}.test`, 'a b.test', 'ä.test'])
    expect(() => readName(wrong), wrong).toThrow('not a valid domain name');
  expect(['b.test', 'a.b.test', 'a.test', 'z.example'].toSorted(compareNames)).toEqual([
    'z.example',
    'a.test',
    'b.test',
    'a.b.test',
  ]);
});

it('documents are read with entities, and in the shape of the SDKs', () => {
  const text = `<?xml version="1.0"?><R xmlns="urn:x"><Value>&quot;a&#38;&#x62;&lt;&quot;</Value><List><M>1</M><M>2</M></List><E/></R>`;
  expect(toShape(readXml(text), ['List'])).toEqual({ Value: '"a&b<"', List: ['1', '2'], E: '' });
});
