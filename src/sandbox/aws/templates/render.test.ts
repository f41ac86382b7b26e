import { describe, expect, it } from 'vitest';
import { checkTemplate, hasBlocks, MalformedTemplate, RenderingFailure, render } from './render.ts';

describe('a template', () => {
  it.each([
    ['plain places, spaces inside, and no escaping', '{{a}} {{ b.c }} {{{a}}}', { a: '<x>', b: { c: 0 } }, '<x> 0 <x>'],
    ['null as nothing', '[{{a}}]', { a: null }, '[]'],
    ['a condition with its other side', '{{#if a}}1{{else}}2{{/if}}{{#if b}}3{{/if}}', { a: 0, b: [] }, '2'],
    ['its negation', '{{#unless a}}1{{else}}2{{/unless}}', {}, '1'],
    ['a loop over a list', '{{#each a}}{{@index}}{{this}}{{#if @last}}.{{/if}}{{/each}}', { a: ['x', 'y'] }, '0x1y.'],
    ['a loop over an object', '{{#each a}}{{@key}}={{this}};{{/each}}', { a: { x: 1, y: 2 } }, 'x=1;y=2;'],
    ['the scope around a loop', '{{#each a}}{{n}}{{../z}}{{/each}}', { a: [{ n: 1 }], z: 'Z' }, '1Z'],
    ['a narrower scope', '{{#with a}}{{b}}{{/with}}', { a: { b: 'x' } }, 'x'],
    ['inline partials', '{{#* inline "p"}}<{{a}}>{{/inline}}{{> p}}{{> p}}', { a: 1 }, '<1><1>'],
    ['comments', 'a{{! not here }}b', {}, 'ab'],
  ])('fills %s', (_what, text, data, filled) => {
    expect(render(text, data)).toBe(filled);
  });

  it('fails for a value that is missing, where it is asked for and only there', () => {
    expect(() => render('{{a.b}}', { a: {} })).toThrow(
      new RenderingFailure("Attribute 'a.b' is not present in the rendering data."),
    );
    expect(() => render('{{toString}}', {})).toThrow(RenderingFailure);
    expect(() => render('{{> gone}}', {})).toThrow(RenderingFailure);
    expect(render('{{#if a}}{{b}}{{/if}}', {})).toBe('');
  });

  it.each(['{{#if a}}', '{{/if}}', '{{#if a}}{{/each}}', '{{else}}', '{{#twice a}}{{/twice}}', '{{}}', 'a {{b'])(
    'is malformed: %s',
    (text) => {
      expect(() => checkTemplate(text)).toThrow(MalformedTemplate);
    },
  );

  it('knows blocks from plain places', () => {
    expect(['{{a}} {{ b }}', '{{#if a}}', '{{> p}}'].map(hasBlocks)).toEqual([false, true, true]);
  });
});
