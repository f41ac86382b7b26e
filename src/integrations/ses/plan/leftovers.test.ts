import { describe, expect, it } from 'vitest';
import { NO_CONSENTS } from '../../../core/domain-spec.ts';
import { Problem } from '../../../core/problem.ts';
import { DOMAIN, identity, owns, plan, region, spec, state } from '../estate.fixture.ts';

const migrate = { ...NO_CONSENTS, migrateDkim: true };
const day = 24 * 3600 * 1000;

describe('a region that the profile left', () => {
  const replica = identity('us-west-2', { origin: 'AWS_SES_US_EAST_1' });
  const live = state([
    region('us-west-2', { identity: replica }),
    region('us-east-1', { identity: identity('us-east-1') }),
    region('eu-west-1', { identity: identity('eu-west-1', { origin: 'AWS_SES_US_EAST_1' }) }),
  ]);
  const moved = { mailFrom: 'none', regions: ['us-west-2', 'eu-west-1'] } as const;
  const ledger = owns({
    'ses us-east-1/identity': { region: 'us-east-1' },
    'ses us-east-1/tenant/identity': {},
    'ses us-west-2/identity': {},
  });

  it('has what nobody asks for any more', () => {
    const findings = plan(spec(moved), live, 'home', ledger);
    expect(findings.wanted).toEqual(['ses us-west-2/identity']);
    expect(findings.checks?.filter((one) => one.id === 'ownership.stale')).toMatchObject([
      { region: 'us-east-1', severity: 'advice', status: 'failed', seen: [{ value: 'identity, tenant identity' }] },
    ]);
    // What live mail goes by stays until what uses it has gone.
    expect(findings.holds).toContainEqual({
      name: `t1useast1._domainkey.${DOMAIN}`,
      by: ['ses us-east-1/identity'],
      why: 'SES us-east-1 signs with it',
    });
  });
  it('stays while others sign with its keys, and moving them is offered', () => {
    const kept = plan(spec(moved), live, 'home', ledger);
    expect(kept).toMatchObject({ changes: [], conflicts: [] });
    expect(kept.checks?.find((one) => one.id === 'ses.dkim-parent')?.seen[0]?.value).toBe(
      'us-west-2, eu-west-1 sign with the keys of us-east-1',
    );
    const pruned = plan(spec(moved, { consents: { ...NO_CONSENTS, prune: true } }), live, 'home', ledger);
    expect(pruned.conflicts).toMatchObject([
      { code: 'ses.dkim-parent', fix: expect.stringContaining('--migrate-dkim') },
    ]);
  });
  it('hands its keys over to the first region that stays, then the others follow', () => {
    const findings = plan(spec(moved, { consents: migrate }), live, 'home', ledger);
    expect(findings.changes?.map((one) => [one.id, (one.after as { origin: string }).origin])).toEqual([
      ['ses us-west-2/dkim', 'AWS_SES'],
      ['ses eu-west-1/dkim', 'AWS_SES_US_WEST_2'],
    ]);
    expect(findings.changes?.[0]?.ask).toContain('until its new records are published and seen');
    expect(findings.changes?.[1]?.waitsFor).toContain('us-west-2 to sign again');
    const next = plan(
      spec(moved, { consents: migrate }),
      state([
        region('us-west-2', { identity: identity('us-west-2') }),
        region('us-east-1', { identity: identity('us-east-1') }),
        region('eu-west-1', { identity: identity('eu-west-1', { origin: 'AWS_SES_US_EAST_1' }) }),
      ]),
    );
    expect(next.changes?.map((one) => [one.id, (one.after as { origin: string }).origin])).toEqual([
      ['ses eu-west-1/dkim', 'AWS_SES_US_WEST_2'],
    ]);
  });
  it('that is moved to a new one needs no gap: the new region makes the keys', () => {
    const findings = plan(
      spec({ ...moved, regions: ['us-west-2', 'eu-central-1'] }, { consents: migrate }),
      state([
        region('us-west-2', { identity: replica }),
        region('us-east-1', { identity: identity('us-east-1') }),
        region('eu-central-1'),
      ]),
    );
    expect(findings.changes?.map((one) => [one.id, (one.after as { origin?: string }).origin])).toEqual([
      ['ses us-west-2/dkim', 'AWS_SES_EU_CENTRAL_1'],
      ['ses eu-central-1/identity', undefined],
    ]);
  });
});

