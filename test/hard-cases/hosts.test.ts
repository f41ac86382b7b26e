import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from '../journeys/stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.control('POST /control/porkbun/switches', { callsPerSecond: 0 });
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.control('DELETE /faults');
});

const values = (...all: string[]) => all.map((Value) => ({ Value }));
interface SetOf {
  readonly Name: string;
  readonly Type: string;
  readonly AliasTarget?: object;
  readonly SetIdentifier?: string;
}
const sets = async (zone: string) => (await stage.control(`GET /control/route53/sets?zone=${zone}`)) as SetOf[];

/** A record as `records --format json` prints it. */
interface Entered {
  readonly fullName: string;
  readonly type: string;
  readonly ttl: number;
  readonly priority?: number;
  readonly value: string;
}

describe('Route 53: sets that nobody may edit', () => {
  it('an alias TXT at _dmarc is left as it is', async () => {
    await stage.control('POST /control/route53/zones', {
      name: 'alias.test',
      records: [
        { Name: 'policy.alias.test', Type: 'TXT', TTL: 300, ResourceRecords: values('"v=DMARC1; p=reject"') },
        {
          Name: '_dmarc.alias.test',
          Type: 'TXT',
          AliasTarget: { DNSName: 'policy.alias.test.', HostedZoneId: 'SAMEZONE', EvaluateTargetHealth: false },
        },
      ],
    });
    const before = (await sets('alias.test')).filter((one) => one.Name.startsWith('_dmarc'));
    expect(before).toHaveLength(1);
    await stage.run(['up', 'alias.test', '--yes', '--wait=30s', '--json']);
    expect((await sets('alias.test')).filter((one) => one.Name.startsWith('_dmarc'))).toEqual(before);
  });

  it('a weighted MX set with one of our hosts stays, when another host is wanted beside it', async () => {
    await stage.control('POST /control/route53/zones', {
      name: 'weighted.test',
      records: [
        {
          Name: 'weighted.test',
          Type: 'MX',
          TTL: 300,
          SetIdentifier: 'main',
          Weight: 10,
          ResourceRecords: values('10 mx1-else.mx.test.'),
        },
      ],
    });
    const mx = async () =>
      (await sets('weighted.test')).filter((one) => one.Type === 'MX' && one.Name === 'weighted.test.');
    const before = await mx();
    expect(before).toHaveLength(1);
    const args = ['--mx', 'mx1-else.mx.test:10', '--mx', 'mx2-else.mx.test:20'];
    const up = await stage.run(['up', 'weighted.test', ...args, '--yes', '--wait=30s', '--json']);
    expect(await mx()).toEqual(before);
    expect(up.report.errors.map((one) => one.code)).toContain('dns.read-only');
  });

  it('a weighted TXT set at the domain stays, when an SPF record is to be created', async () => {
    await stage.control('POST /control/route53/zones', {
      name: 'spfset.test',
      records: [
        {
          Name: 'spfset.test',
          Type: 'TXT',
          TTL: 300,
          SetIdentifier: 'main',
          Weight: 10,
          ResourceRecords: values('"google-site-verification=x"'),
        },
      ],
    });
    const txt = async () =>
      (await sets('spfset.test')).filter((one) => one.Type === 'TXT' && one.Name === 'spfset.test.');
    const before = await txt();
    const profile = stage.profile('spf: { root: create }\n');
    await stage.run(['up', 'spfset.test', '--profile', profile, '--yes', '--wait=30s', '--json']);
    expect(await txt()).toEqual(before);
  });
});

describe('Route 53: dns.zone', () => {
  it('names the zone also where it is the one above a zone that nobody delegates to', async () => {
    const upper = (await stage.control('POST /control/route53/zones', { name: 'pinned.test' })) as { id: string };
    await stage.control('POST /control/route53/zones', { name: 'shop.pinned.test', delegate: false });
    const profile = stage.profile(`dns: { provider: route53, zone: ${upper.id} }\n`);
    const plan = await stage.run(['plan', 'shop.pinned.test', '--profile', profile, '--json']);
    expect(plan.report.errors).toEqual([]);
  });
});

