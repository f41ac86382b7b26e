import { expect, it } from 'vitest';
import { SES_CALLS } from './calls.ts';
import { neededPermissions, type SetUp } from './needed-permissions.ts';

const arn = (path: string) => `arn:${path}`;
const setUp = (more: Partial<SetUp> = {}): SetUp => ({
  domains: ['a.com'],
  tenants: [],
  configurationSets: [],
  regions: ['us-east-1'],
  txt: false,
  ...more,
});
const actions = (more: Partial<SetUp>) => new Set(neededPermissions(setUp(more), arn).map((one) => one.action));

it('of a set-up with everything, it is every action of the table', () => {
  const all = actions({
    tenants: ['t'],
    configurationSets: ['t'],
    regions: ['us-east-1', 'us-west-2'],
    txt: true,
  });
  expect(all).toEqual(
    new Set([...Object.keys(SES_CALLS).map((call) => `ses:${call}`), 'ses:ReplicateEmailIdentityDKIMSigningKey']),
  );
});

it('leaves out what the set-up has none of', () => {
  const plain = actions({});
  for (const action of ['CreateTenant', 'CreateConfigurationSet', 'VerifyDomainIdentity', 'GetTenant'])
    expect(plain).not.toContain(`ses:${action}`);
  expect(plain).not.toContain('ses:ReplicateEmailIdentityDKIMSigningKey');
  expect(plain).toContain('ses:SendEmail');
});

it('asks each action once for each resource', () => {
  const needed = neededPermissions(
    setUp({ domains: ['a.com', 'b.com'], tenants: ['t'], configurationSets: ['t'] }),
    arn,
  );
  const of = (action: string) => needed.filter((one) => one.action === action).map((one) => one.resource);
  expect(of('ses:GetEmailIdentity')).toEqual(['arn:identity/a.com', 'arn:identity/b.com']);
  expect(of('ses:GetTenant')).toEqual(['arn:tenant/t/*']);
  expect(of('ses:GetAccount')).toEqual(['*']);
  expect(of('ses:CreateTenantResourceAssociation')).toHaveLength(4);
  expect(of('ses:TagResource').length).toBe(new Set(of('ses:TagResource')).size);
  expect(neededPermissions(setUp({ domains: [] }), arn).map((one) => one.resource)).toContain('arn:identity/*');
});
