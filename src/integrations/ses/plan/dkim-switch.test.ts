import { describe, expect, it } from 'vitest';
import { NO_CONSENTS } from '../../../core/domain-spec.ts';
import { Problem } from '../../../core/problem.ts';
import type { Change } from '../../../core/resource.ts';
import {
  both,
  DOMAIN,
  east,
  identity,
  KEY,
  own,
  plan,
  region,
  spec,
  state,
  KEY_RECORD as TXT,
  west,
  wish,
} from '../estate.fixture.ts';

const migrate = { migrateDkim: true };
const ids = (changes: readonly Change[] = []) => changes.map((change) => change.id);

describe('--migrate-dkim', () => {
  const change = (changes: readonly Change[] | undefined, id: string) => changes?.find((one) => one.id === id);

  it('to replicas: the parent’s records are served and verified, so the other follows it', () => {
    const findings = plan(wish({}, migrate), both(east(), west()));
    expect(ids(findings.changes)).toEqual(['ses us-west-2/dkim']);
    const [one] = findings.changes ?? [];
    expect(one).toMatchObject({
      before: { origin: 'AWS_SES' },
      after: { region: 'us-west-2', domain: DOMAIN, origin: 'AWS_SES_US_EAST_1' },
      waitsFor: [1, 2, 3].map((n) => `dns t${n}useast1._domainkey.${DOMAIN} CNAME`),
      undo: 'keep',
      owns: {},
    });
    expect(one?.what).toContain('Easy DKIM would make new keys');
    expect(one?.effect).toContain(
      `SPF of mail-us-west-2.${DOMAIN} carries DMARC meanwhile, unless the DMARC policy asks for strict SPF alignment (aspf=s)`,
    );
    expect(one).not.toHaveProperty('ask');
    // Both sets of records stay wanted while both are in use.
    expect(findings.records?.filter((record) => record.check === 'dkim.cname')).toHaveLength(6);
  });
  it('waits for a parent that is not verified, and for MAIL FROM to carry DMARC', () => {
    const findings = plan(wish({}, migrate), both(east({ status: 'PENDING' }), identity('us-west-2', own)));
    expect(change(findings.changes, 'ses us-west-2/dkim')?.waitsFor).toEqual([
      ...[1, 2, 3].map((n) => `dns t${n}useast1._domainkey.${DOMAIN} CNAME`),
      'us-east-1 to sign',
      `SES to accept mail-us-west-2.${DOMAIN}`,
    ]);
  });
  it('asks where nothing would carry DMARC', () => {
    const live = both(east(), identity('us-west-2'));
    for (const mailFrom of ['none', 'shared'] as const) {
      const one = change(plan(wish({ mailFrom }, migrate), live).changes, 'ses us-west-2/dkim');
      expect(one?.ask).toContain('fails DMARC meanwhile');
    }
  });

  describe('to a key of one’s own', () => {
    const byo = wish({ dkim: 'byodkim' }, migrate);
    const ownKey = { ...KEY, published: 'nothing' as const };

    it('publishes it first, then switches replicas before their parent, one after the other', () => {
      const start = plan(byo, both(east(), west({ origin: 'AWS_SES_US_EAST_1' }), { ownKey }));
      expect(start.records?.find((one) => one.id === TXT)).toMatchObject({
        firmness: 'single',
        record: { value: 'v=DKIM1; k=rsa; p=MIIBPUBLIC' },
      });
      expect(change(start.changes, 'ses us-west-2/dkim')).toMatchObject({
        waitsFor: [TXT],
        after: { origin: 'EXTERNAL', selector: 'mailwright', keyFile: '/keys/dkim.pem' },
        undo: 'inverse',
      });
      expect(change(start.changes, 'ses us-east-1/dkim')?.waitsFor).toEqual([TXT, 'us-west-2 to sign again']);

      const published = { ownKey: { ...KEY, published: 'this' as const, record: 'p=MIIBPUBLIC' } };
      const tags = { 'mailwright:dkim-switched': '2026-01-10T00:00:00Z' };
      const midway = plan(byo, both(east(), west({ ...own, status: 'PENDING', tags }), published));
      expect(ids(midway.changes)).toEqual(['ses us-east-1/dkim']);
      expect(midway.changes?.[0]?.waitsFor).toEqual([TXT, 'us-west-2 to sign again']);
      // What was approved is what is done: the deed reads the same in every round.
      expect(midway.changes?.[0]?.after).toEqual(change(start.changes, 'ses us-east-1/dkim')?.after);
      expect(midway.records?.find((one) => one.id === TXT)?.record.value).toBe('p=MIIBPUBLIC');

      const almost = plan(byo, both(east(), west(own), published));
      expect(almost.changes?.[0]?.waitsFor).toEqual([TXT]);
      const done = plan(byo, both(east(own), west(own), published));
      expect(done.changes).toEqual([]);
      expect(done.records?.filter((one) => one.check.startsWith('dkim.'))).toHaveLength(1);
    });
    it('is made where the file is missing: said before, approved with the rest', () => {
      const { publicKey: _, ...missing } = KEY;
      const start = plan(byo, both(east(), west(), { ownKey: { ...missing, published: 'nothing' } }));
      expect(start.changes?.[0]).toMatchObject({
        id: 'ses all regions/dkim-key',
        what: 'DKIM key of 2048 bits in /keys/dkim.pem (kept when the run is undone)',
        undo: 'keep',
      });
      expect(change(start.changes, 'ses us-east-1/dkim')?.waitsFor).toEqual(['ses all regions/dkim-key', TXT]);
      expect(start.later).toMatchObject([
        { verb: 'create', type: 'TXT', under: `mailwright._domainkey.${DOMAIN}`, count: 1 },
      ]);
      const next = plan(byo, both(east(), west(), { ownKey }));
      expect(next.changes?.map((one) => [one.id, one.after])).toEqual(
        start.changes?.slice(1).map((one) => [one.id, one.after]),
      );
    });
    it('is renewed under a new selector; the old one is not to be had back', () => {
      const old = (make: typeof east) => make({ ...own, dkim: { tokens: ['old'] } });
      const [first, second] = plan(byo, both(old(east), old(west), { ownKey })).changes ?? [];
      expect(first).toMatchObject({ before: { selector: 'old' }, after: { selector: 'mailwright' }, undo: 'keep' });
      expect(second?.waitsFor).toEqual([TXT, 'us-east-1 to sign again']);
    });
    it('holds no key: selector and file in the data, the public half in the record', () => {
      const text = JSON.stringify(plan(byo, both(east(), undefined, { ownKey })));
      expect(text).not.toMatch(/PRIVATE|MIIE/);
    });
    it('an unreadable region stops the switch', () => {
      const findings = plan(byo, {
        ...both(east(), undefined, { ownKey }),
        regions: new Map<string, never>([
          ...(both(east(), undefined).regions as Map<string, never>),
          ['us-west-2', new Problem('unknown', 'ses.lost', 'no answer') as never],
        ]),
      });
      expect(change(findings.changes, 'ses us-east-1/dkim')?.waitsFor).toContain('us-west-2 to be readable');
    });
    it('gives way back only to a key that the file still holds', () => {
      const away = (published: 'this' | 'other') =>
        plan(
          spec(
            {},
            { consents: { ...NO_CONSENTS, ...migrate }, dkim: { selector: KEY.selector, keyFile: KEY.keyFile } },
          ),
          both(east(), west(own), { ownKey: { ...KEY, published } }),
        ).changes?.[0];
      expect(away('this')).toMatchObject({ undo: 'inverse', before: { origin: 'EXTERNAL', keyFile: KEY.keyFile } });
      expect(away('other')).toMatchObject({
        undo: 'keep',
        what: expect.stringContaining('no file that the profile names holds the former key'),
      });
    });
  });

  it('from BYODKIM alone to Easy DKIM asks: SES names the new records only after the switch', () => {
    const live = state([region('us-east-1', { identity: east(own) })]);
    const findings = plan(wish({ regions: ['us-east-1'] }, migrate), live);
    expect(findings.changes).toMatchObject([{ id: 'ses us-east-1/dkim', after: { origin: 'AWS_SES' } }]);
    expect(findings.changes?.[0]?.ask).toBe(
      `Mail from us-east-1 leaves without a DKIM signature of ${DOMAIN} until its new records are published and seen, and passes DMARC by SPF of mail.${DOMAIN} alone meanwhile, unless the DMARC policy asks for strict SPF alignment (aspf=s): switch now?`,
    );
    expect(findings.later).toMatchObject([{ type: 'CNAME', count: 3 }]);
  });
  it('from BYODKIM with a new region needs no such gap: the new region becomes the parent', () => {
    const findings = plan(wish({}, migrate), both(east(own), undefined));
    expect(findings.conflicts).toEqual([]);
    expect(change(findings.changes, 'ses us-west-2/identity')?.after).not.toHaveProperty('origin');
    expect(change(findings.changes, 'ses us-east-1/dkim')).toMatchObject({
      after: { origin: 'AWS_SES_US_WEST_2' },
      waitsFor: ['ses us-west-2/identity'],
    });
    expect(change(findings.changes, 'ses us-east-1/dkim')).not.toHaveProperty('ask');
  });
  it('does not restart a failed verification that it replaces', () => {
    const findings = plan(wish({}, migrate), both(east(), west({ status: 'FAILED' })));
    expect(ids(findings.changes)).toEqual(['ses us-west-2/dkim']);
    expect(findings.changes?.[0]?.effect).toBe('nothing visible: it does not sign now');
  });
});