describe('a report address in a domain that is registered at Porkbun and served elsewhere', () => {
  it('does not keep the domain from being set up', async () => {
    await stage.control('POST /control/porkbun/domains', { name: 'sender.test' });
    await stage.control('POST /control/porkbun/domains', { name: 'reports-away.test', delegate: false });
    await stage.control('POST /control/dns/records', {
      zone: 'reports-away.test',
      name: 'reports-away.test',
      type: 'A',
      values: ['192.0.2.7'],
    });
    const args = ['sender.test', '--dns', 'porkbun', '--dmarc-email', 'dmarc@reports-away.test'];
    const up = await stage.run(['up', ...args, '--yes', '--json']);
    expect(up.report.errors.map((one) => one.message)).toEqual([]);
  });
});

describe('--dns porkbun,manual', () => {
  it('leaves to a person what is only registered at Porkbun, and served elsewhere', async () => {
    await stage.control('POST /control/porkbun/domains', { name: 'reg.test', delegate: false });
    await stage.control('POST /control/dns/records', {
      zone: 'reg.test',
      name: 'reg.test',
      type: 'A',
      values: ['192.0.2.7'],
    });
    const up = await stage.run(['up', 'reg.test', '--dns', 'porkbun,manual', '--yes', '--json']);
    expect(up.report.errors).toEqual([]);
    expect(up.exit).toBe(3);
  });
});

describe('Porkbun turns a write away with a page of 503', () => {
  it('a mark that was not made is not said to be', async () => {
    await stage.control('POST /control/porkbun/domains', {
      name: 'marks.test',
      records: [{ name: '_dmarc', type: 'TXT', content: 'v=DMARC1; p=none; rua=mailto:dmarc@marks.test', ttl: 600 }],
    });
    await stage.control('POST /faults', { kind: 'html', system: 'porkbun', operation: 'dns.edit', count: 1 });
    const adopt = await stage.run(['adopt', 'marks.test', '--yes', '--json']);
    const made = adopt.report.operations.filter((one) => one.system === 'dns');
    expect(made.map((one) => one.outcome)).toEqual(['done']);
    const records = (await stage.control('GET /control/porkbun/records?domain=marks.test')) as Record<string, string>[];
    expect(records.find((one) => one.name === '_dmarc.marks.test')?.notes).toBe('managed-by=mailwright');
  });
});

describe('a sub-domain in the zone above, under a wildcard', () => {
  it('is finished by hand also where the wildcard says the same', async () => {
    await stage.zone('wild.test', [
      { name: '*', type: 'MX', content: 'mx1-else.mx.test', priority: 10, ttl: 300 },
      { name: 'shop', type: 'MX', content: 'mx1-else.mx.test', priority: 10, ttl: 300 },
    ]);
    const args = ['shop.wild.test', '--dns', 'manual', '--mx', 'mx1-else.mx.test:10', '--yes', '--json'];
    const up = await stage.run(['up', ...args]);
    expect(up.report.operations.map((one) => one.id).filter((id) => id.startsWith('dns shop.'))).toEqual([]);
  });
});

describe('--ttl-first and --take-over-mx at Route 53', () => {
  it('undone together, give the old set its TTL again', async () => {
    const zone = 'over.test';
    await stage.control('POST /control/route53/zones', {
      name: zone,
      records: [{ Name: zone, Type: 'MX', TTL: 3600, ResourceRecords: values('5 a.old.test.', '10 b.old.test.') }],
    });
    const args = [zone, '--mx', 'new-else.mx.test:10', '--take-over-mx', '--yes', '--json'];
    const low = await stage.run(['up', ...args, '--ttl-first', '--wait=1s']);
    const moved = await stage.run(['up', ...args, '--wait=90s']);
    expect(moved.report.status).toBe('done');
    const undo = await stage.run(['undo', low.report.run, moved.report.run, '--yes', '--json']);
    expect(undo.report.left).toEqual([]);
    const mx = (await sets(zone)).filter((one) => one.Type === 'MX') as (SetOf & { TTL: number })[];
    expect(mx.map((one) => one.TTL)).toEqual([3600]);
  });
});

describe('undo at Route 53', () => {
  it('leaves a record that somebody has put under a routing policy since', async () => {
    await stage.control('POST /control/route53/zones', { name: 'policy.test' });
    const up = await stage.run(['up', 'policy.test', '--yes', '--wait=90s', '--json']);
    expect(up.report.status).toBe('done');
    const dmarc = async () => (await sets('policy.test')).filter((one) => one.Name === '_dmarc.policy.test.');
    const [old] = await dmarc();
    await stage.control('POST /control/route53/editor', {
      zone: 'policy.test',
      changes: [
        { Action: 'DELETE', ResourceRecordSet: old },
        { Action: 'CREATE', ResourceRecordSet: { ...old, SetIdentifier: 'main', Weight: 10 } },
      ],
    });
    await stage.run(['check', 'policy.test']);
    await stage.run(['undo', up.report.run, '--yes', '--json']);
    expect((await dmarc()).map((one) => one.SetIdentifier)).toEqual(['main']);
  });
});