describe('a parent that can’t be one', () => {
  it.each([
    ['EXTERNAL', 'signs with a key of its own'],
    ['AWS_SES_EU_WEST_1', 'is itself a replica of eu-west-1'],
  ])('%s: no region is made after it, and the way out is named', (origin, words) => {
    const findings = plan(
      spec({ mailFrom: 'none', regions: ['us-west-2', 'us-east-1', 'eu-central-1'] }),
      state([
        region('us-west-2', { identity: identity('x', { origin: 'AWS_SES_US_EAST_1' }) }),
        region('us-east-1', { identity: identity('us-east-1', { origin }) }),
        region('eu-central-1'),
      ]),
    );
    expect(findings.conflicts?.[0]?.message).toContain(words);
    expect(findings.conflicts).toMatchObject([{ code: 'ses.dkim-parent', fix: expect.stringContaining('per-region') }]);
    expect(findings.changes).toEqual([]);
  });
});

describe('records of former keys', () => {
  const at = Date.UTC(2026, 0, 10);
  const ledger = owns({
    [`dns old._domainkey.${DOMAIN} CNAME`]: {},
    [`dns t1useast1._domainkey.${DOMAIN} CNAME`]: {},
    [`dns mail.${DOMAIN} MX`]: {},
  });
  const switched = (ago: number) =>
    state([
      region('us-east-1', {
        identity: identity('us-east-1', {
          tags: { 'mailwright:dkim-switched': new Date(at - ago).toISOString() },
        }),
      }),
    ]);
  it('are held for seven days after the switch', () => {
    const findings = plan(spec({ regions: ['us-east-1'], mailFrom: 'none' }), switched(6 * day), 'home', ledger);
    expect(findings.holds?.filter((one) => one.by.length === 0)).toEqual([
      {
        name: `old._domainkey.${DOMAIN}`,
        by: [],
        why: 'former DKIM key, kept until 2026-01-11T00:00:00Z: mail under way is still checked with it',
      },
    ]);
    const former = findings.checks?.find((one) => one.id === 'ses.dkim-former');
    expect(former).toMatchObject({
      status: 'ok',
      seen: [{ value: `kept until 2026-01-11T00:00:00Z: old._domainkey.${DOMAIN}` }],
      next: expect.stringContaining('--prune'),
    });
    // Still asked for, so that nothing else calls it left over.
    expect(findings.wanted).toContain(`dns old._domainkey.${DOMAIN} CNAME`);
  });
  it('and no longer', () => {
    const findings = plan(spec({ regions: ['us-east-1'], mailFrom: 'none' }), switched(8 * day), 'home', ledger);
    expect(findings.holds?.map((one) => one.name)).not.toContain(`old._domainkey.${DOMAIN}`);
    expect(findings.wanted).toEqual([]);
  });
});

