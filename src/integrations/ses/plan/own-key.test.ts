import { describe, expect, it } from 'vitest';
import type { DomainSpec } from '../../../core/domain-spec.ts';
import { both, DOMAIN, east, KEY, KEY_RECORD, own, owns, plan, west, wish } from '../estate.fixture.ts';
import type { OwnKey, SesState } from '../state.ts';

const NAME = `mailwright._domainkey.${DOMAIN}`;
const { publicKey: _, ...LOST } = KEY;
const byo = (consents = {}): DomainSpec => wish({ dkim: 'byodkim' }, consents);
const migrate = byo({ migrateDkim: true });
const bare = (make: typeof east) =>
  make({ status: 'NOT_STARTED', verified: true, dkim: { tokens: [], signing: false } });

/** What would make a key, publish one, or give one to SES. */
function keyWork(found: ReturnType<typeof plan>): string[] {
  const changes = (found.changes ?? []).filter(({ id }) => /\/(identity|dkim|dkim-key|dkim-restart)$/.test(id));
  return [...changes, ...(found.records ?? []).filter((one) => one.check === 'dkim.key')].map(({ id }) => id);
}

describe('a selector that publishes another key', () => {
  const other: OwnKey = { ...KEY, published: 'other' };
  const lost: OwnKey = { ...LOST, published: 'other' };
  it.each([
    ['a new region, another key in the file', byo(), both(east(own), undefined, { ownKey: other }), 'us-east-1 signs'],
    ['a new region, the file gone', byo(), both(east(own), undefined, { ownKey: lost }), 'us-east-1 signs'],
    ['--migrate-dkim, the file gone', migrate, both(east(own), west(own), { ownKey: lost }), 'us-west-2 sign with'],
    ['--migrate-dkim of the other region', migrate, both(east(own), west(), { ownKey: other }), 'us-east-1 signs'],
    ['DKIM that begins', byo(), both(east(own), bare(west), { ownKey: lost }), 'us-east-1 signs'],
  ] as [string, DomainSpec, SesState, string][])('%s: a conflict at once, and no key is made', (_, spec, live, who) => {
    const found = plan(spec, live);
    expect(found.conflicts).toMatchObject([
      { code: 'ses.dkim-key-other', name: NAME, message: expect.stringContaining(who) },
    ]);
    expect(found.conflicts?.[0]?.message).toMatch(
      /^mailwright\._domainkey\.example\.com publishes another key, which us-/,
    );
    expect(found.conflicts?.[0]?.fix).toMatch(/Restore \/keys\/dkim\.pem, or name a new dkim\.selector/);
    expect(keyWork(found)).toEqual([]);
    expect([found.partial, found.later]).toEqual([true, []]);
  });
  it('which nothing in SES signs with: the record may go, too', () => {
    const found = plan(byo(), both(undefined, undefined, { ownKey: lost }));
    expect(found.conflicts).toMatchObject([
      {
        message: `${NAME} publishes another key: /keys/dkim.pem does not exist.`,
        fix: expect.stringContaining('remove the record'),
      },
    ]);
    expect(keyWork(found)).toEqual([]);
  });
  it('is no conflict where nothing asks for the key: a warning with the way out', () => {
    for (const ownKey of [other, lost]) {
      const found = plan(byo(), both(east(own), west(own), { ownKey }));
      expect([found.conflicts, keyWork(found)]).toEqual([[], []]);
      const warnings = found.checks?.filter((one) => one.id === 'ses.dkim-key-file');
      expect(warnings?.map((one) => [one.region, one.severity, one.status])).toEqual([
        ['us-east-1', 'warning', 'failed'],
        ['us-west-2', 'warning', 'failed'],
      ]);
      expect(warnings?.[0]?.fix).toContain('Restore /keys/dkim.pem');
      expect(found.checks?.map((one) => one.id)).not.toContain('ses.dkim-method');
    }
    expect(plan(byo(), both(east(), west(), { ownKey: other })).conflicts).toEqual([]);
  });
});

describe('a key file that is gone', () => {
  const ownKey: OwnKey = { ...LOST, published: 'nothing' };
  it('while a region signs by its selector is a conflict, whatever DNS shows', () => {
    for (const published of ['nothing', 'unknown'] as const) {
      const found = plan(byo(), both(east(own), undefined, { ownKey: { ...LOST, published } }));
      expect(found.conflicts).toMatchObject([
        {
          code: 'ses.dkim-key-other',
          message: `SES: us-east-1 signs with the key of ${NAME}, and /keys/dkim.pem does not exist.`,
        },
      ]);
      expect(keyWork(found)).toEqual([]);
    }
  });
  it('is made where nobody signs by the selector', () => {
    expect(keyWork(plan(byo(), both(undefined, undefined, { ownKey })))).toEqual([
      'ses all regions/dkim-key',
      'ses us-east-1/identity',
      'ses us-west-2/identity',
    ]);
  });
});

describe('a record that we wrote with another key', () => {
  const ledger = (key: string) =>
    owns({ [KEY_RECORD]: { name: NAME, type: 'TXT', value: `v=DKIM1; k=rsa; p=${key}` } });
  const live = both(east(own), undefined, { ownKey: { ...KEY, published: 'nothing' } });
  it('is not written over while SES signs by its selector, also where DNS does not show it', () => {
    const found = plan(byo(), live, 'home', ledger('MIIBFORMER'));
    expect([found.conflicts?.map((one) => one.code), keyWork(found)]).toEqual([['ses.dkim-key-other'], []]);
    expect(plan(byo(), live, 'home', ledger('MIIBPUBLIC')).conflicts).toEqual([]);
  });
});