describe('a sub-zone at another host', () => {
  it('that gives no answer now is unknown, and not delegated away', async () => {
    await stage.zone('parts.test');
    const sub = (await stage.control('POST /control/route53/zones', { name: 'post.parts.test', delegate: false })) as {
      nameServers: string[];
    };
    await stage.edit('parts.test', {
      posts: sub.nameServers.map((content) => ({ name: 'post.parts.test', type: 'NS', content, ttl: 300 })),
    });
    await stage.control('POST /faults', { kind: 'error-before', system: 'route53', operation: '*' });
    const up = await stage.run(['up', 'parts.test', '--mail-from', 'post', '--yes', '--json']);
    expect(up.report.errors.map((one) => one.code)).not.toContain('dns.delegated-away');
    expect(up.exit).toBe(3);
  });
});

describe('--ttl-first with a person', () => {
  it('waits for the old TTL after somebody has lowered it', async () => {
    await stage.zone('byhand.test', [
      { name: '@', type: 'TXT', content: '"v=spf1 include:_spf.google.com ~all"', ttl: 86_400 },
    ]);
    const profile = stage.profile('spf: { root: merge }\n');
    const args = ['byhand.test', '--profile', profile, '--dns', 'manual', '--ttl-first', '--yes', '--json'];
    const first = await stage.run(['up', ...args]);
    expect(first.report.operations.map((one) => one.what).join('\n')).toContain('TTL 86400 becomes 300');
    const spf = (await stage.zoneRecords('byhand.test')).find((one) => one.type === 'TXT') as unknown as { id: string };
    await stage.edit('byhand.test', { patches: [{ id: spf.id, ttl: 300 }] });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const second = await stage.run(['up', ...args]);
    expect(second.report.operations.filter((one) => one.what.includes('becomes')).map((one) => one.what)).toEqual([]);
  });
});

describe('up --plan with a person', () => {
  it('is not refused for a mistake that somebody made meanwhile: nobody has to approve what they enter', async () => {
    await stage.zone('typo.test');
    const file = join(stage.state, '..', 'typo-plan.json');
    const plan = await stage.run(['plan', 'typo.test', '--dns', 'manual', '--out', file, '--json']);
    const dmarc = plan.report.operations.find((one) => one.id.includes('_dmarc'))?.after as { value: string };
    const post = { name: '_dmarc.typo.test', type: 'TXT', ttl: 300 };
    await stage.edit('typo.test', { posts: [{ ...post, content: JSON.stringify(`"${dmarc.value}"`) }] });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const up = await stage.run(['up', '--plan', file, '--json']);
    expect(up.report.errors).toEqual([]);
    expect(up.exit).toBe(3);
  });
});

describe('Route 53: dns.account', () => {
  it('that cannot be compared, because STS does not answer, is unknown and not another account', async () => {
    await stage.control('POST /control/route53/zones', { name: 'sts-down.test' });
    const profile = stage.profile('dns: { provider: route53, account: "111122223333" }\n');
    await stage.control('POST /faults', { kind: 'error-before', system: 'sts', operation: '*' });
    const ran = await stage.run(['records', 'sts-down.test', '--profile', profile]);
    expect(ran.stderr).not.toContain('are of account unknown');
  });
});

