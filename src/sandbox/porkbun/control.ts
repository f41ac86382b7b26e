import { z } from 'zod';
import type { StandIn } from '../world.ts';
import { showRecord } from './dns-calls.ts';
import { type Editor, editSchema, seedSchema, withBareName } from './editor.ts';
import { createRecord } from './edits.ts';
import type { Registrar } from './registrar.ts';
import type { Account, Domain } from './state.ts';
import { turnSwitches } from './switches.ts';

const domainSchema = z.strictObject({
  name: z.string().min(1),
  account: z.string().optional(),
  apiAccess: z.boolean().default(true),
  records: z.array(seedSchema).default([]),
  delegate: z.boolean().default(true),
  expiresInDays: z.number().default(365),
  autoRenew: z.boolean().default(true),
});
const settingsSchema = z.strictObject({
  domain: z.string().min(1),
  apiAccess: z.boolean().optional(),
  records: z.array(seedSchema).default([]),
});
const accountSchema = z.strictObject({ name: z.string().min(1), domains: z.array(z.string()).optional() });
const edgeSchema = z.strictObject({ delayMs: z.number().nonnegative() });

/** Porkbun's control routes. Accounts and domains are named by their names. */
export function controlRoutes({ registrar, editor }: { registrar: Registrar; editor: Editor }): StandIn['control'] {
  return {
    'GET /porkbun/domains': () => registrar.domains().map((domain) => showDomain(registrar, domain)),
    'POST /porkbun/domains': (body) => {
      const { name, account, records, ...options } = domainSchema.parse(body);
      const domain = registrar.createDomain(name, findAccount(registrar, account), options);
      seed(registrar, domain, records);
      return showDomain(registrar, domain);
    },
    'POST /porkbun/domains/settings': (body) => {
      const { domain: name, apiAccess, records } = settingsSchema.parse(body);
      const domain = findDomain(registrar, name);
      domain.apiAccess = apiAccess ?? domain.apiAccess;
      seed(registrar, domain, records);
      return showDomain(registrar, domain);
    },
    'GET /porkbun/records': (_body, query) =>
      [...findDomain(registrar, query.get('domain') ?? '').records.values()].map(showRecord),
    'GET /porkbun/accounts': () => registrar.accounts().map(({ name, apiKey }) => ({ name, apiKey })),
    'POST /porkbun/accounts': (body) => {
      const { name, domains } = accountSchema.parse(body);
      const { apiKey, secretApiKey } = registrar.createAccount(name, domains ?? 'all');
      return { name, apiKey, secretApiKey };
    },
    'GET /porkbun/switches': () => registrar.switches,
    'POST /porkbun/switches': (body) => {
      registrar.switches = turnSwitches(registrar.switches, body);
      for (const domain of registrar.domains()) registrar.show(domain);
      return registrar.switches;
    },
    'POST /porkbun/editor': (body) => {
      const { domain, ...edit } = editSchema.parse(body);
      editor.queue(findDomain(registrar, domain), edit);
      return { queued: true };
    },
    'POST /porkbun/edge': (body) => {
      registrar.delayMs = edgeSchema.parse(body).delayMs;
      return { delayMs: registrar.delayMs };
    },
  };
}

/** Puts records into a domain as if they had always been there: also with a TTL that the API would not take. */
function seed(registrar: Registrar, domain: Domain, records: readonly z.output<typeof seedSchema>[]): void {
  registrar.change(domain, (board) => {
    const lenient = { ...board, switches: { ...board.switches, minTtl: 1 } };
    for (const record of records)
      createRecord(lenient, { ...withBareName(domain.name, record), ttl: record.ttl ?? board.switches.minTtl });
  });
}

function showDomain(registrar: Registrar, domain: Domain) {
  return {
    name: domain.name,
    account: domain.account.name,
    apiAccess: domain.apiAccess,
    nameServers: registrar.hosts,
    delegatedTo: registrar.nameServersOf(domain),
    records: domain.records.size,
  };
}

function findAccount(registrar: Registrar, wanted: string | undefined): Account {
  const accounts = registrar.accounts();
  const account = wanted === undefined ? accounts[0] : accounts.find(({ name }) => name === wanted);
  if (!account) throw new RangeError(`there is no account ${wanted}`);
  return account;
}

function findDomain(registrar: Registrar, name: string): Domain {
  const domain = registrar.findDomain(name);
  if (!domain) throw new RangeError(`there is no domain ${name} at Porkbun`);
  return domain;
}
