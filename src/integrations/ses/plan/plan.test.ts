import { describe, expect, it } from 'vitest';
import { Problem } from '../../../core/problem.ts';
import { ACCOUNT, DOMAIN, identity, plan, region, spec, state } from '../estate.fixture.ts';

const ids = (findings: ReturnType<typeof plan>) => (findings.changes ?? []).map((change) => change.id);
const change = (findings: ReturnType<typeof plan>, id: string) => findings.changes?.find((one) => one.id === id);

describe('a new domain', () => {
  const findings = plan(
    spec({ tenant: 'acme', tenantFromProfile: true }),
    state([
      region('us-east-1', { tenant: { exists: false, resources: [] } }),
      region('us-west-2', { tenant: { exists: true, resources: [] } }),
    ]),
    'home',
  );

  it('gets a parent in the first region and replicas that wait for it', () => {
    expect(change(findings, 'ses us-east-1/identity')?.after).not.toHaveProperty('origin');
    expect(change(findings, 'ses us-west-2/identity')).toMatchObject({
      after: {
        origin: 'AWS_SES_US_EAST_1',
        configurationSet: 'acme',
        tags: { 'managed-by': 'mailwright', 'mailwright:home': 'home' },
      },
      waitsFor: ['ses us-east-1/identity', 'ses us-west-2/configuration-set'],
    });
  });
  it('announces three CNAMEs for both regions', () => {
    expect(findings.later).toEqual([
      {
        verb: 'create',
        what: 'named once SES has made its keys',
        type: 'CNAME',
        under: '_domainkey.example.com',
        count: 3,
      },
    ]);
  });
  it('has its tenant where it is missing, and the associations that let it send', () => {
    expect(ids(findings).filter((id) => id.includes('/tenant'))).toEqual([
      'ses us-east-1/tenant',
      'ses us-east-1/tenant/identity',
      'ses us-east-1/tenant/configuration-set',
      'ses us-west-2/tenant/identity',
      'ses us-west-2/tenant/configuration-set',
    ]);
  });
  it('sets MAIL FROM only once its records are served, one name for each region', () => {
    expect(change(findings, 'ses us-west-2/mail-from')?.waitsFor).toEqual([
      'ses us-west-2/identity',
      'dns mail-us-west-2.example.com MX',
      'dns mail-us-west-2.example.com TXT spf',
    ]);
    expect(findings.records?.map((one) => [one.record.name, one.record.type, one.record.value])).toEqual([
      ['mail.example.com', 'MX', 'feedback-smtp.us-east-1.amazonses.com'],
      ['mail.example.com', 'TXT', 'v=spf1 include:amazonses.com ~all'],
      ['mail-us-west-2.example.com', 'MX', 'feedback-smtp.us-west-2.amazonses.com'],
      ['mail-us-west-2.example.com', 'TXT', 'v=spf1 include:amazonses.com ~all'],
    ]);
  });
  it('with keys for each region announces three for each', () => {
    const own = plan(spec({ dkim: 'per-region' }), state([region('us-east-1'), region('us-west-2')]), 'home');
    expect(own.later).toHaveLength(2);
    expect(change(own, 'ses us-west-2/identity')?.waitsFor).toBeUndefined();
  });
  it('whose verified parent signs its mail today is told so', () => {
    const findings = plan(
      spec({}, { domain: 'news.example.com' }),
      state([region('us-east-1', { relatives: [{ name: DOMAIN, verified: true }] }), region('us-west-2')]),
      'home',
    );
    expect(change(findings, 'ses us-east-1/identity')?.effect).toBe(
      'mail From @news.example.com is signed by example.com today and changes over when this verifies',
    );
  });
});