describe('what a person has still to do', () => {
  it('counts, also where it is only to remove what was pruned', async () => {
    await stage.zone('pruned.test');
    const both = stage.profile('ses: { regions: [us-east-1, us-west-2], dkim: per-region }\n');
    const one = stage.profile('ses: { regions: [us-east-1], dkim: per-region }\ndns: { provider: manual }\n');
    expect((await stage.run(['up', 'pruned.test', '--profile', both, '--yes', '--wait=60s'])).exit).toBe(0);
    const up = await stage.run(['up', 'pruned.test', '--profile', one, '--prune', '--yes', '--json']);
    expect(up.report.operations.filter((each) => each.by === 'person' && each.outcome === 'planned')).toHaveLength(5);
    expect(up.exit).toBe(3);
  });

  it('counts, also where it is only to remove the MX that was taken over', async () => {
    await stage.zone('remove.test', [{ name: '@', type: 'MX', content: 'old-else.mx.test', priority: 10, ttl: 300 }]);
    const wish = ['remove.test', '--mx', 'new-else.mx.test:10', '--take-over-mx', '--dns', 'manual'];
    const args = [...wish, '--yes', '--json'];
    await stage.run(['up', ...args]);
    // Somebody enters everything, and leaves the old host where it is.
    const asked = JSON.parse((await stage.run(['records', ...wish, '--format', 'json'])).stdout) as Entered[];
    await stage.edit('remove.test', {
      posts: asked.map(({ fullName, type, ttl, priority, value }) => ({
        name: fullName,
        type,
        ttl,
        content: type === 'TXT' ? JSON.stringify(value) : value,
        ...(priority === undefined ? {} : { priority }),
      })),
    });
    const up = await stage.run(['up', ...args, '--wait=20s']);
    expect(up.report.operations.filter((each) => each.verb === 'delete').map((each) => each.outcome)).toEqual([
      'planned',
    ]);
    expect(up.exit).toBe(3);
  }, 60_000);

  it('says what a new value stands instead of: entered beside it, it would be a second SPF record', async () => {
    const theirs = 'v=spf1 include:_spf.google.com ~all';
    await stage.zone('instead.test', [{ name: '@', type: 'TXT', content: JSON.stringify(theirs), ttl: 300 }]);
    const profile = stage.profile('spf: { root: merge }\ndns: { provider: manual }\n');
    await stage.run(['up', 'instead.test', '--profile', profile, '--yes']);
    const records = await stage.run(['records', 'instead.test', '--format', 'zone']);
    expect(records.stdout).toContain('include:_spf.google.com include:amazonses.com');
    expect(records.stdout + records.stderr).toContain(theirs);
  });
});

describe('undo where a person has to remove the records by now', () => {
  it('is not done before they have', async () => {
    await stage.zone('lostzone.test');
    await stage.zone('otherzone.test');
    const up = await stage.run(['up', 'lostzone.test', '--dns', 'cloudflare,manual', '--yes', '--json', '--wait=60s']);
    expect(up.report.status).toBe('done');
    // A token that no longer sees the zone.
    const token = (await stage.control('POST /control/cloudflare/tokens', {
      name: 'other',
      zones: ['otherzone.test'],
    })) as { secret: string };
    const undo = await stage.run(['undo', up.report.run, '--yes', '--json'], { CLOUDFLARE_API_TOKEN: token.secret });
    const open = undo.report.operations.filter((one) => one.by === 'person' && one.outcome === 'planned');
    expect(open.length).toBeGreaterThan(0);
    expect(undo.exit).toBe(3);
  });
});

describe('records for Terraform at Route 53', () => {
  it('are whole sets: what somebody else has in one is not left out', async () => {
    await stage.control('POST /control/route53/zones', {
      name: 'tf.test',
      records: [{ Name: 'tf.test', Type: 'TXT', TTL: 300, ResourceRecords: values('"google-site-verification=x"') }],
    });
    const profile = stage.profile('spf: { root: create }\n');
    const records = await stage.run(['records', 'tf.test', '--profile', profile, '--format', 'terraform']);
    expect(records.stdout).toMatch(/name += "tf\.test"\n +type += "TXT"/);
    expect(records.stdout + records.stderr).toContain('google-site-verification');
  });
});

describe('a move that was prepared', () => {
  it('and was taken back, leaves what is ours at the old host ours', async () => {
    await stage.control('POST /control/route53/zones', { name: 'returns.test' });
    const before = await sets('returns.test');
    const up = await stage.run(['up', 'returns.test', '--yes', '--wait=90s', '--json']);
    await stage.control('POST /control/porkbun/domains', { name: 'returns.test', delegate: false });
    const prepared = await stage.run(['up', 'returns.test', '--dns', 'porkbun', '--zone-not-live', '--yes', '--json']);
    expect(prepared.report.records.length).toBeGreaterThan(0);
    await stage.run(['undo', prepared.report.run, '--yes', '--json']);
    const undo = await stage.run(['undo', up.report.run, '--yes', '--json']);
    expect(undo.report.left).toEqual([]);
    expect(await sets('returns.test')).toEqual(before);
  }, 120_000);
});
