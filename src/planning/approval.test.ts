import { describe, expect, it } from 'vitest';
import type { Change } from '../core/resource.ts';
import { approve, NOTHING_APPROVED, notCovered, useUp } from './approval.ts';
import { planOf } from './plan.fixture.ts';

const change = (id: string, after: object, verb: Change['verb'] = 'create'): Change => ({
  id,
  system: 'dns',
  verb,
  what: id,
  effect: '',
  ...(verb === 'delete' ? { before: after as never } : { after: after as never }),
  by: 'us',
  undo: 'inverse',
});
const cname = (name: string) => change(`dns ${name} CNAME`, { name, type: 'CNAME', value: 'x' });
const announced = { verb: 'create' as const, what: 'later', type: 'CNAME', under: '_domainkey.a.test', count: 2 };

describe('an approval', () => {
  it('covers the same deed, and no other under its id', () => {
    const approved = approve(planOf({ changes: [cname('a.test')] }), NOTHING_APPROVED);
    expect(notCovered(planOf({ changes: [cname('a.test')] }), approved)).toEqual([]);
    const other = change('dns a.test CNAME', { name: 'a.test', type: 'CNAME', value: 'evil' });
    expect(notCovered(planOf({ changes: [other] }), approved)).toEqual([other]);
    const gone = change('dns a.test CNAME', { name: 'a.test', type: 'CNAME', value: 'x' }, 'delete');
    expect(notCovered(planOf({ changes: [gone] }), approved)).toEqual([gone]);
  });
  it('covers what was announced: so many, of that type, at or under that name', () => {
    const approved = approve(planOf({ later: [announced] }), NOTHING_APPROVED);
    const named = ['k1', 'k2', 'k3'].map((key) => cname(`${key}._domainkey.a.test`));
    expect(notCovered(planOf({ changes: named }), approved)).toEqual([named[2]]);
    const elsewhere = cname('x_domainkey.a.test');
    expect(notCovered(planOf({ changes: [elsewhere] }), approved)).toEqual([elsewhere]);
    const txt = change('t', { name: 'k._domainkey.a.test', type: 'TXT', value: 'x' });
    expect(notCovered(planOf({ changes: [txt] }), approved)).toEqual([txt]);
  });
  it('covers what was announced once it has its name, also when it has to be tried again, and no more than was announced', () => {
    const named = ['k1', 'k2', 'k3'].map((key) => cname(`${key}._domainkey.a.test`));
    const used = useUp(approve(planOf({ later: [announced] }), NOTHING_APPROVED), named.slice(0, 2));
    expect(notCovered(planOf({ changes: named }), used)).toEqual([named[2]]);
    const evil = change('dns k1._domainkey.a.test CNAME', {
      name: 'k1._domainkey.a.test',
      type: 'CNAME',
      value: 'evil',
    });
    expect(notCovered(planOf({ changes: [evil] }), used)).toEqual([evil]);
  });
  it('covers taking away what only stayed because something used it', () => {
    const left = { id: 'dns a.test CNAME', what: 'x', why: 'in use' };
    const gone = change('dns a.test CNAME', { name: 'a.test', type: 'CNAME', value: 'x' }, 'delete');
    expect(
      notCovered(planOf({ changes: [gone] }), approve(planOf({ left: [{ ...left, ours: true }] }), NOTHING_APPROVED)),
    ).toEqual([]);
    // Changed by somebody is another matter.
    expect(notCovered(planOf({ changes: [gone] }), approve(planOf({ left: [left] }), NOTHING_APPROVED))).toEqual([
      gone,
    ]);
  });
});
