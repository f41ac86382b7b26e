import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { NO_CONSENTS } from '../domain-spec.ts';
import { Problems } from '../problem.ts';
import { parseProfile } from './parse-profile.ts';
import { resolveSpec, type SpecInput } from './resolve-spec.ts';

function problems(action: () => unknown) {
  try {
    action();
  } catch (error) {
    if (error instanceof Problems) return error.all;
    throw error;
  }
  throw new Error('no problem was thrown');
}

function resolve(profile: unknown, more: Partial<SpecInput> = {}) {
  return resolveSpec({
    profile: parseProfile(profile, 'p.yaml'),
    environment: {},
    flags: {},
    consents: NO_CONSENTS,
    allowSpecialUse: false,
    resolvePath: (path) => path,
    parseRegion: (text) => text,
    ...more,
  });
}

describe('a profile', () => {
  it('of the source plan loads unchanged', () => {
    const template = parse(`
domain: Example.com
mail_from_domain: mail.example.com
dmarc:
  policy: none
  rua: dmarc@example.com
  ruf:
    - mailto:forensics@example.com
  fo: 1
spf:
  include: amazonses.com
`);
    const spec = resolve(template);
    expect(spec).toMatchObject({
      domain: 'example.com',
      mailFrom: 'mail.example.com',
      dmarc: { policy: 'none', rua: ['dmarc@example.com'], ruf: ['forensics@example.com'], fo: '1' },
      spf: { root: 'keep', include: ['amazonses.com'] },
    });
  });

  it('with unknown keys is refused, each with its path and a suggestion', () => {
    const found = problems(() =>
      parseProfile({ mailfrom: 'mail', ses: { tennant: 'x', regions: ['us-east-1'] }, colour: 'red' }, 'p.yaml'),
    );
    expect(found.map((problem) => problem.message)).toEqual([
      'p.yaml: "ses.tennant" is no key of a profile; did you mean "tenant"?',
      'p.yaml: "mailfrom" is no key of a profile; did you mean "mailFrom"?',
      'p.yaml: "colour" is no key of a profile.',
    ]);
    expect(found[0]?.fix).toContain('regions');
  });

  it.each([
    [{ ttl: 10 }, 'ttl'],
    [{ dmarc: { policy: 'rejekt' } }, 'dmarc.policy'],
    [{ ses: { account: '12' } }, 'ses.account'],
    [{ mx: [{ host: 'a.example', preference: 99_999 }] }, 'mx'],
  ])('with a bad value names the field: %j', (profile, field) => {
    expect(problems(() => parseProfile(profile, 'p.yaml'))[0]?.message).toContain(field);
  });

  it('that is no mapping is refused', () => {
    expect(problems(() => parseProfile('hello', 'p.yaml'))[0]?.code).toBe('profile.shape');
  });

  it('tells editors what it may hold, by a schema that knows every key of the example', () => {
    const schema = JSON.parse(readFileSync(new URL('../../../docs/profile.schema.json', import.meta.url), 'utf8'));
    const example = parse(readFileSync(new URL('../../../examples/profiles/demo.yaml', import.meta.url), 'utf8'));
    for (const key of Object.keys(example)) expect(schema.properties).toHaveProperty(key);
    expect(schema.additionalProperties).toBe(false);
  });
});

describe('resolveSpec', () => {
  it('takes a flag before the environment before the profile before the default', () => {
    const profile = { domain: 'example.com', ses: { regions: ['eu-west-1'], tenant: 'a' } };
    expect(resolve({ domain: 'example.com' }).ses?.regions).toEqual(['us-east-1']);
    expect(resolve(profile).ses?.regions).toEqual(['eu-west-1']);
    const environment = { sesRegions: ['us-west-2'], sesTenant: 'b' };
    expect(resolve(profile, { environment }).ses).toMatchObject({
      regions: ['us-west-2'],
      tenant: 'b',
      tenantFromProfile: false,
    });
    const flags = { sesRegions: ['ap-south-1'], sesTenant: 'a' };
    expect(resolve(profile, { environment, flags }).ses).toMatchObject({
      regions: ['ap-south-1'],
      tenant: 'a',
      tenantFromProfile: true,
    });
  });

  it('finds every error at once', () => {
    const found = problems(() =>
      resolve({ domain: '10.0.0.1', dmarc: { rua: 'nobody' }, mx: ['mx.example.com:x'], mailHost: 'a b' }),
    );
    expect(found.map((problem) => problem.code)).toEqual([
      'domain.ip',
      'mx.preference',
      'name.invalid',
      'address.invalid',
    ]);
  });

  it('reads MX hosts in their spellings, and none', () => {
    expect(
      resolve({ domain: 'example.com', mx: ['a.example.net:5', 'b.example.net', { host: 'C.example.net' }] }).mx,
    ).toEqual([
      { host: 'a.example.net', preference: 5 },
      { host: 'b.example.net', preference: 20 },
      { host: 'c.example.net', preference: 10 },
    ]);
    expect(resolve({ domain: 'example.com', mx: 'none' }).mx).toBeUndefined();
    expect(resolve({ domain: 'example.com', mx: ['a.example.net'] }, { flags: { mx: ['none'] } }).mx).toBeUndefined();
  });

  it('puts a label below the domain', () => {
    expect(resolve({ domain: 'example.com', mailFrom: 'bounce' }).mailFrom).toBe('bounce.example.com');
  });
});