describe('what works is kept', () => {
  const mailFrom = { name: 'bounce.example.com', status: 'SUCCESS' as const, onMxFailure: 'USE_DEFAULT_VALUE' };
  it('Easy DKIM of its own in both regions', () => {
    const findings = plan(
      spec({ mailFrom: 'none' }),
      state([
        region('us-east-1', { identity: identity('us-east-1') }),
        region('us-west-2', { identity: identity('us-west-2') }),
      ]),
      'home',
    );
    expect(findings.changes).toEqual([]);
    expect(findings.records).toHaveLength(6);
    expect(findings.checks?.find((check) => check.id === 'ses.dkim-method')).toMatchObject({
      status: 'ok',
      severity: 'info',
    });
  });
  it('a replica whose parent is the second region of the list', () => {
    const findings = plan(
      spec({ mailFrom: 'none', regions: ['us-east-1', 'us-west-2', 'eu-west-1'] }),
      state([
        region('us-east-1', { identity: identity('x', { origin: 'AWS_SES_US_WEST_2' }) }),
        region('us-west-2', { identity: identity('x') }),
        region('eu-west-1'),
      ]),
      'home',
    );
    expect(ids(findings)).toEqual(['ses eu-west-1/identity']);
    expect(change(findings, 'ses eu-west-1/identity')?.after).toMatchObject({ origin: 'AWS_SES_US_WEST_2' });
    expect(findings.later).toEqual([]);
    expect(findings.records).toHaveLength(3);
  });
  it('BYODKIM, whose key record is its owner’s; a further region is a conflict with the way out', () => {
    const byo = identity('us-east-1', { origin: 'EXTERNAL' });
    const alone = plan(
      spec({ mailFrom: 'none', regions: ['us-east-1'] }),
      state([region('us-east-1', { identity: byo })]),
      'home',
    );
    expect([alone.changes, alone.records, alone.conflicts]).toEqual([[], [], []]);
    const both = plan(
      spec({ mailFrom: 'none' }),
      state([region('us-east-1', { identity: byo }), region('us-west-2')]),
      'home',
    );
    expect(both.conflicts).toMatchObject([{ code: 'ses.dkim-parent' }]);
    expect(both.changes).toEqual([]);
    expect(
      plan(
        spec({ mailFrom: 'none', dkim: 'per-region' }),
        state([region('us-east-1', { identity: byo }), region('us-west-2')]),
        'home',
      ).conflicts,
    ).toEqual([]);
  });
  it('a MAIL FROM that SES accepts keeps its name, also against a flag', () => {
    const live = region('us-east-1', { identity: identity('us-east-1', { mailFrom }) });
    const findings = plan(spec({ regions: ['us-east-1'] }, { mailFrom: 'other.example.com' }), state([live]), 'home');
    expect(findings.changes).toEqual([]);
    expect(findings.records?.map((one) => one.record.name)).toContain('bounce.example.com');
  });
  it('a default configuration set of others; the tenant gets that one', () => {
    const live = region('us-east-1', {
      identity: identity('us-east-1', { configurationSet: 'theirs', mailFrom }),
      tenant: { exists: true, resources: [] },
    });
    const findings = plan(
      spec({ regions: ['us-east-1'], tenant: 'acme', configurationSet: 'ours' }),
      state([live]),
      'home',
    );
    expect(ids(findings)).toEqual(['ses us-east-1/tenant/identity', 'ses us-east-1/tenant/configuration-set']);
    expect(change(findings, 'ses us-east-1/tenant/configuration-set')?.after).toMatchObject({
      arn: `arn:aws:ses:us-east-1:${ACCOUNT}:configuration-set/theirs`,
    });
  });
});

describe('a verification', () => {
  it('that failed starts again with its own origin, parent first', () => {
    const failed = state([
      region('us-east-1', { identity: identity('x', { status: 'FAILED' }) }),
      region('us-west-2', { identity: identity('x', { status: 'FAILED', origin: 'AWS_SES_US_EAST_1' }) }),
    ]);
    const findings = plan(spec({ mailFrom: 'none' }), failed, 'home');
    expect(
      findings.changes?.map((one) => [
        one.id,
        (one.after as { origin: string }).origin,
        one.waitsFor?.find((id) => id.startsWith('ses ')),
      ]),
    ).toEqual([
      ['ses us-east-1/dkim-restart', 'AWS_SES', undefined],
      ['ses us-west-2/dkim-restart', 'AWS_SES_US_EAST_1', 'ses us-east-1/dkim-restart'],
    ]);
  });
  it('that is pending is not failed, and says until when SES looks', () => {
    const pending = identity('x', { status: 'PENDING' });
    const at = {
      ...pending,
      dkim: { ...pending.dkim, keysMadeAt: Date.UTC(2026, 0, 1) },
      lastCheckedAt: Date.UTC(2026, 0, 1, 1),
      error: 'HOST_NOT_FOUND',
    };
    const check = plan(
      spec({ mailFrom: 'none', regions: ['us-east-1'] }),
      state([region('us-east-1', { identity: at })], new Map(), { at: Date.UTC(2026, 0, 2) }),
      'home',
    ).checks?.find((one) => one.id === 'ses.dkim');
    expect(check?.status).toBe('pending');
    expect(check?.next).toBe(
      'SES last looked at 2026-01-01T01:00:00Z and looks again by itself until 2026-01-04T00:00:00Z; nothing to do',
    );
  });
  it('that can’t read the parent’s key is failed, with the permission', () => {
    const replica = identity('x', {
      status: 'PENDING',
      origin: 'AWS_SES_US_EAST_1',
      error: 'REPLICATION_ACCESS_DENIED',
    });
    const checks = plan(
      spec({ mailFrom: 'none' }),
      state([region('us-east-1', { identity: identity('x') }), region('us-west-2', { identity: replica })]),
      'home',
    ).checks;
    const check = checks?.find((one) => one.id === 'ses.dkim' && one.region === 'us-west-2');
    expect(check?.status).toBe('failed');
    expect(check?.seen[0]?.value).toContain('ses:ReplicateEmailIdentityDKIMSigningKey');
  });
});