describe('short keys', () => {
  const short = { keyLength: 'RSA_1024_BIT', nextKeyLength: 'RSA_1024_BIT', keysMadeAt: 0 } as const;
  const rotate = { ...NO_CONSENTS, rotateDkim: true };
  const live = (next: 'RSA_1024_BIT' | 'RSA_2048_BIT' = 'RSA_1024_BIT') =>
    state([
      region('us-east-1', { identity: identity('us-east-1', { dkim: { ...short, nextKeyLength: next } }) }),
      region('us-west-2', { identity: identity('us-west-2', { origin: 'AWS_SES_US_EAST_1', dkim: short }) }),
    ]);
  const lengths = (findings: ReturnType<typeof plan>) =>
    findings.checks
      ?.filter((one) => one.id === 'ses.dkim-key-length')
      .map((one) => [one.region, one.status, one.seen[0]?.value]);

  it('are a warning, and nothing is done about them unasked', () => {
    const findings = plan(spec({ mailFrom: 'none' }), live());
    expect(findings.changes).toEqual([]);
    // Its replica has the same keys.
    expect(lengths(findings)).toEqual([['us-east-1', 'failed', '1024 bits']]);
  });
  it('of a replica whose parent is gone are renewed by other keys alone', () => {
    const replica = region('us-west-2', {
      identity: identity('us-west-2', { origin: 'AWS_SES_US_EAST_1', dkim: short }),
    });
    const findings = plan(spec({ mailFrom: 'none' }), state([region('us-east-1'), replica]));
    expect(lengths(findings)).toEqual([['us-west-2', 'failed', '1024 bits, as in us-east-1']]);
    expect(findings.checks?.find((one) => one.id === 'ses.dkim-key-length')?.fix).toContain('--migrate-dkim');
  });
  it('are renewed where they are made; replicas follow', () => {
    const findings = plan(spec({ mailFrom: 'none' }, { consents: rotate }), live());
    expect(findings.changes).toMatchObject([
      {
        id: 'ses us-east-1/dkim-rotate',
        after: { origin: 'AWS_SES', keyLength: 'RSA_2048_BIT' },
        undo: 'keep',
        owns: {},
      },
    ]);
  });
  it('that are being renewed are waited for', () => {
    const findings = plan(spec({ mailFrom: 'none' }, { consents: rotate }), live('RSA_2048_BIT'));
    expect(findings.changes).toEqual([]);
    expect(lengths(findings)?.[0]?.[1]).toBe('pending');
  });
  it('of one’s own, or of a region elsewhere, are a conflict with the way out', () => {
    const byo = state([region('us-east-1', { identity: identity('x', { origin: 'EXTERNAL' }) })]);
    const replica = state([
      region('us-west-2', { identity: identity('x', { origin: 'AWS_SES_US_EAST_1', dkim: short }) }),
    ]);
    const only = (name: string) => spec({ mailFrom: 'none', regions: [name] }, { consents: rotate });
    expect(plan(only('us-east-1'), byo).conflicts).toMatchObject([{ code: 'ses.dkim-own-key' }]);
    expect(plan(only('us-west-2'), replica).conflicts).toMatchObject([{ code: 'ses.dkim-parent' }]);
  });
  it('whose region is only in the ledger, can’t be read, or is gone: each is told by its name', () => {
    const replica = region('us-west-2', {
      identity: identity('x', { origin: 'AWS_SES_US_EAST_1', dkim: short }),
    });
    const parent = region('us-east-1', { identity: identity('us-east-1', { dkim: short }) });
    const said = (regions: readonly string[], ...live: Parameters<typeof state>[0]) =>
      plan(spec({ mailFrom: 'none', regions: [...regions] }, { consents: rotate }), state(live)).conflicts?.[0];
    expect(said(['us-west-2'], replica, parent)).toMatchObject({
      message: expect.stringContaining('which is not among the regions of this run'),
      fix: expect.stringContaining('Add us-east-1 to the regions'),
    });
    const lost = new Problem('unknown', 'ses.lost', 'no answer');
    expect(said(['us-west-2', 'us-east-1'], replica, ['us-east-1', lost])?.message).toBe(
      "SES us-west-2: the keys come from us-east-1, which can't be read now (no answer).",
    );
    expect(said(['us-west-2', 'us-east-1'], replica, region('us-east-1'))?.message).toContain('no identity any more');
    expect(said(['us-west-2', 'us-east-1'], replica, parent)).toBeUndefined();
  });
});

describe('dkim+txt', () => {
  const wish = spec({ mailFrom: 'none', verification: 'dkim+txt' });
  it('makes a token for each region, announced, and publishes all of them in one set', () => {
    const fresh = plan(wish, state([region('us-east-1', { identity: identity('us-east-1') }), region('us-west-2')]));
    expect(fresh.changes?.map((one) => [one.id, one.waitsFor])).toEqual([
      ['ses us-east-1/verification-token', undefined],
      ['ses us-west-2/identity', undefined],
      ['ses us-west-2/verification-token', ['ses us-west-2/identity']],
    ]);
    expect(fresh.later).toMatchObject([
      { type: 'TXT', under: `_amazonses.${DOMAIN}`, count: 1 },
      { type: 'TXT', under: `_amazonses.${DOMAIN}`, count: 1 },
    ]);
    const made = plan(
      wish,
      state([
        region('us-east-1', { identity: identity('us-east-1'), verificationToken: 'abc=' }),
        region('us-west-2', { identity: identity('us-west-2'), verificationToken: 'def=' }),
      ]),
    );
    expect(
      made.records
        ?.filter((one) => one.check === 'verification.txt')
        .map((one) => [one.id, one.firmness, one.record.value]),
    ).toEqual([
      [`dns _amazonses.${DOMAIN} TXT abc=`, 'exact', 'abc='],
      [`dns _amazonses.${DOMAIN} TXT def=`, 'exact', 'def='],
    ]);
  });
});
