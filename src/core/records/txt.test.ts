import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTxt, encodeTxt, fromBytes, showText, toBytes } from './txt.ts';

describe('TXT data', () => {
  it.each([
    ['v=spf1 ~all', 'v=spf1 ~all'],
    ['"v=spf1 ~all"', 'v=spf1 ~all'],
    ['"v=spf1 " "~all"', 'v=spf1 ~all'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['"\\195\\169"', toBytes('é')],
    ['"é"', toBytes('é')],
    ['a"b', 'a"b'],
    ['""', ''],
  ])('reads %s', (content, bytes) => {
    expect(decodeTxt(content)).toBe(bytes);
  });

  it('splits at 255 bytes, not characters', () => {
    const strings = encodeTxt(toBytes('é'.repeat(200))).split('" "');
    expect(strings).toHaveLength(2);
    expect(strings[0]?.match(/\\\d{3}/g)).toHaveLength(255);
  });

  it('survives its own writing, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        const value = String.fromCharCode(...bytes);
        expect(decodeTxt(encodeTxt(value))).toBe(value);
      }),
    );
  });

  it('shows UTF-8 as text', () => {
    expect(fromBytes(toBytes('grüße'))).toBe('grüße');
  });
});

it('text from outside writes on nobody’s screen, and stays readable', () => {
  expect(showText('v=spf1 \u001b[2Jx\r\n-all')).toBe('v=spf1 \\027[2Jx\\013\\010-all');
  expect(showText(toBytes('é \u202e x'))).toBe('é \\8238 x');
  expect(showText('v=DMARC1; p=none')).toBe('v=DMARC1; p=none');
});