describe('a MAIL FROM name', () => {
  it('that is taken gives way to the next free one, in every region', () => {
    const names = new Map<string, 'free' | { taken: string }>([
      ['mail.example.com', { taken: 'it has A 192.0.2.1' }],
      ['mail-us-west-2.example.com', 'free' as const],
      ['bounce.example.com', 'free' as const],
      ['bounce-us-west-2.example.com', 'free' as const],
    ]);
    const findings = plan(spec(), state([region('us-east-1'), region('us-west-2')], names), 'home');
    expect(findings.records?.map((one) => one.record.name)).toEqual([
      'bounce.example.com',
      'bounce.example.com',
      'bounce-us-west-2.example.com',
      'bounce-us-west-2.example.com',
    ]);
  });
  it('that was asked for and is taken is a conflict with the reason', () => {
    const names = new Map([['post.example.com', { taken: 'it has A 192.0.2.1' }]]);
    const findings = plan(
      spec({ regions: ['us-east-1'] }, { mailFrom: 'post.example.com' }),
      state([region('us-east-1')], names),
      'home',
    );
    expect(findings.conflicts).toMatchObject([
      { code: 'ses.mail-from-taken', message: 'No MAIL FROM name is free (post.example.com: it has A 192.0.2.1).' },
    ]);
  });
  it('that does not lie below the domain is a conflict', () => {
    expect(
      plan(spec({}, { mailFrom: 'example.com' }), state([region('us-east-1'), region('us-west-2')]), 'home').conflicts,
    ).toMatchObject([{ code: 'ses.mail-from-name' }]);
  });
  it('shared has one MX, of the first region', () => {
    const findings = plan(spec({ mailFrom: 'shared' }), state([region('us-east-1'), region('us-west-2')]), 'home');
    expect(findings.records?.map((one) => one.record.value)).toEqual([
      'feedback-smtp.us-east-1.amazonses.com',
      'v=spf1 include:amazonses.com ~all',
    ]);
    expect(change(findings, 'ses us-west-2/mail-from')?.after).toMatchObject({ mailFrom: 'mail.example.com' });
  });
  it('rejects mail on MX failure only after SES accepted it', () => {
    const fresh = plan(
      spec({ regions: ['us-east-1'], onMxFailure: 'REJECT_MESSAGE' }),
      state([region('us-east-1')]),
      'home',
    );
    expect(change(fresh, 'ses us-east-1/mail-from')?.after).toMatchObject({ onMxFailure: 'USE_DEFAULT_VALUE' });
    const accepted = identity('x', {
      mailFrom: { name: 'mail.example.com', status: 'SUCCESS', onMxFailure: 'USE_DEFAULT_VALUE' },
    });
    const later = plan(
      spec({ regions: ['us-east-1'], onMxFailure: 'REJECT_MESSAGE' }),
      state([region('us-east-1', { identity: accepted })]),
      'home',
    );
    expect(change(later, 'ses us-east-1/mail-from')?.after).toMatchObject({ onMxFailure: 'REJECT_MESSAGE' });
  });
});

describe('several regions and what is live', () => {
  const accepted = (name: string) => ({
    mailFrom: { name, status: 'SUCCESS' as const, onMxFailure: 'USE_DEFAULT_VALUE' },
  });
  it('a region put first never takes the MAIL FROM name of another', () => {
    const live = region('us-west-2', { identity: identity('us-west-2', accepted('mail.example.com')) });
    const findings = plan(spec(), state([region('us-east-1'), live]), 'home');
    expect(
      findings.records?.filter((one) => one.record.type === 'MX').map((one) => [one.record.name, one.record.value]),
    ).toEqual([
      ['mail-us-east-1.example.com', 'feedback-smtp.us-east-1.amazonses.com'],
      ['mail.example.com', 'feedback-smtp.us-west-2.amazonses.com'],
    ]);
    expect(change(findings, 'ses us-east-1/mail-from')?.after).toMatchObject({
      mailFrom: 'mail-us-east-1.example.com',
    });
    expect(change(findings, 'ses us-west-2/mail-from')).toBeUndefined();
  });
  it('one name that several regions share by hand is left as it is', () => {
    const both = ['us-east-1', 'us-west-2'].map((name) =>
      region(name, { identity: identity(name, accepted('mail.example.com')) }),
    );
    const findings = plan(spec(), state(both), 'home');
    expect(findings.records?.filter((one) => one.record.name.startsWith('mail'))).toEqual([]);
    expect([findings.changes, findings.conflicts]).toEqual([[], []]);
  });
  it('an unreadable region may hold the parent, so no keys are made', () => {
    const unread: [string, Problem] = ['us-west-2', new Problem('unknown', 'ses.lost', 'no answer')];
    expect(ids(plan(spec({ mailFrom: 'none' }), state([region('us-east-1'), unread]), 'home'))).toEqual([]);
    expect(
      ids(plan(spec({ mailFrom: 'none', dkim: 'per-region' }), state([region('us-east-1'), unread]), 'home')),
    ).toEqual(['ses us-east-1/identity']);
  });
  it('a restart waits until its records are served', () => {
    const failed = state([region('us-east-1', { identity: identity('x', { status: 'FAILED' }) })]);
    const findings = plan(spec({ mailFrom: 'none', regions: ['us-east-1'] }), failed, 'home');
    expect(change(findings, 'ses us-east-1/dkim-restart')?.waitsFor).toEqual(
      findings.records?.map((record) => record.id),
    );
  });
  it('signing that is off is failed, and a passing loss is pending', () => {
    const dkimOf = (more: Parameters<typeof identity>[1], off = false) => {
      const one = identity('x', more);
      const shown = off ? { ...one, dkim: { ...one.dkim, signing: false } } : one;
      return plan(
        spec({ mailFrom: 'none', regions: ['us-east-1'] }),
        state([region('us-east-1', { identity: shown })]),
        'home',
      ).checks?.find((check) => check.id === 'ses.dkim');
    };
    expect(dkimOf({ status: 'NOT_STARTED' }, true)).toMatchObject({ status: 'failed' });
    expect(dkimOf({ status: 'NOT_STARTED' }, true)?.fix).toContain('Switch DKIM signing on');
    expect(dkimOf({ status: 'TEMPORARY_FAILURE' })).toMatchObject({ status: 'pending' });
  });
});

describe('care', () => {
  it('a tenant that no region knows and no profile names is asked about', () => {
    const findings = plan(
      spec({ tenant: 'acmee' }),
      state([
        region('us-east-1', { tenant: { exists: false, resources: [] } }),
        region('us-west-2', { tenant: { exists: false, resources: [] } }),
      ]),
      'home',
    );
    expect(change(findings, 'ses us-east-1/tenant')?.ask).toContain('"acmee"');
  });
  it('an identity of another installation is a conflict', () => {
    const theirs = identity('x', { tags: { 'mailwright:home': 'other' } });
    const findings = plan(spec({ regions: ['us-east-1'] }), state([region('us-east-1', { identity: theirs })]), 'home');
    expect(findings.conflicts).toMatchObject([{ code: 'ses.home' }]);
    expect(findings.changes).toEqual([]);
  });
  it('a region that can’t be read is unknown, and the others go on', () => {
    const findings = plan(
      spec({ mailFrom: 'none' }),
      state([region('us-east-1'), ['us-west-2', new Problem('unknown', 'ses.lost', 'no answer')]]),
      'home',
    );
    expect(findings.checks?.find((check) => check.region === 'us-west-2')).toMatchObject({ status: 'unknown' });
    expect(findings.checks?.find((check) => check.region === 'us-east-1' && check.id === 'ses.identity')).toMatchObject(
      { status: 'failed' },
    );
  });
  it('a parent that can’t be read keeps its replicas from being made', () => {
    const findings = plan(
      spec({ mailFrom: 'none' }),
      state([['us-east-1', new Problem('unknown', 'ses.lost', 'no answer')], region('us-west-2')]),
      'home',
    );
    expect(findings.changes).toEqual([]);
  });
});
